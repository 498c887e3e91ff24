"""Which certificate a file server may show over TLS."""

import ssl
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

__all__ = ["Trust", "authorities", "fingerprint_of"]


@dataclass(frozen=True, slots=True)
class Trust:
    """What makes a certificate good: an authority of the system, or its fingerprint alone.

    ``fingerprint``: SHA-256 in hex of the only certificate that is trusted, whoever has signed it.
    """

    is_checked: bool = True
    fingerprint: str | None = None

    def context(self) -> ssl.SSLContext:
        """What TLS checks by itself while it shakes hands."""
        if self.is_checked and self.fingerprint is None:
            return authorities()
        return _unchecked()

    def accepts(self, fingerprint: str) -> bool:
        """Whether a certificate that TLS has let pass is the one that is meant."""
        return not self.is_checked or self.fingerprint in {None, fingerprint}


def fingerprint_of(certificate: bytes | None) -> str:
    """SHA-256 in hex of a certificate in DER; of none, what no certificate has."""
    return sha256(certificate or b"").hexdigest()


@cache
def authorities() -> ssl.SSLContext:
    """Certificates for the name of the host, signed by an authority of the system."""
    return ssl.create_default_context()


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
