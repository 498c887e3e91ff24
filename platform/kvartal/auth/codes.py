"""One-time codes: derived from a secret, never stored, and the port that delivers them."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

__all__ = ["CodeIssue", "CodeSender", "ConsoleSender", "MutedSender", "code_of", "is_code_of"]

log = structlog.get_logger("kvartal.auth")


class CodeSender(Protocol):
    """Brings a one-time code to a telephone: the console, an SMS gateway, a call."""

    async def send(self, phone: str, code: str) -> None:
        """Deliver, or raise: the delivery is tried again while the code lives."""
        ...


class ConsoleSender:
    """Shows the codes on the console, for the demo and for development."""

    async def send(self, phone: str, code: str) -> None:
        """Log the code: here, and only here, it is meant to be read."""
        log.info("auth.code", phone=phone, code=code)


class MutedSender:
    """Delivers nothing: no way to reach residents is set up."""

    async def send(self, phone: str, code: str) -> None:
        """Say so, naming nobody."""
        log.warning("auth.code_not_delivered", reason="KVARTAL_CODE_DELIVERY is 'none'")


@dataclass(frozen=True, slots=True)
class CodeIssue:
    """One issue of a telephone's code: the next one has another ``issued_at``."""

    id: UUID
    issued_at: datetime


def code_of(issue: CodeIssue, key: bytes) -> str:
    """The six digits of an issue: the same each time, so that sending twice sends one code.

    Never 000000, which belongs to the demo.
    """
    message = issue.id.bytes + issue.issued_at.isoformat().encode()
    digest = hmac.digest(key, message, hashlib.sha256)
    return f"{int.from_bytes(digest[:8]) % 999_999 + 1:06}"


def is_code_of(given: bytes, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given, expected.encode())
