"""The key that signs Web Push (VAPID, RFC 8292), from a PEM file; browsers know its public half."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

__all__ = ["SigningKey"]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key as it signs, and what a browser subscribes with (``applicationServerKey``)."""

    private_pem: bytes = field(repr=False)
    public_pem: bytes
    public_key: str

    @classmethod
    def read(cls, file: Path) -> "SigningKey":
        """The key of a file; ValueError with half a sentence if it is none on P-256."""
        try:
            key = load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise ValueError(f"the file cannot be read: {error.strerror}") from None
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("the file is no private key in PEM without a password") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("the key in the file is not on the curve P-256")
        public = key.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return cls(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            base64.urlsafe_b64encode(point).decode().rstrip("="),
        )
