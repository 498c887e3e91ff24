"""The service account that sends by FCM, from the key file that Google gives."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

__all__ = ["ServiceAccount"]

_FIELDS = ("project_id", "private_key_id", "private_key", "client_email", "token_uri")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who sends, and where its tokens come from."""

    project_id: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)
    email: str
    token_uri: str

    @classmethod
    def read(cls, file: Path) -> "ServiceAccount":
        """The account of a key file; ValueError with half a sentence if it is none."""
        try:
            found = orjson.loads(file.read_bytes())
        except OSError as error:
            raise ValueError(f"the file cannot be read: {error.strerror}") from None
        except orjson.JSONDecodeError:
            raise ValueError("the file is not JSON") from None
        if not isinstance(found, dict) or found.get("type") != "service_account":
            raise ValueError("the file is not the key file of a service account")
        project, key_id, key, email, token_uri = (_text(found, name) for name in _FIELDS)
        if not token_uri.startswith(("https://", "http://")):
            raise ValueError("token_uri in the file is no address")
        return cls(project, key_id, _key(key), email, token_uri)


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"the file lacks {name}")
    return value


def _key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("private_key in the file cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("private_key in the file is no RSA key")
    return key
