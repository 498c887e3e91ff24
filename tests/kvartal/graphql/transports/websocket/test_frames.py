"""uvicorn's light WebSocket: whole frames at once, and all that uvicorn's own does."""

import asyncio
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect

from kvartal.graphql.transports.frames import LightSocket, _Gate, _Inbox, write_at_once_of

PATIENCE = 10.0


class Application:
    """Writes at once what it is asked for, and keeps what it was given."""

    def __init__(self) -> None:
        self.took: list[bool] = []
        self.closed = False
        self.filled = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        write = write_at_once_of(scope)
        assert write is not None
        while (message := await receive())["type"] != "websocket.disconnect":
            size = int(message["text"])
            if size < 0:
                while write(b"x" * 100_000):
                    pass
                self.filled.set()
                await send({"type": "websocket.send", "text": "last"})
            else:
                self.took.append(write(b"x" * size))
        self.took.append(write(b"late"))
        self.closed = True


@pytest.fixture
def app() -> Any:
    return Application()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_a_text_of_any_size_is_one_frame(
    app: Application, server: tuple[uvicorn.Server, str], until: Any, size: int
) -> None:
    async with connect(server[1]) as wire:
        for _ in range(2):
            await wire.send(str(size))
            assert await asyncio.wait_for(wire.recv(), PATIENCE) == "x" * size
    await until(lambda: app.closed)

    assert app.took == [True, True, False]


async def test_to_a_client_that_reads_nothing_nothing_is_written_until_it_does(
    app: Application, server: tuple[uvicorn.Server, str]
) -> None:
    async with connect(server[1], max_queue=1) as wire:
        await wire.send("-1")
        await asyncio.wait_for(app.filled.wait(), PATIENCE)
        while await asyncio.wait_for(wire.recv(), PATIENCE) != "last":
            pass
        await wire.send("3")

        assert await asyncio.wait_for(wire.recv(), PATIENCE) == "xxx"


def test_another_server_has_nothing_to_write_at_once_with() -> None:
    assert write_at_once_of({"type": "websocket"}) is None


async def test_the_handshake_is_not_kept(
    server: tuple[uvicorn.Server, str], app: Application
) -> None:
    async with connect(server[1]):
        await asyncio.sleep(0.05)
        sockets = [
            each for each in server[0].server_state.connections if isinstance(each, LightSocket)
        ]

        assert [vars(each).keys() & {"request", "response"} for each in sockets] == [set()]


async def test_what_comes_is_read_in_its_order() -> None:
    inbox = _Inbox()
    for number in range(3):
        inbox.put_nowait(number)
    assert not inbox.empty()
    assert [await inbox.get() for _ in range(3)] == [0, 1, 2]
    assert inbox.empty()

    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait(3)
    inbox.put_nowait(4)
    assert [await reading, await inbox.get()] == [3, 4]


async def test_a_gate_lets_all_pass_when_it_opens() -> None:
    gate = _Gate()
    await gate.wait()
    gate.clear()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in waiting)
    gate.set()
    gate.set()
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)

    assert gate.is_set()
