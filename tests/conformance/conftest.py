"""A server of two tenants as it is in production, over real HTTP and WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from kvartal.asgi import server_config
from kvartal.auth.models import Employee
from kvartal.embedded import Servers
from kvartal.host import Host
from kvartal.testing.auth_factories import a_user, an_employee, token_of
from kvartal.testing.host import TestHost, committed_host
from kvartal_meters.testing import Home, a_home, a_reading

PATIENCE = 10.0
PASSWORD = "длинный пароль для проверки"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An organization with a home, and the credentials of who works and lives there."""

    home: Home
    chief: Employee
    email: str
    employee: str
    resident: str


class Socket:
    """A client's end of a WebSocket that speaks ``graphql-transport-ws``."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire

    async def subscribe(self, op: str, query: str, variables: dict[str, Any]) -> None:
        """Ask for an operation."""
        payload = {"query": query, "variables": variables}
        await self.send(type="subscribe", id=op, payload=payload)

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self._wire.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        """The next message."""
        return orjson.loads(await asyncio.wait_for(self._wire.recv(), PATIENCE))

    async def heard_until_pong(self) -> list[Any]:
        """All that has come before the server answers a ping."""
        await self.send(type="ping")
        heard = []
        while (message := await self.receive())["type"] != "pong":
            heard.append(message)
        return heard


@dataclass(frozen=True, kw_only=True)
class Production:
    """A running server, and its two tenants."""

    host: Host
    url: str
    own: Tenant
    foreign: Tenant

    async def post(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The answer to a query or a mutation."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            body = {"query": query, "variables": variables}
            answer: dict[str, Any] = (
                await client.post("/graphql", json=body, headers=headers)
            ).json()
        return answer

    @asynccontextmanager
    async def socket(self, token: str) -> AsyncIterator[Socket]:
        """An initialised WebSocket."""
        address = self.url.replace("http", "ws") + "/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as wire:
            socket = Socket(wire)
            await socket.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket


@pytest.fixture(scope="module")
async def production(servers: Servers, worker_id: str, host: TestHost) -> AsyncIterator[Production]:
    """A server with the settings that a production has."""
    async with committed_host(servers, worker_id, host, port=0, console_enabled=False) as own:
        server = uvicorn.Server(server_config(own.app, own.host.settings))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 -- uvicorn sets no event
            await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Production(
            host=own.host,
            url=f"http://127.0.0.1:{port}",
            own=await _tenant(own.host, "own"),
            foreign=await _tenant(own.host, "foreign"),
        )
        server.should_exit = True
        await serving


async def _tenant(host: Host, word: str) -> Tenant:
    home = await a_home(identifier=f"ХВС-{word}", days=None)
    await a_reading(home.meter, "2025-01", "5")
    email = f"{word}@example.org"
    chief = await an_employee(
        home.organization,
        permissions=host.registry.permissions,
        user=await a_user(email=email, password=PASSWORD),
    )
    return Tenant(
        home=home,
        chief=chief,
        email=email,
        employee=await token_of(chief),
        resident=await token_of(home.user),
    )
