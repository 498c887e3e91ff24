"""An organization, its files in a folder of the test's own, and no pause between two touches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kvartal.files.storage.policy import Policy, configured
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Organization
from kvartal.testing.factories import an_organization


@pytest.fixture
def files(db: None, tmp_path: Path) -> Iterator[FolderStore]:
    """The store of files."""
    store = FolderStore(tmp_path / "files")
    with configured(Policy(store, (b"k" * 32,), 400_000)):
        yield store


@pytest.fixture
async def organization(files: FolderStore) -> Organization:
    """The organization of the test."""
    return await an_organization(name="УК «Уют»")
