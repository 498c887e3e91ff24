"""The way out of a socket: at once while that is possible, by a writer for a slow client."""

import asyncio
from typing import Any

import pytest

from kvartal.graphql.transports.sender import Sender


class Wire:
    """A server's end: what was written at once, what was sent, and whether it takes anything."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.written: list[bytes] = []
        self.sent: list[Any] = []
        self.fast = True
        self.error: Exception | None = None
        self.drained = asyncio.Event()
        self.drained.set()
        extensions = {"kvartal.write_at_once": self.write} if at_once else {}
        self.scope = {"type": "websocket", "extensions": extensions}

    def write(self, message: bytes) -> bool:
        if self.fast:
            self.written.append(message)
        return self.fast

    async def send(self, message: Any) -> None:
        await self.drained.wait()
        if self.error is not None:
            raise self.error
        self.sent.append(message.get("text") or message["code"])

    def sender(self) -> Sender:
        return Sender(self.scope, self.send, queued=4, backlog=2)


async def test_a_fast_client_needs_no_writer() -> None:
    wire = Wire()
    sender = wire.sender()
    await sender.put(b"a")
    await sender.put_newest("1", b"b")
    assert sender.is_put(b"c")

    assert wire.written == [b"a", b"b", b"c"]
    assert (wire.sent, sender.waiting) == ([], 0)


async def test_a_server_without_the_extension_is_sent_everything_in_order() -> None:
    wire = Wire(at_once=False)
    sender = wire.sender()
    assert not sender.is_put(b"x")
    await sender.put(b"a")
    await sender.put_newest("1", b"b")
    await asyncio.sleep(0.01)
    await sender.put(b"c")
    await asyncio.sleep(0.01)

    assert wire.sent == ["a", "b", "c"]


async def test_nothing_overtakes_what_a_slow_client_has_still_to_take() -> None:
    wire = Wire()
    sender = wire.sender()
    wire.fast = False
    wire.drained.clear()
    await sender.put(b"a")
    await asyncio.sleep(0)
    wire.fast = True
    assert not sender.is_put(b"x")
    for number in range(4):
        await sender.put_newest("1", str(number).encode())
    assert sender.waiting == 2

    wire.drained.set()
    await asyncio.sleep(0.01)
    assert wire.sent == ["a", "2", "3"]
    await sender.put(b"b")
    assert wire.written == [b"b"]


async def test_what_is_forgotten_is_not_sent() -> None:
    wire = Wire(at_once=False)
    sender = wire.sender()
    await sender.put_newest("1", b"a")
    sender.forget("1")
    await asyncio.sleep(0.01)

    assert wire.sent == []


async def test_a_source_that_never_pauses_leaves_the_others_their_turn() -> None:
    sender = Wire().sender()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for number in range(1_000):
        await sender.put_newest("1", str(number).encode())
    task.cancel()

    assert turns >= 9


async def test_a_writer_leaves_the_others_their_turn() -> None:
    wire = Wire(at_once=False)
    sender = Sender(wire.scope, wire.send, queued=500, backlog=500)
    for number in range(1, 251):
        await sender.put(str(number).encode())
    await asyncio.sleep(0)

    assert len(wire.sent) == 100
    await asyncio.sleep(0.01)
    assert len(wire.sent) == 250


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("closed")])
async def test_a_client_that_has_gone_is_no_error(error: Exception) -> None:
    wire = Wire(at_once=False)
    sender = wire.sender()
    wire.error = OSError("gone")
    await sender.put(b"a")
    await asyncio.sleep(0.01)
    assert sender.is_put(b"b")  # nobody is there to read it
    await sender.put(b"c")

    other = Wire()
    other.error = error
    await other.sender().close(1000, "")
    assert wire.sent == other.sent == []


async def test_a_socket_is_closed_once_and_then_says_nothing() -> None:
    wire = Wire()
    sender = wire.sender()
    await sender.close(1012, "")
    await sender.close(1000, "")
    await sender.put(b"a")
    await sender.put_newest("1", b"b")

    assert (wire.sent, wire.written) == ([1012], [])


async def test_who_is_stopped_writes_no_more() -> None:
    wire = Wire(at_once=False)
    sender = wire.sender()
    wire.drained.clear()
    await sender.put(b"a")
    await asyncio.sleep(0)
    sender.stop()
    wire.drained.set()
    await asyncio.sleep(0.01)
    wire.sender().stop()

    assert wire.sent == []
