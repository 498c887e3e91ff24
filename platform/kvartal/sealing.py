"""Secrets at rest: sealed for one place of one row, so that a copied value opens nothing elsewhere.

AES-256-GCM; the place is authenticated with the value. A value names the key that sealed it: after
the installation's key is changed, old ones open until they are sealed anew.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kvartal.errors import KvartalError
from kvartal.settings import Settings

__all__ = ["Place", "Seal", "SealBroken", "configure", "seal"]

_VERSION = b"\x01"
_KEY_ID = 4
_NONCE = 12
_HEAD = len(_VERSION) + _KEY_ID + _NONCE


class SealBroken(KvartalError):
    """A sealed value opens with none of the keys, or was sealed for another place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value is kept: the column of a table, and the row."""

    table: str
    column: str
    row_id: UUID

    @property
    def _bound(self) -> bytes:
        return f"{self.table}.{self.column}:{self.row_id}".encode()


class Seal:
    """The installation's keys: the first seals, all of them open."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = {_key_id(key): AESGCM(key) for key in map(_derived, reversed(secrets))}
        self._present = _key_id(_derived(secrets[0]))

    @classmethod
    def of(cls, settings: Settings) -> "Seal":
        """The keys that the settings name."""
        keys = (settings.secret_key, *settings.secret_keys_old)
        return cls([key.get_secret_value() for key in keys])

    def seal(self, value: str, place: Place) -> bytes:
        """``value`` as it is kept at ``place``; no two results are equal."""
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._present].encrypt(nonce, value.encode(), place._bound)
        return _VERSION + self._present + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """The value that was sealed for ``place``; SealBroken if it was not, or cannot be read."""
        version, key_id = sealed[:1], sealed[1 : 1 + _KEY_ID]
        key = self._keys.get(key_id)
        if version != _VERSION or key is None:
            raise SealBroken(f"{place.table}.{place.column}: sealed by a key that is not known")
        nonce = sealed[1 + _KEY_ID : _HEAD]
        try:
            return key.decrypt(nonce, sealed[_HEAD:], place._bound).decode()
        except InvalidTag:
            raise SealBroken(f"{place.table}.{place.column}: not what was sealed there") from None


_present: Seal | None = None


def configure(settings: Settings) -> None:
    """Make the installation's keys this process's own; once, at start."""
    global _present  # one seal a process
    _present = Seal.of(settings)


def seal() -> Seal:
    """The installation's seal."""
    if _present is None:
        raise SealBroken("this process has no keys: the host has not started")
    return _present


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"kvartal sealing")
    return kdf.derive(secret.encode())


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:_KEY_ID]
