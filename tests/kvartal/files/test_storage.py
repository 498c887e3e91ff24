"""The file store and the links: half a file is never seen, a link is good for its time alone."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kvartal.db.models import uuid7
from kvartal.files.storage.links import file_of_link, sign_link
from kvartal.files.storage.policy import Policy, configured, policy
from kvartal.files.storage.store import FileMissing, FolderStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY, OLD_KEY = b"k" * 32, b"o" * 32


async def content_of(store: FolderStore, key: UUID) -> bytes:
    return b"".join([chunk async for chunk in store.read(key)])


def files_in(root: Path) -> list[Path]:
    return list(root.glob("*/*"))


async def test_content_is_kept_and_read_and_deleted(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "files")
    key = uuid7()
    content = io.BytesIO(b"x" * 600_000)
    content.read(10)

    await store.put(key, content)
    assert await content_of(store, key) == b"x" * 600_000
    await store.put(key, io.BytesIO(b"new"))
    assert await content_of(store, key) == b"new"
    assert [path.name for path in files_in(tmp_path / "files")] == [str(key)]

    await store.delete(key)
    await store.delete(key)
    with pytest.raises(FileMissing):
        await content_of(store, key)


async def test_content_is_the_owners_alone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    key = uuid7()

    await store.put(key, io.BytesIO(b"x"))

    [path] = files_in(tmp_path)
    assert path.stat().st_mode & 0o077 == 0


async def test_half_a_file_is_never_seen(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the disk is gone")

    store = FolderStore(tmp_path)
    key = uuid7()

    with pytest.raises(OSError, match="gone"):
        await store.put(key, Broken(b"x"))

    with pytest.raises(FileMissing):
        await content_of(store, key)
    assert await store.keys_before(uuid7()) == [key]
    assert files_in(tmp_path) == []


async def test_what_is_older_than_an_id_is_found(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old, middle, new = (UUID(int=(number << 80) | uuid4().int % 2**80) for number in (1, 2, 3))
    for key in (old, middle, new):
        await store.put(key, io.BytesIO(b"x"))
    (tmp_path / "aa").mkdir(exist_ok=True)
    (tmp_path / "aa" / "notes.txt").write_text("not ours")

    assert await store.keys_before(middle) == [old]
    assert await FolderStore(tmp_path / "nothing").keys_before(new) == []


def test_a_link_is_good_for_its_time() -> None:
    file_id = uuid7()
    token = sign_link(file_id, NOW + timedelta(minutes=5), KEY)

    assert file_of_link(token, [KEY], NOW) == file_id
    assert file_of_link(token, [OLD_KEY, KEY], NOW + timedelta(seconds=299)) == file_id
    assert file_of_link(token, [KEY], NOW + timedelta(minutes=5)) is None
    assert file_of_link(token, [OLD_KEY], NOW) is None
    assert file_of_link(token, [], NOW) is None


@pytest.mark.parametrize("change", [0, 16, 21, 40, 71])
def test_a_changed_link_leads_nowhere(change: int) -> None:
    token = sign_link(uuid7(), NOW + timedelta(minutes=5), KEY)
    other = "A" if token[change] != "A" else "B"

    assert file_of_link(token[:change] + other + token[change + 1 :], [KEY], NOW) is None


@pytest.mark.parametrize("token", ["", "x", "жжж", "A" * 72, "A" * 400, "%%%%"])
def test_what_is_no_link_leads_nowhere(token: str) -> None:
    assert file_of_link(token, [KEY], NOW) is None


def test_a_policy_may_be_replaced_for_a_while(host: object, tmp_path: Path) -> None:
    before = policy()
    other = Policy(FolderStore(tmp_path), (KEY,), 10)

    with configured(other):
        assert policy() is other

    assert policy() is before
    assert "key" not in repr(other).replace("link_keys", "")
