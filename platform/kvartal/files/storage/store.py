"""Where the content of files lies: a port, and a directory behind it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

__all__ = ["FileMissing", "FileStore", "FolderStore"]

_CHUNK = 256 * 1024
_PART = ".part"


class FileMissing(Exception):
    """The store has no content under the id."""


class FileStore(Protocol):
    """Keeps content by id; an object store can stand behind it as well as a directory."""

    async def put(self, key: UUID, content: IO[bytes]) -> None:
        """Keep the whole content, or nothing of it."""

    def read(self, key: UUID) -> AsyncIterator[bytes]:
        """The content in chunks; FileMissing before the first if there is none."""

    async def delete(self, key: UUID) -> None:
        """Forget the content, if there is any."""

    async def keys_before(self, key: UUID) -> list[UUID]:
        """The ids older than this one; ids are UUIDv7."""


class FolderStore:
    """A directory on a disk, or a volume that all processes mount."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: UUID, content: IO[bytes]) -> None:
        """Written beside its place, then moved there: nobody ever sees half a file."""
        await asyncio.to_thread(self._put, key, content)

    async def read(self, key: UUID) -> AsyncIterator[bytes]:
        """The content in chunks."""
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError:
            raise FileMissing(str(key)) from None
        try:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
        finally:
            file.close()

    async def delete(self, key: UUID) -> None:
        """Remove the file."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def keys_before(self, key: UUID) -> list[UUID]:
        """Files older than that, halves that a crash has left among them."""
        return await asyncio.to_thread(lambda: sorted(set(self._keys(key))))

    def _put(self, key: UUID, content: IO[bytes]) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(_PART)
        content.seek(0)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def _keys(self, before: UUID) -> Iterator[UUID]:
        for path in self._root.glob("*/*"):
            try:
                key = UUID(path.stem)
            except ValueError:
                continue
            if key.int < before.int:
                path.with_suffix(_PART).unlink(missing_ok=True)
                yield key

    def _path(self, key: UUID) -> Path:
        # The first digits of a UUIDv7 are its time; the last are even.
        return self._root / key.hex[-2:] / str(key)
