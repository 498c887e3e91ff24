"""A served application and somebody who speaks ``graphql-transport-ws`` to it by hand."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from kvartal.graphql.transports.frames import LightSocket

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE = 10.0


class Dialogue:
    """A client's end of a socket."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.wire.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        """The next message."""
        return orjson.loads(await asyncio.wait_for(self.wire.recv(), PATIENCE))

    async def init(self, **payload: Any) -> None:
        """Initialise the connection and see it acknowledged."""
        await self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, op: str, query: str, **more: Any) -> None:
        """Ask for an operation."""
        await self.send(type="subscribe", id=op, payload={"query": query} | more)

    async def closed(self) -> tuple[int, str]:
        """The close code and reason, once everything that was still to come has come."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosedError):
                async for _ in self.wire:
                    pass
            await self.wire.wait_closed()
        assert self.wire.close_code is not None
        return self.wire.close_code, self.wire.close_reason or ""


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- what the server did sets no event
            await asyncio.sleep(0.01)


@pytest.fixture
def until() -> Any:
    """Wait until something has happened on the server's side."""
    return _until


@pytest.fixture
async def server(app: Starlette) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    """The running server and its address."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, ws=LightSocket, ws_per_message_deflate=False, lifespan="off"
    )
    running = uvicorn.Server(config)
    serving = asyncio.create_task(running.serve(sockets=[bound]))
    await _until(lambda: running.started)
    try:
        yield running, f"ws://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        running.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)


@pytest.fixture
def dial(server: tuple[uvicorn.Server, str]) -> Callable[..., Any]:
    """Open one more socket."""

    @asynccontextmanager
    async def opened(path: str = "/graphql", **options: Any) -> AsyncIterator[Dialogue]:
        async with connect(server[1] + path, **{"subprotocols": [PROTOCOL]} | options) as wire:
            yield Dialogue(wire)

    return opened


@pytest.fixture
async def wire(dial: Callable[[], AbstractAsyncContextManager[Any]]) -> AsyncIterator[Any]:
    """A socket that speaks the protocol, not yet initialised."""
    async with dial() as dialogue:
        yield dialogue
