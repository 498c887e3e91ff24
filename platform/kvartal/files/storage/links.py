"""Links to files: whoever holds one may fetch its file for some minutes."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

__all__ = ["file_of_link", "sign_link"]

_TIME = 6
_MAC = 32


def sign_link(file_id: UUID, expires_at: datetime, key: bytes) -> str:
    """The token of a link to a file, good until then."""
    body = file_id.bytes + int(expires_at.timestamp()).to_bytes(_TIME)
    return base64.urlsafe_b64encode(body + hmac.digest(key, body, sha256)).decode().rstrip("=")


def file_of_link(token: str, keys: Sequence[bytes], now: datetime) -> UUID | None:
    """The file that a token leads to; none if it is forged or its time is over."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 16 + _TIME + _MAC:
        return None
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if not any(hmac.compare_digest(hmac.digest(key, body, sha256), mac) for key in keys):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(body[16:]), UTC)
    return UUID(bytes=body[:16]) if now < expires_at else None
