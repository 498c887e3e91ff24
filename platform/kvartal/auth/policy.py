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

Keys = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings as sign-in uses them.

    Each purpose has keys of its own. The first of them signs and derives; the others, of an
    earlier or a coming secret, are accepted.
    """

    access_signing: Keys = field(repr=False)
    code_keys: Keys = field(repr=False)
    reset_keys: Keys = field(repr=False)
    device_keys: Keys = field(repr=False)
    limit_key: bytes = field(repr=False)
    access_life: timedelta
    refresh_life: timedelta
    sender: CodeSender
    is_demo: bool
    password_url: str | None = None

    @classmethod
    def of(cls, settings: Settings, sender: CodeSender | None = None) -> "Policy":
        """The policy of an installation; ``sender`` replaces what the settings name."""
        secrets = [
            each.get_secret_value().encode()
            for each in (settings.secret_key, *settings.secret_keys_old)
        ]
        console = settings.code_delivery == "console"
        return cls(
            access_signing=_keys(secrets, "access token"),
            code_keys=_keys(secrets, "one-time code"),
            reset_keys=_keys(secrets, "password reset"),
            device_keys=_keys(secrets, "device token"),
            limit_key=_keys(secrets, "attempt budget")[0],
            access_life=timedelta(minutes=settings.access_token_minutes),
            refresh_life=timedelta(days=settings.refresh_token_days),
            sender=sender or (ConsoleSender() if console else MutedSender()),
            is_demo=settings.demo,
            password_url=settings.password_url,
        )

    @property
    def access_key(self) -> bytes:
        """The key that signs access tokens."""
        return self.access_signing[0]

    @property
    def access_keys(self) -> Mapping[str, bytes]:
        """The keys whose access tokens are accepted, by their names."""
        return MappingProxyType({key_id(key): key for key in self.access_signing})

    def code(self, issue: CodeIssue) -> str:
        """The one-time code of an issue; in the demo always the same."""
        return DEMO_CODE if self.is_demo else code_of(issue, self.code_keys[0])

    def codes(self, issue: CodeIssue) -> list[str]:
        """The codes that an issue may have been sent with, should a key be changed meanwhile."""
        return [DEMO_CODE] if self.is_demo else [code_of(issue, key) for key in self.code_keys]


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


def _keys(secrets: list[bytes], purpose: str) -> Keys:
    # A signature made for one purpose is worth nothing for another.
    label = f"kvartal {purpose}".encode()
    return tuple(hmac.digest(secret, label, hashlib.sha256) for secret in secrets)
