"""What authentication needs of the installation: keys, lives, and who delivers the codes."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from kvartal.auth.codes import CodeIssue, CodeSender, ConsoleSender, MutedSender, code_of
from kvartal.auth.tokens import key_id
from kvartal.settings import Settings

__all__ = ["Policy", "configure", "configured", "policy"]

DEMO_CODE = "000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings as sign-in uses them; each purpose has a key of its own."""

    access_key: bytes = field(repr=False)
    code_key: bytes = field(repr=False)
    access_life: timedelta
    refresh_life: timedelta
    sender: CodeSender
    is_demo: bool

    @classmethod
    def of(cls, settings: Settings, sender: CodeSender | None = None) -> "Policy":
        """The policy of an installation; ``sender`` replaces what the settings name."""
        secret = settings.secret_key.get_secret_value().encode()
        console = settings.code_delivery == "console"
        return cls(
            access_key=_key(secret, "access token"),
            code_key=_key(secret, "one-time code"),
            access_life=timedelta(minutes=settings.access_token_minutes),
            refresh_life=timedelta(days=settings.refresh_token_days),
            sender=sender or (ConsoleSender() if console else MutedSender()),
            is_demo=settings.demo,
        )

    @property
    def access_keys(self) -> Mapping[str, bytes]:
        """The keys whose access tokens are accepted, by their names."""
        return MappingProxyType({key_id(self.access_key): self.access_key})

    def code(self, issue: CodeIssue) -> str:
        """The one-time code of an issue; in the demo always the same."""
        return DEMO_CODE if self.is_demo else code_of(issue, self.code_key)


_policy: Policy | None = None


def policy() -> Policy:
    """The process's policy."""
    if _policy is None:
        raise RuntimeError("auth is not configured in this process")
    return _policy


def configure(settings: Settings, sender: CodeSender | None = None) -> None:
    """Make the settings the process's policy; once, at start."""
    global _policy
    _policy = Policy.of(settings, sender)


@contextmanager
def configured(settings: Settings, sender: CodeSender | None = None) -> Iterator[None]:
    """The settings as the process's policy while the block runs."""
    global _policy
    previous = _policy
    configure(settings, sender)
    try:
        yield
    finally:
        _policy = previous


def _key(secret: bytes, purpose: str) -> bytes:
    # A signature made for one purpose is worth nothing for another.
    return hmac.digest(secret, f"kvartal {purpose}".encode(), hashlib.sha256)
