"""The exchange over a folder of this machine: for tests, and where a share is mounted."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from kvartal_integration.exchange.port import ExchangeFailed, FileMissing, FileOversized

__all__ = ["FolderExchange"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FolderExchange:
    """Files under ``root``; no path leads out of it."""

    root: Path

    async def fetch(self, path: str, into: IO[bytes], *, limit: int) -> None:
        """Copy a file of at most ``limit`` bytes."""
        await asyncio.to_thread(self._fetch, self._inside(path), into, limit)

    async def put(self, path: str, content: IO[bytes]) -> None:
        """Store a file, under a temporary name first."""
        await asyncio.to_thread(self._put, self._inside(path), content)

    async def remove(self, path: str) -> None:
        """Delete a file."""
        await asyncio.to_thread(self._inside(path).unlink, missing_ok=True)

    def _fetch(self, source: Path, into: IO[bytes], limit: int) -> None:
        try:
            if source.stat().st_size > limit:
                raise FileOversized
            with source.open("rb") as content:
                shutil.copyfileobj(content, into, _CHUNK)
        except (FileNotFoundError, IsADirectoryError):
            raise FileMissing from None

    def _put(self, target: Path, content: IO[bytes]) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.tmp")
        with partial.open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK)
        partial.replace(target)

    def _inside(self, path: str) -> Path:
        parts = PurePosixPath("/", path).relative_to("/").parts
        if ".." in parts or "\0" in path:
            raise ExchangeFailed(str(self.root), "DENIED")
        return self.root.joinpath(*parts)
