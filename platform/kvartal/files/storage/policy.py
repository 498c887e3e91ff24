"""What stored files need of the installation: a store, keys for links, a limit."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from kvartal.files.storage.store import FileStore, FolderStore
from kvartal.settings import Settings

__all__ = ["LINK_LIFE", "Policy", "configure", "configured", "policy"]

LINK_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings as stored files use them; links are signed with the first of the keys."""

    store: FileStore
    link_keys: tuple[bytes, ...] = field(repr=False)
    max_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Policy":
        """The policy of an installation."""
        secrets = (settings.secret_key, *settings.secret_keys_old)
        return cls(
            FolderStore(settings.files_dir),
            tuple(
                hmac.digest(each.get_secret_value().encode(), b"kvartal file link", sha256)
                for each in secrets
            ),
            settings.limit_file_bytes,
        )


_policy: Policy | None = None


def policy() -> Policy:
    """The process's policy."""
    if _policy is None:
        raise RuntimeError("stored files are not configured in this process")
    return _policy


def configure(settings: Settings) -> None:
    """Make the settings the process's policy; once, at start."""
    global _policy
    _policy = Policy.of(settings)


@contextmanager
def configured(changed: Policy) -> Iterator[None]:
    """Another policy while the block runs."""
    global _policy
    previous, _policy = _policy, changed
    try:
        yield
    finally:
        _policy = previous
