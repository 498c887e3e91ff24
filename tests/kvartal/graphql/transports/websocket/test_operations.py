"""Operations over ``graphql-transport-ws``, spoken by hand and by a stranger's client."""

import asyncio
from typing import Any

import gql
import pytest
import uvicorn
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from kvartal.errors import RateLimited
from kvartal.graphql.transports.websocket import Sockets

PATIENCE = 10.0


async def test_queries_mutations_and_subscriptions_are_answered(wire: Any) -> None:
    await wire.init()

    for op, query, answers in (
        ("q", "{ hello }", [{"hello": "hello world"}]),
        ("m", "mutation { bump }", [{"bump": 1}]),
    ):
        await wire.subscribe(op, query)
        received = [await wire.receive() for _ in range(len(answers) + 1)]
        assert received == [
            *({"id": op, "type": "next", "payload": {"data": data}} for data in answers),
            {"id": op, "type": "complete"},
        ]
    await wire.subscribe(
        "s",
        "subscription S($n: Int!) { count(to: $n) }",
        variables={"n": 1},
        operationName="S",
    )
    assert await wire.receive() == {"id": "s", "type": "next", "payload": {"data": {"count": 1}}}
    assert await wire.receive() == {"id": "s", "type": "complete"}


async def test_a_completed_id_may_be_used_again(wire: Any) -> None:
    await wire.init()

    for _ in range(3):
        await wire.subscribe("1", "{ hello }")
        assert (await wire.receive())["type"] == "next"
        assert (await wire.receive())["type"] == "complete"


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
    wire: Any, seen: Any, query: str, code: str
) -> None:
    await wire.init()
    await wire.subscribe("held", "subscription { held }")
    assert (await wire.receive())["payload"] == {"data": {"held": 0}}

    await wire.subscribe("bad", query)
    refused = await wire.receive()
    seen.go.set()

    assert (refused["id"], refused["type"]) == ("bad", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
    assert (await wire.receive())["payload"] == {"data": {"held": 1}}
    assert await wire.receive() == {"id": "held", "type": "complete"}


async def test_a_failing_field_is_a_next_with_errors(wire: Any) -> None:
    await wire.init()
    await wire.subscribe("1", "{ hello fail }")

    answer = await wire.receive()

    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"hello": "hello world", "fail": None}
    assert answer["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)
    assert (await wire.receive())["type"] == "complete"


async def test_a_broken_source_is_an_error(wire: Any) -> None:
    await wire.init()
    await wire.subscribe("1", "subscription { breaks }")

    kinds = [(await wire.receive())["type"] for _ in range(2)]

    assert kinds == ["next", "error"]
    await wire.send(type="ping")
    assert await wire.receive() == {"type": "pong"}


async def test_a_denied_subscription_is_an_error(wire: Any) -> None:
    await wire.init()
    await wire.subscribe("1", "subscription { denied }")

    answer = await wire.receive()

    assert answer["type"] == "error"
    assert [error["extensions"]["code"] for error in answer["payload"]] == ["FORBIDDEN"]


async def test_complete_closes_the_source(until: Any, wire: Any, seen: Any) -> None:
    await wire.init()
    await wire.subscribe("1", "subscription { forever }")
    assert (await wire.receive())["type"] == "next"

    await wire.send(type="complete", id="1")
    await wire.send(type="complete", id="unknown")

    await until(lambda: seen.closed == seen.opened == 1)


async def test_a_leaving_client_closes_the_sources(
    until: Any, dial: Any, seen: Any, sockets: Sockets
) -> None:
    async with dial() as wire:
        await wire.init()
        for op in ("1", "2"):
            await wire.subscribe(op, "subscription { forever }")
        await until(lambda: seen.opened == 2)
        assert len(sockets) == 1

    await until(lambda: seen.closed == 2 and len(sockets) == 0)


async def test_each_operation_has_its_own_context(wire: Any, seen: Any) -> None:
    await wire.init(token="good")
    for op in ("1", "2"):
        await wire.subscribe(op, "{ items { double } }", extensions={"idempotencyKey": f"key-{op}"})
        assert (await wire.receive())["type"] == "next"
        assert (await wire.receive())["type"] == "complete"

    assert seen.batches == [[0, 1, 2], [0, 1, 2]]
    assert [request.idempotency_key for request in seen.requests] == [None, "key-1", "key-2"]
    assert len({request.request_id for request in seen.requests}) == 3
    assert {request.remote_address for request in seen.requests} == {"127.0.0.1"}


async def test_too_many_requests_are_an_error_of_the_operation(wire: Any, seen: Any) -> None:
    await wire.init()
    seen.fail_context = RateLimited(retry_after=7)
    await wire.subscribe("1", "{ hello }")

    answer = await wire.receive()

    assert (answer["id"], answer["type"]) == ("1", "error")
    assert answer["payload"][0]["extensions"]["retryAfter"] == 7


async def test_a_socket_has_only_so_many_operations(wire: Any) -> None:
    await wire.init()
    for op in ("1", "2", "3"):
        await wire.subscribe(op, "subscription { held }")
        assert (await wire.receive())["type"] == "next"

    await wire.subscribe("4", "{ hello }")
    answer = await wire.receive()

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
    dial: Any, headers: Any, payload: Any, locale: str
) -> None:
    async with dial(additional_headers=headers) as wire:
        await wire.init(**payload)
        await wire.subscribe("1", "subscription { locale }")

        assert (await wire.receive())["payload"] == {"data": {"locale": locale}}


async def test_a_strangers_client_is_served(
    until: Any, server: tuple[uvicorn.Server, str], seen: Any
) -> None:
    transport = WebsocketsTransport(
        url=server[1] + "/graphql",
        init_payload={"authorization": "Bearer good"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        ping_interval=0.05,
        pong_timeout=PATIENCE,
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
        await until(lambda: seen.closed == 1)

    assert answers == [{"count": 1}, {"count": 2}, {"count": 3}]
    assert hello == {"hello": "hello world"}
    assert first == {"forever": 1}
    assert schema is not None
    assert schema.query_type is not None
    assert "hello" in schema.query_type.fields


@pytest.mark.parametrize("key", ["", 7, "x" * 256, "a\0b", "ключ"])
async def test_a_key_that_cannot_be_kept_is_refused(wire: Any, seen: Any, key: object) -> None:
    await wire.init(token="good")

    await wire.subscribe("1", "mutation { bump }", extensions={"idempotencyKey": key})

    answer = await wire.receive()
    assert answer["type"] == "error"
    assert answer["payload"][0]["extensions"]["reason"] == "REQUEST_MALFORMED"
    assert seen.bumped == 0


async def test_who_reads_nothing_delays_nobody_and_piles_nothing_up(
    dial: Any, sockets: Sockets
) -> None:
    much = " ".join(f"{'x' * 100}{number}: number" for number in range(8))
    waiting = [0]
    async with dial(max_queue=1) as slow, dial() as quick, asyncio.timeout(3 * PATIENCE):
        await slow.init()
        await quick.init()
        open_sockets: list[Any] = list(sockets._open)
        await slow.subscribe("1", f"subscription {{ same(times: 1000000) {{ {much} }} }}")
        while waiting[-20:] != [8] * 20:
            await quick.subscribe("1", "{ hello }")
            assert [(await quick.receive())["type"] for _ in range(2)] == ["next", "complete"]
            waiting.append(max(each._sender.waiting for each in open_sockets))
        slow.wire.transport.abort()

    assert max(waiting) == 8
