"""Files as plugins use them, and what the workers sweep."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kvartal.auth.actor import Actor
from kvartal.db.models import uuid7
from kvartal.files.api import (
    FileTooLarge,
    FileUnavailable,
    UploadedFile,
    UploadLimit,
    attach,
    files_of,
    remove,
    require_upload,
    store,
)
from kvartal.files.events import FilesRemoved
from kvartal.files.models import StoredFile
from kvartal.files.storage.policy import Policy, configured, policy
from kvartal.files.storage.store import FolderStore
from kvartal.files.tasks import forget_content, sweep_files
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.factories import an_organization
from kvartal.testing.host import TestHost
from kvartal.testing.watch import EmittedEvents

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Freeze = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
async def organization(files: FolderStore) -> Organization:
    return await an_organization()


@pytest.fixture
async def employee(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization))


async def a_file(organization: Organization, actor: Actor) -> StoredFile:
    upload = UploadedFile("акт.pdf", 9, "0" * 64, io.BytesIO(b"%PDF-1.7x"))
    return await store(actor, organization.id, upload)


def stored(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "files").glob("*/*")}


def a_workbook(size: int) -> bytes:
    """An archive that passes for a workbook, of about this size."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", "x" * size)
    return content.getvalue()


async def test_files_of_a_kind_may_be_larger_if_a_plugin_takes_them(
    organization: Organization, employee: Actor
) -> None:
    workbook, larger, paper = a_workbook(450_000), a_workbook(500_000), b"%PDF-" + b"x" * 400_000

    def sent(content: bytes) -> UploadedFile:
        return UploadedFile("файл", len(content), "0" * 64, io.BytesIO(content))

    with configured(replace(policy(), larger={XLSX: 500_000, "image/png": 1})):
        stored = await store(employee, organization.id, sent(workbook))
        for content, limit in ((larger, 500_000), (paper, 400_000), (b"x" * 400_001, 400_000)):
            with pytest.raises(FileTooLarge) as refused:
                await store(employee, organization.id, sent(content))
            assert refused.value.limit == limit
        assert policy().limit_of("image/png") == policy().limit_of(None) == 400_000
        assert policy().largest_upload == 500_000

    assert (stored.media_type, stored.size) == (XLSX, len(workbook))
    with pytest.raises(FileTooLarge):
        await store(employee, organization.id, sent(workbook))


async def test_of_several_limits_of_a_kind_the_largest_holds(host: TestHost) -> None:
    limits = [
        UploadLimit(media_type=XLSX, max_bytes=lambda: 20_000_000),
        UploadLimit(media_type=XLSX, max_bytes=lambda: 3),
    ]

    found = Policy.of(host.host.settings, limits)

    assert found.larger == {XLSX: 20_000_000}
    assert Policy.of(host.host.settings).largest_upload == 10_000_000


async def test_files_are_attached_to_an_object_all_or_none(
    organization: Organization, employee: Actor
) -> None:
    files = [await a_file(organization, employee) for _ in range(2)]
    ids = [each.id for each in files]
    owner, other = uuid4(), uuid4()
    colleague = await actor_of(await an_employee(organization))
    token = await actor_of(await a_service_token(organization))
    theirs = await a_file(organization, token)

    async def give(actor: Actor, *keys: UUID, **more: Any) -> None:
        target = {
            "organization_id": organization.id,
            "owner_kind": "Meter",
            "owner_id": owner,
            **more,
        }
        await attach(actor, keys, **target)

    for actor, keys, more in (
        (colleague, ids, {}),
        (employee, [*ids, theirs.id], {}),
        (employee, [*ids, uuid4()], {}),
        (employee, ids, {"organization_id": (await an_organization()).id}),
    ):
        with pytest.raises(FileUnavailable):
            await give(actor, *keys, **more)
    assert await files_of("Meter", [owner]) == {}

    await give(employee, *ids)
    await give(token, theirs.id, owner_id=other)

    found = await files_of("Meter", [owner, other, uuid4()])
    assert {key: [row["id"] for row in rows] for key, rows in found.items()} == {
        owner: ids,
        other: [theirs.id],
    }
    assert await files_of("Lamp", [owner]) == {}
    with pytest.raises(FileUnavailable):
        await give(employee, ids[0])


async def test_the_content_of_removed_files_goes_after_the_commit(
    organization: Organization, employee: Actor, events: EmittedEvents, tmp_path: Path
) -> None:
    gone, kept = [await a_file(organization, employee) for _ in range(2)]

    await remove([gone.id])

    assert stored(tmp_path) == {str(gone.id), str(kept.id)}
    assert await StoredFile.all().values_list("id", flat=True) == [kept.id]
    [told] = events.of(FilesRemoved)
    await forget_content(told)
    await forget_content(told)
    assert stored(tmp_path) == {str(kept.id)}


async def test_what_belongs_to_nothing_goes_after_a_day(
    organization: Organization,
    employee: Actor,
    files: FolderStore,
    frozen_clock: Freeze,
    tmp_path: Path,
) -> None:
    with frozen_clock("2026-11-22T12:00+03:00"):
        orphan, attached = [await a_file(organization, employee) for _ in range(2)]
        await attach(
            employee,
            [attached.id],
            organization_id=organization.id,
            owner_kind="Meter",
            owner_id=uuid4(),
        )
    with frozen_clock("2026-11-23T13:00+03:00"):
        fresh = await a_file(organization, employee)
    yesterday = UUID(int=uuid7().int - (2 * 86_400_000 << 80))
    just_written = uuid7()
    for key in (yesterday, just_written):
        await files.put(key, io.BytesIO(b"x"))

    with frozen_clock("2026-11-24T12:30+03:00"):
        await sweep_files()
        await sweep_files()

    assert stored(tmp_path) == {str(attached.id), str(fresh.id), str(just_written)}
    assert set(await StoredFile.all().values_list("id", flat=True)) == {attached.id, fresh.id}
    assert orphan.id != attached.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"size": 0},
        {"sha256": "0" * 63},
        {"sha256": "X" * 64},
        {"owner_kind": "Meter"},
        {"owner_id": uuid4()},
    ],
)
async def test_the_database_refuses_what_is_no_file(
    organization: Organization, wrong: dict[str, Any]
) -> None:
    right: dict[str, Any] = {
        "organization": organization,
        "name": "акт.pdf",
        "media_type": "application/pdf",
        "size": 1,
        "sha256": "0" * 64,
        "uploader_id": uuid4(),
    }
    await StoredFile.create(**right)

    with pytest.raises(IntegrityError):
        async with in_transaction():
            await StoredFile.create(**{**right, **wrong})


async def test_an_upload_of_ones_own_can_be_looked_at_before_it_is_given_away(
    organization: Organization, employee: Actor
) -> None:
    file = await a_file(organization, employee)
    colleague = await actor_of(await an_employee(organization))
    elsewhere = await an_organization()

    found = await require_upload(employee, file.id, organization_id=organization.id)

    assert (found["id"], found["media_type"], found["size"]) == (
        file.id,
        file.media_type,
        file.size,
    )
    for actor, key, place in (
        (colleague, file.id, organization),
        (employee, uuid4(), organization),
        (employee, file.id, elsewhere),
    ):
        with pytest.raises(FileUnavailable) as refused:
            await require_upload(actor, key, organization_id=place.id, path=("given",))
        assert refused.value.path == ("given",)
    await attach(
        employee, [file.id], organization_id=organization.id, owner_kind="Meter", owner_id=uuid4()
    )
    with pytest.raises(FileUnavailable):
        await require_upload(employee, file.id, organization_id=organization.id)
