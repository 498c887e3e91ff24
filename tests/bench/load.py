"""The load: a few connections that ask as fast as they are answered, and what that costs.

CPU time is told by the kernel: of the server's process, and of all processes of PostgreSQL.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import orjson

__all__ = ["Cost", "Target", "cpu_seconds", "descendants", "measure", "request"]

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is measured: its port, and the processes whose time is counted."""

    name: str
    port: int
    pid: int
    database_pid: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request costs, in microseconds of CPU time."""

    server: float
    database: float
    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def both(self) -> float:
        """Of server and PostgreSQL together."""
        return self.server + self.database


def request(path: str, body: object, token: str | None = None) -> bytes:
    """A POST with JSON, as it goes over the wire."""
    content = orjson.dumps(body)
    head = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json",
        "Accept-Language: ru",
        f"Content-Length: {len(content)}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


async def measure(
    target: Target, requests: Sequence[bytes], *, seconds: float, warm: float = 1.0
) -> Cost:
    """Send the requests, over and over, and tell what each costs.

    Requests that may be sent once only: give enough of them, or it ends with the last.
    """
    once = Round(iter(requests)) if len(requests) > CONNECTIONS else None
    source = once or Round(itertools.cycle(requests))
    connections = [
        await asyncio.open_connection("127.0.0.1", target.port) for _ in range(CONNECTIONS)
    ]
    try:
        await source.run(connections, warm)
        before, begun, counted = _cpu(target), perf_counter(), source.answered
        await source.run(connections, seconds)
        after, ended = _cpu(target), perf_counter()
    finally:
        for _, writer in connections:
            writer.close()
    count = source.answered - counted
    server, database = ((b - a) / count * 1e6 for a, b in zip(before, after, strict=True))
    return Cost(server, database, count, ended - begun)


class Round:
    """Requests that several connections share."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self.answered = 0

    async def run(
        self,
        connections: Sequence[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
        seconds: float,
    ) -> None:
        """Ask over all connections for so long, or until there is no request left."""
        end = perf_counter() + seconds
        await asyncio.gather(*(self._ask(reader, writer, end) for reader, writer in connections))

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, end: float
    ) -> None:
        while perf_counter() < end:
            text = next(self._requests, None)
            if text is None:
                return
            writer.write(text)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
            body = await reader.readexactly(int(length))
            if not head.startswith(b"HTTP/1.1 200") or b'"errors":[{' in body:
                raise AssertionError(body[:2000].decode())
            self.answered += 1


def _cpu(target: Target) -> tuple[float, float]:
    database = sum(map(cpu_seconds, descendants(target.database_pid)))
    return cpu_seconds(target.pid), database


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has had, to the nanosecond; none if it has ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def descendants(pid: int) -> list[int]:
    """A process and those that it has begot."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(
            int(stat.parent.name)
        )
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found
