"""Files that the product itself makes, the content of a file for a worker, and the end of both."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from hashlib import file_digest
from io import SEEK_END
from pathlib import Path
from typing import IO
from uuid import UUID

from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.files import models, queries
from kvartal.files.events import FilesRemoved
from kvartal.files.rules import ALL_TYPES, FileEmpty, clean_name
from kvartal.files.storage.policy import policy
from kvartal.files.storage.store import FileMissing

__all__ = ["as_path", "keep", "remove_old"]


async def keep(
    content: IO[bytes] | Path,
    *,
    name: str,
    media_type: str,
    organization_id: UUID,
    owner_kind: str,
    owner_id: UUID,
) -> models.StoredFile:
    """A file of the product's own making, of any size, that belongs to an object from the start.

    ``media_type``: one of those that are taken from people, text/csv or application/xml. It stays
    until its owner deletes it (``remove``, ``remove_old``).
    """
    if media_type not in ALL_TYPES:
        raise ValueError(f"files of {media_type!r} are not kept")
    file_id = uuid7()
    with content.open("rb") if isinstance(content, Path) else nullcontext(content) as source:
        size, sha256 = await asyncio.to_thread(_measured, source)
        if not size:
            raise FileEmpty
        # Before the row: content without a row is swept, a row without content is a dead link.
        await policy().store.put(file_id, source)
    async with unit_of_work():
        return await models.StoredFile.create(
            id=file_id,
            organization_id=organization_id,
            name=clean_name(name, media_type),
            media_type=media_type,
            size=size,
            sha256=sha256,
            uploader_id=organization_id,  # nobody's upload: no person has this id
            owner_kind=owner_kind,
            owner_id=owner_id,
        )


@asynccontextmanager
async def as_path(file_id: UUID) -> AsyncIterator[Path]:
    """The content of a file at a path of its own, named by its kind; gone when the block ends.

    Who asks has seen to it that the file may be read. FileMissing if there is none.
    """
    record = await queries.file_by_id(file_id)
    if record is None:
        raise FileMissing(str(file_id))
    # Not the store's own path: behind the port may be an object store.
    with tempfile.TemporaryDirectory(prefix="kvartal-") as folder:
        path = Path(folder) / f"content{ALL_TYPES[record['media_type']][0]}"
        with path.open("wb") as copy:
            async for chunk in policy().store.read(file_id):
                await asyncio.to_thread(copy.write, chunk)
        yield path


async def remove_old(
    owner_kind: str, *, before: datetime, limit: int, but: Collection[str] = ()
) -> int:
    """Delete files of such owners that were made before then; how many, up to ``limit``.

    ``but``: media types that stay as long as their owner.
    """
    async with unit_of_work():
        gone = await queries.delete_old(owner_kind, before, limit=limit, but=but)
        if gone:
            emit(FilesRemoved(file_ids=tuple(gone)))
    return len(gone)


def _measured(source: IO[bytes]) -> tuple[int, str]:
    source.seek(0)
    digest = file_digest(source, "sha256")  # type: ignore[arg-type] # any file of bytes will do
    return source.seek(0, SEEK_END), digest.hexdigest()
