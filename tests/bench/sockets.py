"""Two thousand sockets: how long a change takes to all of them, and what they cost."""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter, process_time

import orjson
from tests.bench.load import Target, cpu_seconds, descendants
from tests.bench.operations import WATCH
from tests.bench.paths import Row
from tests.bench.scene import Scene
from tests.bench.seed import Home

from kvartal import live
from kvartal.db.connection import execute
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.home.api import organization_topic, premise_topic

__all__ = ["own_premises", "shared_topic"]

ROUNDS = 5
PATIENCE = 60.0
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


class Socket(asyncio.Protocol):
    """A client of ``graphql-transport-ws`` that notes when something comes."""

    def __init__(self, home: Home, clock: "Arrivals") -> None:
        self._home = home
        self._arrivals = clock
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /graphql HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: graphql-transport-ws",
        )
        transport.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._upgraded = True
            self._buffer = bytearray(rest)
            token = f"Bearer {self._home.token}"
            self._send({"type": "connection_init", "payload": {"authorization": token}})
        while (frame := self._frame()) is not None:
            self._hear(*frame)

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self._buffer) < 2:
            return None
        size, begin = self._buffer[1] & 0x7F, 2
        if size == 126:
            if len(self._buffer) < 4:
                return None
            [size], begin = struct.unpack_from("!H", self._buffer, 2), 4
        if len(self._buffer) < begin + size:
            return None
        code, payload = self._buffer[0] & 0x0F, bytes(self._buffer[begin : begin + size])
        del self._buffer[: begin + size]
        return code, payload

    def _hear(self, code: int, payload: bytes) -> None:
        if code == _PING:
            self._write(struct.pack("!BB", 0x80 | _PONG, 0x80 | len(payload)), payload)
        if code != _TEXT:
            assert code != _CLOSE, payload
            return
        message = orjson.loads(payload)
        match message["type"]:
            case "connection_ack":
                variables = {"premise": encode_id("Premise", self._home.premise)}
                asked = {"query": WATCH, "variables": variables}
                self._send({"id": "1", "type": "subscribe", "payload": asked})
            case "next":
                assert "errors" not in message["payload"], message
                self._arrivals.note()
            case other:
                raise AssertionError(f"{other}: {message}")

    def _send(self, message: object) -> None:
        payload = orjson.dumps(message)
        self._write(struct.pack("!BBH", 0x80 | _TEXT, 0x80 | 126, len(payload)), payload)

    def _write(self, head: bytes, payload: bytes) -> None:
        assert self._transport is not None
        self._transport.write(head + b"\0\0\0\0" + payload)  # masked by nothing


class Arrivals:
    """When the answers of a round came."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._done = asyncio.Event()
        self.moments: list[float] = []

    def begin(self) -> None:
        """Wait for an answer on each socket."""
        self.moments = []
        self._done.clear()

    def note(self) -> None:
        """Something came."""
        self.moments.append(perf_counter())
        if len(self.moments) >= self._expected:
            self._done.set()

    async def all(self) -> None:
        """Until each socket has had its answer."""
        async with asyncio.timeout(PATIENCE):
            await self._done.wait()


async def shared_topic(scene: Scene) -> AsyncIterator[Row]:
    """All sockets watch one premise."""
    home = scene.homes[-1]
    async for row in _measured(
        scene,
        "2000 sockets, same topic",
        [home] * len(scene.homes),
        premise_topic(home.premise),
        100,
    ):
        yield row


async def own_premises(scene: Scene) -> AsyncIterator[Row]:
    """Each socket watches a premise of its own, and all of them change at once."""
    async for row in _measured(
        scene,
        "2000 sockets, each its own premise",
        scene.homes,
        organization_topic(scene.organization),
        250,
    ):
        yield row


async def _measured(
    scene: Scene, path: str, homes: Sequence[Home], topic: str, limit: float
) -> AsyncIterator[Row]:
    target = scene.targets["kvartal"]
    empty = _resident_bytes(target.pid)
    delays: list[float] = []
    async with _connected(target, homes) as arrivals:
        each = (_resident_bytes(target.pid) - empty) / len(homes) / 1024
        before = _cpu(target)
        for _ in range(ROUNDS):
            arrivals.begin()
            begun = await _change(scene, topic)
            await arrivals.all()
            delays += [moment - begun for moment in arrivals.moments]
        spent = [(b - a) / len(delays) * 1e6 for a, b in zip(before, _cpu(target), strict=True)]
    delays.sort()
    half, most = (delays[int(len(delays) * part)] * 1000 for part in (0.5, 0.99))
    yield Row(path, "p50", half, "ms")
    yield Row(path, "p99", most, "ms", f"≤ {limit:g} ms", most <= limit)
    shared = limit == 100
    yield Row(
        path, "memory a connection", each, "KiB", *(("≤ 40 KiB", each <= 40) if shared else ())
    )
    cost, database, client = spent
    yield Row(path, "server a message", cost, "µs", *(("≤ 40 µs", cost <= 40) if shared else ()))
    yield Row(path, "PostgreSQL a message", database, "µs")
    # What the measuring itself takes: with little of two cores left, the delays are its own.
    yield Row(path, "client a message", client, "µs")


@asynccontextmanager
async def _connected(target: Target, homes: Sequence[Home]) -> AsyncIterator[Arrivals]:
    """The sockets, each with the first answer of its subscription."""
    loop = asyncio.get_running_loop()
    arrivals = Arrivals(len(homes))
    sockets: list[Socket] = []
    try:
        for home in homes:
            _, socket = await loop.create_connection(
                lambda home=home: Socket(home, arrivals),  # type: ignore[misc] # mypy wants no default
                "127.0.0.1",
                target.port,
            )
            sockets.append(socket)
        await arrivals.all()
        yield arrivals
    finally:
        for socket in sockets:
            socket.close()
        await asyncio.sleep(1)


async def _change(scene: Scene, topic: str) -> float:
    """Turn water on or off in all houses and say so of the topic; when that was."""
    async with unit_of_work():
        await execute(
            "UPDATE meters_resource_settings SET active = NOT active"
            " WHERE organization_id = $1 AND resource_kind = 'WATER'",
            scene.organization,
        )
        live.touch(topic)
        return perf_counter()


def _cpu(target: Target) -> tuple[float, float, float]:
    """The CPU time so far of the server, of PostgreSQL and of this process, in seconds."""
    database = sum(map(cpu_seconds, descendants(target.database_pid)))
    return cpu_seconds(target.pid), database, process_time()


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
