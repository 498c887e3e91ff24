"""Files that the product makes: kept for an object, read by workers, deleted when they are old."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from kvartal.auth.actor import Actor
from kvartal.files.api import FileEmpty, FileMissing, as_path, attach, files_of, keep, remove_old
from kvartal.files.events import FilesRemoved
from kvartal.files.models import StoredFile
from kvartal.files.rules import FileUnavailable
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EmittedEvents

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def organization(files: FolderStore) -> Organization:
    return await an_organization()


@pytest.fixture
async def employee(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization))


async def made(
    organization: Organization, content: bytes = b"<a/>", media_type: str = "application/xml"
) -> StoredFile:
    return await keep(
        io.BytesIO(content),
        name="Экспорт",
        media_type=media_type,
        organization_id=organization.id,
        owner_kind="Operation",
        owner_id=uuid4(),
    )


async def test_it_belongs_to_its_owner_from_the_start(
    organization: Organization, employee: Actor, files: FolderStore
) -> None:
    kept = await made(organization)

    assert kept.owner_id is not None
    [row] = (await files_of("Operation", [kept.owner_id]))[kept.owner_id]
    assert (row["id"], row["name"], row["media_type"], row["size"]) == (
        kept.id,
        "Экспорт.xml",
        "application/xml",
        4,
    )
    assert kept.sha256 == sha256(b"<a/>").hexdigest()
    assert b"".join([chunk async for chunk in files.read(kept.id)]) == b"<a/>"
    with pytest.raises(FileUnavailable):
        await attach(
            employee,
            [kept.id],
            organization_id=organization.id,
            owner_kind="Meter",
            owner_id=uuid4(),
        )


async def test_it_may_be_larger_than_an_upload_and_come_from_a_path(
    organization: Organization, tmp_path: Path
) -> None:
    source = tmp_path / "large.csv"
    source.write_bytes(b"1;2\r\n" * 100_000)

    kept = await keep(
        source,
        name="large.csv",
        media_type="text/csv",
        organization_id=organization.id,
        owner_kind="Operation",
        owner_id=uuid4(),
    )

    assert (kept.name, kept.size) == ("large.csv", 500_000)
    async with as_path(kept.id) as path:
        assert path.read_bytes() == source.read_bytes()


async def test_an_empty_file_and_an_unknown_kind_are_mistakes(
    organization: Organization, tmp_path: Path
) -> None:
    with pytest.raises(FileEmpty):
        await made(organization, b"")
    with pytest.raises(ValueError, match="text/html"):
        await made(organization, media_type="text/html")

    assert await StoredFile.all().count() == 0
    assert list((tmp_path / "files").glob("*/*")) == []


async def test_a_worker_reads_it_at_a_path_that_tells_its_kind(organization: Organization) -> None:
    kept = await made(organization, b"PK", XLSX)

    async with as_path(kept.id) as path:
        assert (path.suffix, path.read_bytes()) == (".xlsx", b"PK")

    assert not path.exists()


async def test_what_is_not_there_cannot_be_read(
    organization: Organization, files: FolderStore
) -> None:
    kept = await made(organization)
    await files.delete(kept.id)

    for file_id in (uuid4(), kept.id):
        with pytest.raises(FileMissing):
            async with as_path(file_id):
                pytest.fail("there is nothing")


async def test_old_files_of_an_owner_go_and_some_kinds_stay(
    organization: Organization, frozen_clock: Freeze, events: EmittedEvents
) -> None:
    with frozen_clock(NOW - timedelta(days=31)):
        old = [await made(organization) for _ in range(3)]
        table = await made(organization, media_type="text/csv")
        other = await keep(
            io.BytesIO(b"1"),
            name="a",
            media_type="application/xml",
            organization_id=organization.id,
            owner_kind="Meter",
            owner_id=uuid4(),
        )
    young = await made(organization)

    async def sweep() -> int:
        before = NOW - timedelta(days=30)
        return await remove_old("Operation", before=before, limit=2, but=("text/csv",))

    assert [await sweep() for _ in range(3)] == [2, 1, 0]
    left = {each.id for each in await StoredFile.all()}
    assert left == {table.id, other.id, young.id}
    gone = {key for each in events.of(FilesRemoved) for key in each.file_ids}
    assert gone == {each.id for each in old}
