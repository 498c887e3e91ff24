"""The parts of a ``multipart/form-data`` body (RFC 7578), cut out of a stream of chunks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from kvartal.errors import BadInput

__all__ = ["Data", "PartEnd", "PartStart", "Parts"]

_HEADERS_LIMIT = 8192
_PARAMETER = re.compile(r';\s*([a-z*]+)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # as browsers write them
_ESCAPED = re.compile("|".join(_ESCAPES), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartStart:
    """A part begins; with ``filename`` it is a file."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class Data:
    """Some of the present part's content."""

    content: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The present part is complete."""


Event = PartStart | Data | PartEnd


class _State(Enum):
    START = auto()
    DELIMITER = auto()
    HEADERS = auto()
    CONTENT = auto()
    END = auto()


class Parts:
    """Cuts a body into its parts; of what it has seen it keeps a delimiter's length at most."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        # The first delimiter may stand at the very beginning.
        self._buffer = bytearray(b"\r\n")
        self._state = _State.START

    @property
    def is_complete(self) -> bool:
        """The closing delimiter has come."""
        return self._state is _State.END

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """What the chunk brings to light."""
        if self._state is _State.END:
            return  # an epilogue says nothing
        self._buffer += chunk
        while True:
            before = (self._state, len(self._buffer))
            yield from self._step()
            if (self._state, len(self._buffer)) == before:
                return

    def _step(self) -> Iterator[Event]:
        match self._state:
            case _State.START:
                if self._buffer.startswith(self._delimiter):
                    del self._buffer[: len(self._delimiter)]
                    self._state = _State.DELIMITER
                elif not self._delimiter.startswith(self._buffer):
                    raise _malformed()
            case _State.DELIMITER if len(self._buffer) >= 2:
                ending = bytes(self._buffer[:2])
                del self._buffer[:2]
                if ending not in {b"\r\n", b"--"}:
                    raise _malformed()
                self._state = _State.HEADERS if ending == b"\r\n" else _State.END
            case _State.HEADERS:
                yield from self._headers()
            case _State.CONTENT:
                yield from self._content()
            case _:
                pass

    def _headers(self) -> Iterator[Event]:
        end = self._buffer.find(b"\r\n\r\n")
        if max(end, len(self._buffer) if end < 0 else 0) > _HEADERS_LIMIT:
            raise _malformed()
        if end >= 0:
            yield _part_of(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
            self._state = _State.CONTENT

    def _content(self) -> Iterator[Event]:
        end = self._buffer.find(self._delimiter)
        # What may be the beginning of a delimiter waits for more.
        length = end if end >= 0 else max(len(self._buffer) - len(self._delimiter) + 1, 0)
        if length:
            yield Data(bytes(self._buffer[:length]))
            del self._buffer[:length]
        if end >= 0:
            del self._buffer[: len(self._delimiter)]
            self._state = _State.DELIMITER
            yield PartEnd()


def _part_of(headers: bytes) -> PartStart:
    """The part that these headers announce."""
    for line in headers.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            disposition, *_ = value.split(";", 1)
            parameters = {
                each[1].lower(): _unescaped(each[2]) for each in _PARAMETER.finditer(value)
            }
            if disposition.strip().lower() == "form-data" and "name" in parameters:
                return PartStart(parameters["name"], parameters.get("filename"))
    raise _malformed()


def _unescaped(value: str) -> str:
    plain = re.sub(r"\\(.)", r"\1", value)
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0].upper()], plain)


def _malformed() -> BadInput:
    return BadInput("REQUEST_MALFORMED", parameter="body")
