"""What stored files need of the installation: a store, keys for links, limits."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from types import MappingProxyType

from kvartal.files.rules import UploadLimit
from kvartal.files.storage.store import FileStore, FolderStore
from kvartal.settings import Settings

__all__ = ["LINK_LIFE", "Policy", "configure", "configured", "policy"]

LINK_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings as stored files use them; links are signed with the first of the keys.

    ``max_bytes``: of any upload; ``larger``: of those kinds of which plugins take larger ones.
    """

    store: FileStore
    link_keys: tuple[bytes, ...] = field(repr=False)
    max_bytes: int
    larger: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, settings: Settings, limits: Iterable[UploadLimit] = ()) -> "Policy":
        """The policy of an installation with what its plugins allow."""
        secrets = (settings.secret_key, *settings.secret_keys_old)
        return cls(
            FolderStore(settings.files_dir),
            tuple(
                hmac.digest(each.get_secret_value().encode(), b"kvartal file link", sha256)
                for each in secrets
            ),
            settings.limit_file_bytes,
            _largest(limits),
        )

    @property
    def largest_upload(self) -> int:
        """So many bytes an upload of any kind may have at most."""
        return max(self.max_bytes, *self.larger.values(), 0)

    def limit_of(self, media_type: str | None) -> int:
        """So many bytes an upload of this kind may have."""
        return max(self.max_bytes, self.larger.get(media_type or "", 0))


def _largest(limits: Iterable[UploadLimit]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for each in limits:
        found[each.media_type] = max(each.max_bytes(), found.get(each.media_type, 0))
    return MappingProxyType(found)


_policy: Policy | None = None


def policy() -> Policy:
    """The process's policy."""
    if _policy is None:
        raise RuntimeError("stored files are not configured in this process")
    return _policy


def configure(settings: Settings, limits: Iterable[UploadLimit]) -> None:
    """Make settings and plugins' limits the process's policy; once, at start."""
    global _policy
    _policy = Policy.of(settings, limits)


@contextmanager
def configured(changed: Policy) -> Iterator[None]:
    """Another policy while the block runs."""
    global _policy
    previous, _policy = _policy, changed
    try:
        yield
    finally:
        _policy = previous
