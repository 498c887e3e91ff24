"""The life of a socket: handshake, token, broken protocol, shutdown."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from kvartal.errors import Unauthenticated
from kvartal.graphql.transports.websocket import SocketEndpoint, Sockets

PROTOCOL = "graphql-transport-ws"
PATIENCE = 10.0


async def test_ping_is_answered_with_its_payload_even_before_init(wire: Any) -> None:
    await wire.send(type="ping", payload={"n": 1})
    await wire.send(type="pong")
    await wire.send(type="ping")

    assert await wire.receive() == {"type": "pong", "payload": {"n": 1}}
    assert await wire.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    ("case", "frame", "code"),
    [
        ("no JSON", "NONSENSE", 4400),
        ("no object", "[]", 4400),
        ("binary", b'{"type": "ping"}', 4400),
        ("no type", "{}", 4400),
        ("an unknown type", '{"type": "start"}', 4400),
        ("a server's type", '{"type": "connection_ack"}', 4400),
        ("a type that is no text", '{"type": {}}', 4400),
        ("no id", '{"type": "subscribe", "payload": {"query": "{ hello }"}}', 4400),
        ("an empty id", '{"type": "complete", "id": ""}', 4400),
        ("a long id", '{"type": "complete", "id": "' + "x" * 129 + '"}', 4400),
        ("an id that is no text", '{"type": "complete", "id": 1}', 4400),
        ("a ping that is no object", '{"type": "ping", "payload": []}', 4400),
        ("a pong that is no object", '{"type": "pong", "payload": 1}', 4400),
        ("no payload", '{"type": "subscribe", "id": "1"}', 4400),
        ("no query", '{"type": "subscribe", "id": "1", "payload": {}}', 4400),
        ("a batch", '{"type": "subscribe", "id": "1", "payload": []}', 4400),
        (
            "variables that are no object",
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 1}}',
            4400,
        ),
        (
            "extensions that are no object",
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": ""}}',
            4400,
        ),
        (
            "a name that is no text",
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 1}}',
            4400,
        ),
        ("a client's answer", '{"type": "next", "id": "1", "payload": {}}', 4400),
        ("a client's error", '{"type": "error", "id": "1", "payload": []}', 4400),
        ("a large message", '{"type": "ping", "payload": "' + "x" * 2_000 + '"}', 1009),
        ("a second init", '{"type": "connection_init"}', 4429),
    ],
)
async def test_a_broken_protocol_closes_the_socket(
    wire: Any, case: str, frame: str | bytes, code: int
) -> None:
    await wire.init()

    await wire.wire.send(frame)

    assert (await wire.closed())[0] == code, case


async def test_a_bad_payload_of_init_closes_the_socket(wire: Any) -> None:
    await wire.send(type="connection_init", payload="good")

    assert (await wire.closed())[0] == 4400


async def test_nothing_runs_before_the_acknowledgement(wire: Any, seen: Any) -> None:
    await wire.subscribe("1", "mutation { bump }")

    assert await wire.closed() == (4401, "Unauthorized")
    assert seen.bumped == 0


async def test_who_does_not_initialise_is_shown_out(dial: Any) -> None:
    async with dial("/impatient") as wire:
        assert await wire.closed() == (4408, "Connection initialisation timeout")


async def test_an_initialised_socket_stays(dial: Any) -> None:
    async with dial("/impatient") as wire:
        await wire.init()
        await asyncio.sleep(0.3)
        await wire.send(type="ping")

        assert await wire.receive() == {"type": "pong"}


async def test_a_flood_of_pings_is_answered_in_order(wire: Any) -> None:
    for number in range(450):
        await wire.send(type="ping", payload={"n": number})

    answers = [(await wire.receive())["payload"]["n"] for _ in range(450)]

    assert answers == list(range(450))


async def test_an_id_in_use_closes_the_socket(wire: Any) -> None:
    op = "ж" * 100
    await wire.init()
    await wire.subscribe(op, "subscription { forever }")
    await wire.subscribe(op, "{ hello }")

    code, reason = await wire.closed()

    assert code == 4409
    assert reason.startswith("Subscriber for жжж")


async def test_another_protocol_is_not_acceptable(dial: Any) -> None:
    for protocols in (None, [Subprotocol("graphql-ws")]):
        async with dial(subprotocols=protocols) as wire:
            assert (await wire.closed())[0] == 4406


@pytest.mark.parametrize(
    ("payload", "headers", "token"),
    [
        ({"authorization": "Bearer good"}, {}, "good"),
        ({"Authorization": "Bearer good"}, {}, "good"),
        ({"token": "good"}, {}, "good"),
        ({}, {"Authorization": "Bearer good"}, "good"),
        ({"token": "good"}, {"Authorization": "Bearer expired"}, "good"),
        ({"token": None}, {}, None),
    ],
)
async def test_the_token_is_found(
    dial: Any, seen: Any, payload: Any, headers: Any, token: str | None
) -> None:
    async with dial(additional_headers=headers) as wire:
        await wire.init(**payload)

    assert [request.token for request in seen.requests] == [token]


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        ({"token": "expired"}, 4403, "UNAUTHENTICATED"),
        ({"authorization": "Basic Z29vZA=="}, 4403, "UNAUTHENTICATED"),
        ({"token": "busy"}, 1013, "RATE_LIMITED"),
    ],
)
async def test_who_may_not_in_is_told_why(wire: Any, payload: Any, code: int, reason: str) -> None:
    await wire.send(type="connection_init", payload=payload)

    assert await wire.closed() == (code, reason)


async def test_a_bug_closes_the_socket_and_tells_nothing(wire: Any, seen: Any) -> None:
    seen.fail_context = RuntimeError("secret")
    await wire.send(type="connection_init")

    assert await wire.closed() == (4500, "Internal server error")


async def test_a_revoked_token_closes_the_socket(wire: Any, seen: Any) -> None:
    await wire.init()
    seen.fail_context = Unauthenticated()
    await wire.subscribe("1", "{ hello }")

    assert await wire.closed() == (4403, "UNAUTHENTICATED")


async def test_the_socket_closes_with_its_token(until: Any, wire: Any, seen: Any) -> None:
    seen.expires_in = 0.2
    await wire.init(token="good")
    await wire.subscribe("1", "subscription { forever }")

    assert await wire.closed() == (4403, "Token expired")
    await until(lambda: seen.closed == 1)


async def test_close_all_sends_the_clients_elsewhere(
    until: Any, dial: Any, sockets: Sockets, seen: Any
) -> None:
    async with (
        dial() as first,
        dial() as second,
    ):
        await first.init()
        await second.init()
        await first.subscribe("1", "subscription { forever }")
        await first.receive()

        await sockets.close_all()
        await sockets.close_all()

        assert (await first.closed())[0] == 1012
        assert (await second.closed())[0] == 1012
    await until(lambda: seen.closed == 1 and len(sockets) == 0)


async def test_close_all_minds_no_client_that_has_gone(
    until: Any, engine: Any, sockets: Sockets
) -> None:
    incoming = asyncio.Queue[Any]()
    incoming.put_nowait({"type": "websocket.connect"})

    async def send(message: Any) -> None:
        if message["type"] == "websocket.close":
            raise OSError("the wire is cut")

    scope = {"type": "websocket", "path": "/", "headers": [], "subprotocols": [PROTOCOL]}
    endpoint = SocketEndpoint(engine, AsyncMock(), sockets)
    serving = asyncio.create_task(endpoint(scope, incoming.get, send))
    await until(lambda: len(sockets) == 1)

    await sockets.close_all()
    incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
    await asyncio.wait_for(serving, PATIENCE)

    assert len(sockets) == 0


async def test_a_stopping_server_closes_with_1012_too(
    until: Any, server: tuple[uvicorn.Server, str], wire: Any, seen: Any
) -> None:
    await wire.init()
    await wire.subscribe("1", "subscription { forever }")
    await wire.receive()

    server[0].should_exit = True

    assert (await wire.closed())[0] == 1012
    await until(lambda: seen.closed == 1)


async def test_only_known_pages_may_connect(dial: Any) -> None:
    async with dial("/ours", additional_headers={"Origin": "https://crm.example"}) as wire:
        await wire.init()
    async with dial("/ours") as wire:  # no page at all
        await wire.init()

    with pytest.raises(InvalidStatus) as refused:
        async with dial("/ours", additional_headers={"Origin": "https://evil.example"}):
            pass
    assert refused.value.response.status_code == 403


async def test_our_own_page_may_connect(dial: Any, server: tuple[Any, str]) -> None:
    origin = server[1].replace("ws://", "http://")

    async with dial("/ours", additional_headers={"Origin": origin}) as wire:
        await wire.init()


async def test_a_credential_has_only_so_many_sockets(dial: Any, until: Any, sockets: Any) -> None:
    async with dial("/ours") as one, dial("/ours") as two, dial("/ours") as strange:
        await one.init(token="good")
        await two.send(type="connection_init", payload={"token": "good"})
        await strange.init()

        assert await two.closed() == (1013, "Too many connections")

    await until(lambda: len(sockets) == 0)
    async with dial("/ours") as again:
        await again.init(token="good")


async def test_an_idle_socket_is_closed(dial: Any) -> None:
    async with dial("/idle") as wire:
        await wire.init()

        assert await wire.closed() == (1000, "Idle")


async def test_a_socket_in_use_is_not_idle(dial: Any, seen: Any) -> None:
    async with dial("/idle") as wire:
        await wire.init()
        await wire.subscribe("1", "subscription { held }")
        assert (await wire.receive())["type"] == "next"

        await asyncio.sleep(0.5)
        seen.go.set()

        assert (await wire.receive())["payload"] == {"data": {"held": 1}}
        assert (await wire.receive())["type"] == "complete"
        assert await wire.closed() == (1000, "Idle")
