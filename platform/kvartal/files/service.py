"""Storing files, letting them belong to something, and deleting them."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound
from kvartal.events import emit
from kvartal.files import models, queries
from kvartal.files.events import FilesRemoved
from kvartal.files.rules import (
    FileEmpty,
    FileTooLarge,
    FileTypeRefused,
    FileUnavailable,
    clean_name,
    media_type_of,
)
from kvartal.files.storage.policy import policy
from kvartal.files.uploads import UploadedFile
from kvartal.housing.queries.rows import sees
from kvartal.housing.sources import ORGANIZATIONS

__all__ = ["attach", "delete_own", "remove", "require_upload", "store"]


async def store(
    actor: Actor,
    organization_id: UUID,
    upload: UploadedFile,
    *,
    path: tuple[str | int, ...] = ("file",),
) -> models.StoredFile:
    """An upload of staff, kept; until it is attached to something it is theirs alone.

    What is not attached within a day is deleted. ``path``: the input field that it came in.
    """
    uploader = await _uploader(actor, organization_id)
    if upload.size == 0:
        raise FileEmpty(path=path)
    media_type = await asyncio.to_thread(media_type_of, upload.content)
    limit = policy().limit_of(media_type)
    if upload.size > limit:
        raise FileTooLarge(limit=limit, path=path)
    if media_type is None:
        raise FileTypeRefused(path=path)
    file_id = uuid7()
    # Before the row: content without a row is swept, a row without content would be a dead link.
    await policy().store.put(file_id, upload.content)
    async with unit_of_work():
        return await models.StoredFile.create(
            id=file_id,
            organization_id=organization_id,
            name=clean_name(upload.name, media_type),
            media_type=media_type,
            size=upload.size,
            sha256=upload.sha256,
            uploader_id=uploader,
        )


async def attach(
    actor: Actor,
    file_ids: Collection[UUID],
    *,
    organization_id: UUID,
    owner_kind: str,
    owner_id: UUID,
    path: tuple[str | int, ...] = ("file_id",),
) -> None:
    """Let the actor's own uploads belong to an object, named by its GraphQL type and key.

    Who calls has seen to it that the actor may change the object. FileUnavailable, and nothing is
    attached, if one of the files is not there to be had.
    """
    async with unit_of_work():
        attached = await queries.attach_own(
            file_ids,
            organization_id=organization_id,
            uploaders=queries.uploaders_of(actor),
            owner_kind=owner_kind,
            owner_id=owner_id,
            now=clock.now(),
        )
        if attached != set(file_ids):
            raise FileUnavailable(path=path)


async def require_upload(
    actor: Actor,
    file_id: UUID,
    *,
    organization_id: UUID,
    path: tuple[str | int, ...] = ("file_id",),
) -> Record:
    """An upload of the actor's own that belongs to nothing yet, as it lies; FileUnavailable."""
    found = await queries.file_by_id(file_id)
    if (
        found is None
        or found["organization_id"] != organization_id
        or found["uploader_id"] not in queries.uploaders_of(actor)
        or found["owner_id"] is not None
    ):
        raise FileUnavailable(path=path)
    return found


async def delete_own(actor: Actor, file_id: UUID) -> None:
    """Delete an upload of the actor's own that belongs to nothing yet."""
    async with unit_of_work():
        found = await queries.file_by_id(file_id)
        if found is None or found["uploader_id"] not in queries.uploaders_of(actor):
            raise NotFound
        if found["owner_id"] is not None:
            raise FileUnavailable(path=("id",))
        belongs_to(found["organization_id"])
        await remove([file_id])


async def remove(file_ids: Collection[UUID]) -> None:
    """Delete files; who calls has seen to it that this may be done.

    The content goes after the commit: what is rolled back has lost nothing.
    """
    async with unit_of_work():
        await queries.delete_files(file_ids)
        emit(FilesRemoved(file_ids=tuple(file_ids)))


async def _uploader(actor: Actor, organization_id: UUID) -> UUID:
    for membership in actor.memberships:
        if membership.organization_id == organization_id:
            return actor.user_id or membership.employee_id
    if await sees(ORGANIZATIONS, actor, organization_id):
        raise Forbidden
    raise NotFound
