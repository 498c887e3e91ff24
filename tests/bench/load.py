"""The load: a few connections that ask as fast as they are answered, and what that costs.

CPU time is told by the kernel: of the server's process, and of all processes of PostgreSQL.
"""

import asyncio
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import orjson

__all__ = ["Cost", "Load", "Target", "cpu_seconds", "descendants", "measure", "request"]

CONNECTIONS = 8
SPELLS = 8


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


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of a server.

    Before it is measured it runs for ``warm`` seconds, or until so many requests (``warming``) are
    answered. Those that may be sent once only: give enough of them, or it ends with the last.
    """

    target: Target
    requests: Sequence[bytes]
    warm: float = 1.0
    warming: float = math.inf
    connections: int = CONNECTIONS


async def measure(*loads: Load, seconds: float) -> list[Cost]:
    """What a request of each load costs at best, each having run for so long.

    They take turns, so that what else the machine does meets all of them; and since that only ever
    adds to a cost, the cheapest of several spells counts.
    """
    rounds = [Round(each) for each in loads]
    for each in rounds:
        await each.warm()
    for _ in range(SPELLS):
        for each in rounds:
            await each.spell(seconds / SPELLS)
    return [min(each.costs, key=lambda cost: cost.both) for each in rounds]


class Round:
    """A load that several connections share."""

    def __init__(self, load: Load) -> None:
        once = len(load.requests) > load.connections
        self._load = load
        self._requests = iter(load.requests) if once else itertools.cycle(load.requests)
        self._answered = 0
        self.costs: list[Cost] = []

    async def warm(self) -> None:
        """Ask without looking at what it costs."""
        await self._run(self._load.warm, self._load.warming)

    async def spell(self, seconds: float) -> None:
        """Ask for so long, and note what it costs; nothing once there is no request left."""
        target = self._load.target
        before, begun, counted = _cpu(target), perf_counter(), self._answered
        await self._run(seconds)
        after, ended = _cpu(target), perf_counter()
        if count := self._answered - counted:
            server, database = ((b - a) / count * 1e6 for a, b in zip(before, after, strict=True))
            self.costs.append(Cost(server, database, count, ended - begun))

    async def _run(self, seconds: float, most: float = math.inf) -> None:
        # Anew each time: the server closes what is silent while others have their turn.
        port, number = self._load.target.port, self._load.connections
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
        end = perf_counter() + seconds
        try:
            await asyncio.gather(
                *(self._ask(reader, writer, end, most) for reader, writer in connections)
            )
        finally:
            for _, writer in connections:
                writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, end: float, most: float
    ) -> None:
        while perf_counter() < end and self._answered < most:
            text = next(self._requests, None)
            if text is None:
                return
            writer.write(text)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
            body = await reader.readexactly(int(length))
            if not head.startswith(b"HTTP/1.1 200") or b'"errors":[{' in body:
                raise AssertionError(body[:2000].decode())
            self._answered += 1


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
