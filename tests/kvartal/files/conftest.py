"""A file store of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kvartal.files.storage.policy import Policy, configured
from kvartal.files.storage.store import FolderStore


@pytest.fixture
def files(db: None, tmp_path: Path) -> Iterator[FolderStore]:
    """The store; files of 400 000 bytes at most."""
    store = FolderStore(tmp_path / "files")
    with configured(Policy(store, (b"k" * 32,), 400_000)):
        yield store
