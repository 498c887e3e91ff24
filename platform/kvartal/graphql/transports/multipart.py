"""Requests with files: the GraphQL multipart request specification, read as a stream.

Files go to temporary files as they come, hashed on the way; only small ones stay in memory. What is
not mapped, twice there or out of order is refused.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson

from kvartal.errors import BadInput
from kvartal.files.uploads import UploadedFile
from kvartal.graphql.limits import refuse_above
from kvartal.graphql.transports.parts import Data, PartEnd, Parts, PartStart

__all__ = ["MultipartLimits", "boundary_of", "read_multipart"]

PREFLIGHT_HEADERS = (b"graphql-require-preflight", b"apollo-require-preflight")
_IN_MEMORY = 256 * 1024
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipartLimits:
    """How much a request may bring: its fields, each file, how many of these, all together."""

    field_bytes: int = 2_000_000
    file_bytes: int = 10_000_000
    files: int = 10
    all_bytes: int = 100_000_000
    seconds: float = 300.0


def boundary_of(content_type: str, headers: Mapping[bytes, bytes]) -> bytes | None:
    """The boundary of a multipart body; none if it is something else.

    A form can be posted from a foreign page: a header that no form has shows that the browser has
    asked us first.
    """
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    if not any(headers.get(name) for name in PREFLIGHT_HEADERS):
        raise BadInput("PREFLIGHT_REQUIRED")
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _malformed("boundary")
    return (found[1] or found[2]).encode("latin-1")


async def read_multipart(
    chunks: AsyncIterator[bytes], boundary: bytes, limits: MultipartLimits, files: ExitStack
) -> object:
    """The operations with their files in place; ``files`` closes those at the end."""
    reader = _Reader(limits, files)
    parts = Parts(boundary)
    async for chunk in chunks:
        for event in parts.feed(chunk):
            match event:
                case PartStart():
                    reader.begin(event)
                case Data():
                    await reader.take(event.content)
                case PartEnd():
                    reader.end()
    if not parts.is_complete:
        raise _malformed("body")
    return reader.operations()


class _Reader:
    """Fields and files as they come."""

    def __init__(self, limits: MultipartLimits, files: ExitStack) -> None:
        self._limits = limits
        self._stack = files
        self._fields: dict[str, bytearray] = {}
        self._files: dict[str, UploadedFile] = {}
        self._field_bytes = 0
        self._all_bytes = 0
        self._field: bytearray | None = None
        self._file: _Incoming | None = None

    def begin(self, part: PartStart) -> None:
        """A part begins: ``operations`` and ``map`` come first, then the files."""
        if part.name in self._fields or part.name in self._files:
            raise _malformed(part.name)
        if part.filename is None:
            if part.name not in {"operations", "map"} or self._files:
                raise _malformed(part.name)
            self._field = self._fields[part.name] = bytearray()
            return
        if "map" not in self._fields:
            raise _malformed("map")
        refuse_above("FILES", self._limits.files, len(self._files) + 1)
        content = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 -- closed by the stack
        self._stack.callback(content.close)
        self._file = _Incoming(part.name, part.filename, content)

    async def take(self, content: bytes) -> None:
        """More of the present part."""
        if self._file is not None:
            self._all_bytes += len(content)
            refuse_above("FILE", self._limits.file_bytes, self._file.size + len(content))
            refuse_above("UPLOAD", self._limits.all_bytes, self._all_bytes)
            await self._file.write(content)
        elif self._field is not None:
            self._field_bytes += len(content)
            refuse_above("BODY", self._limits.field_bytes, self._field_bytes)
            self._field += content

    def end(self) -> None:
        """The present part is complete."""
        if self._file is not None:
            self._files[self._file.part] = self._file.done()
        self._file = self._field = None

    def operations(self) -> object:
        """The operations, each file where the map says."""
        operations, paths = self._json("operations"), self._json("map")
        if not isinstance(paths, dict) or paths.keys() != self._files.keys():
            raise _malformed("map")
        for name, places in paths.items():
            if not isinstance(places, list) or not places:
                raise _malformed("map")
            for place in places:
                _put(operations, place, self._files[name])
        return operations

    def _json(self, name: str) -> Any:
        try:
            return orjson.loads(self._fields[name])
        except KeyError:
            raise _malformed(name) from None
        except orjson.JSONDecodeError:
            raise BadInput("JSON_MALFORMED") from None


class _Incoming:
    """A file that is being received."""

    def __init__(self, part: str, name: str, content: IO[bytes]) -> None:
        self.part = part
        self.size = 0
        self._name = name
        self._content = content
        self._hash = sha256()

    async def write(self, content: bytes) -> None:
        """Keep what has come; on the disk in a thread."""
        self.size += len(content)
        self._hash.update(content)
        if self.size <= _IN_MEMORY:
            self._content.write(content)
        else:
            await asyncio.to_thread(self._content.write, content)

    def done(self) -> UploadedFile:
        """The file, received as a whole."""
        return UploadedFile(self._name, self.size, self._hash.hexdigest(), self._content)


def _put(operations: object, place: object, file: UploadedFile) -> None:
    """Put a file where the operations have null, at a path like ``variables.input.files.0``."""
    if not isinstance(place, str):
        raise _malformed("map")
    *steps, last = place.split(".")
    target = operations
    for step in steps:
        target = _step(target, step)
    if _step(target, last) is not None:
        raise _malformed("map")
    if isinstance(target, list):
        target[int(last)] = file
    else:
        assert isinstance(target, dict)
        target[last] = file


def _step(target: object, step: str) -> object:
    match target:
        case dict() if step in target:
            return target[step]
        case list() if step.isdecimal() and step.isascii() and int(step) < len(target):
            return target[int(step)]
    raise _malformed("map")


def _malformed(parameter: str) -> BadInput:
    return BadInput("REQUEST_MALFORMED", parameter=parameter[:100])
