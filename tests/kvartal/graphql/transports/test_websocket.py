"""``graphql-transport-ws`` over a real server, spoken by hand and by a stranger's client."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import gql
import orjson
import pytest
import uvicorn
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from kvartal.errors import RateLimited, Unauthenticated
from kvartal.graphql.transports.websocket import Sockets

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE = 3.0


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- what the server did sets no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _served(app: Starlette) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    await _until(lambda: server.started)
    try:
        yield server, f"ws://127.0.0.1:{bound.getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    """Where the application is served."""
    async with _served(app) as (_, url):
        yield url


async def _send(wire: ClientConnection, **message: Any) -> None:
    await wire.send(orjson.dumps(message).decode())


async def _receive(wire: ClientConnection) -> Any:
    return orjson.loads(await asyncio.wait_for(wire.recv(), PATIENCE))


async def _closed(wire: ClientConnection) -> tuple[int, str]:
    """The close code and reason, once everything that was still to come has come."""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosedError):
            async for _ in wire:
                pass
        await wire.wait_closed()
    assert wire.close_code is not None
    return wire.close_code, wire.close_reason or ""


async def _init(wire: ClientConnection, **payload: Any) -> None:
    await _send(wire, type="connection_init", payload=payload)
    assert await _receive(wire) == {"type": "connection_ack"}


async def _subscribe(wire: ClientConnection, op: str, query: str, **more: Any) -> None:
    await _send(wire, type="subscribe", id=op, payload={"query": query} | more)


@pytest.fixture
async def wire(address: str) -> AsyncIterator[ClientConnection]:
    """A socket that speaks the protocol, not yet initialised."""
    async with connect(address, subprotocols=[PROTOCOL]) as made:
        yield made


async def test_queries_mutations_and_subscriptions_are_answered(wire: ClientConnection) -> None:
    await _init(wire)

    for op, query, answers in (
        ("q", "{ hello }", [{"hello": "hello world"}]),
        ("m", "mutation { bump }", [{"bump": 1}]),
    ):
        await _subscribe(wire, op, query)
        received = [await _receive(wire) for _ in range(len(answers) + 1)]
        assert received == [
            *({"id": op, "type": "next", "payload": {"data": data}} for data in answers),
            {"id": op, "type": "complete"},
        ]
    await _subscribe(
        wire,
        "s",
        "subscription S($n: Int!) { count(to: $n) }",
        variables={"n": 1},
        operationName="S",
    )
    assert await _receive(wire) == {"id": "s", "type": "next", "payload": {"data": {"count": 1}}}
    assert await _receive(wire) == {"id": "s", "type": "complete"}


async def test_a_completed_id_may_be_used_again(wire: ClientConnection) -> None:
    await _init(wire)

    for _ in range(3):
        await _subscribe(wire, "1", "{ hello }")
        assert (await _receive(wire))["type"] == "next"
        assert (await _receive(wire))["type"] == "complete"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "BAD_INPUT"),
        ("{ nothing }", "BAD_INPUT"),
        ("{ items(first: 9999) { number } }", "TOO_COMPLEX"),
        ("subscription ($n: Int!) { count(to: $n) }", "BAD_INPUT"),
    ],
)
async def test_a_refused_operation_leaves_the_others_alone(
    wire: ClientConnection, seen: Any, query: str, code: str
) -> None:
    await _init(wire)
    await _subscribe(wire, "held", "subscription { held }")
    assert (await _receive(wire))["payload"] == {"data": {"held": 0}}

    await _subscribe(wire, "bad", query)
    refused = await _receive(wire)
    seen.go.set()

    assert (refused["id"], refused["type"]) == ("bad", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
    assert (await _receive(wire))["payload"] == {"data": {"held": 1}}
    assert await _receive(wire) == {"id": "held", "type": "complete"}


async def test_a_failing_field_is_a_next_with_errors(wire: ClientConnection) -> None:
    await _init(wire)
    await _subscribe(wire, "1", "{ hello fail }")

    answer = await _receive(wire)

    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"hello": "hello world", "fail": None}
    assert answer["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)
    assert (await _receive(wire))["type"] == "complete"


async def test_a_broken_source_is_an_error(wire: ClientConnection) -> None:
    await _init(wire)
    await _subscribe(wire, "1", "subscription { breaks }")

    kinds = [(await _receive(wire))["type"] for _ in range(2)]

    assert kinds == ["next", "error"]
    await _send(wire, type="ping")
    assert await _receive(wire) == {"type": "pong"}


async def test_complete_closes_the_source(wire: ClientConnection, seen: Any) -> None:
    await _init(wire)
    await _subscribe(wire, "1", "subscription { forever }")
    assert (await _receive(wire))["type"] == "next"

    await _send(wire, type="complete", id="1")
    await _send(wire, type="complete", id="unknown")

    await _until(lambda: bool(seen.closed == seen.opened == 1))


async def test_a_leaving_client_closes_the_sources(
    address: str, seen: Any, sockets: Sockets
) -> None:
    async with connect(address, subprotocols=[PROTOCOL]) as wire:
        await _init(wire)
        for op in ("1", "2"):
            await _subscribe(wire, op, "subscription { forever }")
        await _until(lambda: bool(seen.opened == 2))
        assert len(sockets) == 1

    await _until(lambda: seen.closed == 2 and len(sockets) == 0)


async def test_ping_is_answered_with_its_payload_even_before_init(wire: ClientConnection) -> None:
    await _send(wire, type="ping", payload={"n": 1})
    await _send(wire, type="pong")
    await _send(wire, type="ping")

    assert await _receive(wire) == {"type": "pong", "payload": {"n": 1}}
    assert await _receive(wire) == {"type": "pong"}


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
        ("a pong that is no object", '{"type": "pong", "payload": 1}', 4400),
        ("no payload", '{"type": "subscribe", "id": "1"}', 4400),
        ("no query", '{"type": "subscribe", "id": "1", "payload": {}}', 4400),
        ("a batch", '{"type": "subscribe", "id": "1", "payload": []}', 4400),
        ("a large message", '{"type": "ping", "payload": "' + "x" * 2_000 + '"}', 1009),
        ("a second init", '{"type": "connection_init"}', 4429),
    ],
)
async def test_a_broken_protocol_closes_the_socket(
    wire: ClientConnection, case: str, frame: str | bytes, code: int
) -> None:
    await _init(wire)

    await wire.send(frame)

    assert (await _closed(wire))[0] == code, case


async def test_a_bad_payload_of_init_closes_the_socket(wire: ClientConnection) -> None:
    await _send(wire, type="connection_init", payload="good")

    assert (await _closed(wire))[0] == 4400


async def test_nothing_runs_before_the_acknowledgement(wire: ClientConnection, seen: Any) -> None:
    await _subscribe(wire, "1", "mutation { bump }")

    assert await _closed(wire) == (4401, "Unauthorized")
    assert seen.bumped == 0


async def test_who_does_not_initialise_is_shown_out(wire: ClientConnection) -> None:
    assert await _closed(wire) == (4408, "Connection initialisation timeout")


async def test_an_initialised_socket_stays(wire: ClientConnection) -> None:
    await _init(wire)
    await asyncio.sleep(0.5)

    await _send(wire, type="ping")

    assert await _receive(wire) == {"type": "pong"}


async def test_an_id_in_use_closes_the_socket(wire: ClientConnection) -> None:
    op = "ж" * 100
    await _init(wire)
    await _subscribe(wire, op, "subscription { forever }")
    await _subscribe(wire, op, "{ hello }")

    code, reason = await _closed(wire)

    assert code == 4409
    assert reason.startswith("Subscriber for жжж")


async def test_another_protocol_is_not_acceptable(address: str) -> None:
    for protocols in (None, [Subprotocol("graphql-ws")]):
        async with connect(address, subprotocols=protocols) as wire:
            assert (await _closed(wire))[0] == 4406


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
    address: str, seen: Any, payload: Any, headers: Any, token: str | None
) -> None:
    async with connect(address, subprotocols=[PROTOCOL], additional_headers=headers) as wire:
        await _init(wire, **payload)

    assert [request.token for request in seen.requests] == [token]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"token": "expired"}, "UNAUTHENTICATED"),
        ({"authorization": "Basic Z29vZA=="}, "UNAUTHENTICATED"),
        ({"token": "busy"}, "RATE_LIMITED"),
    ],
)
async def test_a_bad_token_is_forbidden(wire: ClientConnection, payload: Any, reason: str) -> None:
    await _send(wire, type="connection_init", payload=payload)

    assert await _closed(wire) == (4403, reason)


async def test_a_bug_closes_the_socket_and_tells_nothing(wire: ClientConnection, seen: Any) -> None:
    seen.fail_context = RuntimeError("secret")
    await _send(wire, type="connection_init")

    assert await _closed(wire) == (4500, "Internal server error")


async def test_each_operation_has_its_own_context(wire: ClientConnection, seen: Any) -> None:
    await _init(wire, token="good")
    for op in ("1", "2"):
        await _subscribe(
            wire, op, "{ items { double } }", extensions={"idempotencyKey": f"key-{op}"}
        )
        assert (await _receive(wire))["type"] == "next"
        assert (await _receive(wire))["type"] == "complete"

    assert seen.batches == [[0, 1, 2], [0, 1, 2]]
    assert [request.idempotency_key for request in seen.requests] == [None, "key-1", "key-2"]
    assert len({request.request_id for request in seen.requests}) == 3
    assert {request.remote_address for request in seen.requests} == {"127.0.0.1"}


async def test_a_revoked_token_closes_the_socket(wire: ClientConnection, seen: Any) -> None:
    await _init(wire)
    seen.fail_context = Unauthenticated()
    await _subscribe(wire, "1", "{ hello }")

    assert await _closed(wire) == (4403, "UNAUTHENTICATED")


async def test_too_many_requests_are_an_error_of_the_operation(
    wire: ClientConnection, seen: Any
) -> None:
    await _init(wire)
    seen.fail_context = RateLimited(retry_after=7)
    await _subscribe(wire, "1", "{ hello }")

    answer = await _receive(wire)

    assert (answer["id"], answer["type"]) == ("1", "error")
    assert answer["payload"][0]["extensions"]["retryAfter"] == 7


async def test_the_socket_closes_with_its_token(wire: ClientConnection, seen: Any) -> None:
    seen.expires_in = 0.2
    await _init(wire, token="good")
    await _subscribe(wire, "1", "subscription { forever }")

    assert await _closed(wire) == (4403, "Token expired")
    await _until(lambda: bool(seen.closed == 1))


async def test_a_socket_has_only_so_many_operations(wire: ClientConnection) -> None:
    await _init(wire)
    for op in ("1", "2", "3"):
        await _subscribe(wire, op, "subscription { held }")
        assert (await _receive(wire))["type"] == "next"

    await _subscribe(wire, "4", "{ hello }")
    answer = await _receive(wire)

    assert (answer["id"], answer["type"]) == ("4", "error")
    extensions = answer["payload"][0]["extensions"]
    assert (extensions["code"], extensions["limit"], extensions["value"]) == ("TOO_COMPLEX", 3, 4)


@pytest.mark.parametrize(
    ("headers", "payload", "locale"),
    [
        ({}, {}, "ru"),
        ({"Accept-Language": "en"}, {}, "en"),
        ({"Accept-Language": "ru"}, {"acceptLanguage": "en"}, "en"),
        ({"Accept-Language": "en"}, {"acceptLanguage": 7}, "en"),
    ],
)
async def test_the_language_is_the_connections(
    address: str, headers: Any, payload: Any, locale: str
) -> None:
    async with connect(address, subprotocols=[PROTOCOL], additional_headers=headers) as wire:
        await _init(wire, **payload)
        await _subscribe(wire, "1", "subscription { locale }")

        assert (await _receive(wire))["payload"] == {"data": {"locale": locale}}


async def test_close_all_sends_the_clients_elsewhere(
    address: str, sockets: Sockets, seen: Any
) -> None:
    async with (
        connect(address, subprotocols=[PROTOCOL]) as first,
        connect(address, subprotocols=[PROTOCOL]) as second,
    ):
        await _init(first)
        await _init(second)
        await _subscribe(first, "1", "subscription { forever }")
        await _receive(first)

        await sockets.close_all()
        await sockets.close_all()

        assert (await _closed(first))[0] == 1012
        assert (await _closed(second))[0] == 1012
    await _until(lambda: seen.closed == 1 and len(sockets) == 0)


async def test_a_stopping_server_closes_with_1012_too(app: Starlette, seen: Any) -> None:
    async with _served(app) as (server, url), connect(url, subprotocols=[PROTOCOL]) as wire:
        await _init(wire)
        await _subscribe(wire, "1", "subscription { forever }")
        await _receive(wire)

        server.should_exit = True

        assert (await _closed(wire))[0] == 1012
        await _until(lambda: bool(seen.closed == 1))


async def test_a_strangers_client_is_served(address: str, seen: Any) -> None:
    transport = WebsocketsTransport(
        url=address,
        init_payload={"authorization": "Bearer good"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        ping_interval=0.05,
    )
    async with gql.Client(transport=transport, fetch_schema_from_transport=True) as session:
        schema = session.client.schema
        count = gql.gql("subscription { count(to: 3) }")
        answers = [answer async for answer in session.subscribe(count)]
        hello = await session.execute(gql.gql("{ hello }"))
        with pytest.raises(TransportQueryError):
            await session.execute(gql.gql('{ fail(kind: "forbidden") }'))
        forever = session.subscribe(gql.gql("subscription { forever }"))
        first = await anext(forever)
        await forever.aclose()
        await _until(lambda: bool(seen.closed == 1))

    assert answers == [{"count": 1}, {"count": 2}, {"count": 3}]
    assert hello == {"hello": "hello world"}
    assert first == {"forever": 1}
    assert schema is not None
    assert schema.query_type is not None
    assert "hello" in schema.query_type.fields
