"""GraphQL over server-sent events, in the mode of one connection per operation."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from kvartal.graphql.transports import sse
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.wire import OperationRequest


def _events(stream: str) -> list[tuple[str, Any]]:
    events = []
    for block in stream.split("\n\n"):
        if not block or block == ":":
            continue
        kind, data = block.split("\n")
        text = data.removeprefix("data:").strip()
        events.append((kind.removeprefix("event: "), orjson.loads(text) if text else None))
    return events


async def _stream(client: httpx.AsyncClient, query: str) -> httpx.Response:
    headers = {"accept": "text/event-stream", "authorization": "Bearer good"}
    return await client.post("/graphql", json={"query": query}, headers=headers)


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        (
            "subscription { count(to: 2) }",
            [("next", {"data": {"count": 1}}), ("next", {"data": {"count": 2}})],
        ),
        ("{ hello }", [("next", {"data": {"hello": "hello world"}})]),
        ("mutation { bump }", [("next", {"data": {"bump": 1}})]),
    ],
)
async def test_answers_come_as_events(client: httpx.AsyncClient, query: str, answers: Any) -> None:
    response = await _stream(client, query)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-request-id"]
    assert _events(response.text) == [*answers, ("complete", None)]


async def test_a_refusal_is_an_event_too(client: httpx.AsyncClient) -> None:
    response = await _stream(client, "subscription { nothing }")

    assert response.status_code == 200
    (kind, answer), end = _events(response.text)
    assert (kind, end) == ("next", ("complete", None))
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_the_stream_ends_with_the_token(client: httpx.AsyncClient, seen: Any) -> None:
    seen.expires_in = 0.1
    response = await _stream(client, "subscription { forever }")

    *_, (kind, answer), end = _events(response.text)
    assert kind == "next"
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert end == ("complete", None)
    assert (seen.opened, seen.closed) == (1, 1)


class _Client:
    """The two ends of an ASGI connection, in the hand of a test."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.bodies: list[bytes] = []

    async def receive(self) -> Any:
        if not self.bodies[2:]:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.bodies.append(message.get("body", b""))


async def test_pings_keep_the_stream_alive_and_a_leaving_client_closes_the_source(
    engine: Engine, make_context: Any, seen: Any
) -> None:
    client = _Client()
    request = OperationRequest("subscription { forever(every: 60) }")
    serving = asyncio.create_task(
        sse.stream(engine, request, make_context(), client.receive, client.send, ping_every=0.01)
    )
    await asyncio.sleep(0.1)

    client.gone.set()
    await asyncio.wait_for(serving, 1)

    assert client.bodies.count(b":\n\n") >= 3
    assert (seen.opened, seen.closed) == (1, 1)


async def test_a_cancelled_stream_closes_the_source(
    engine: Engine, make_context: Any, seen: Any
) -> None:
    client = _Client()
    request = OperationRequest("subscription { forever }")
    serving = asyncio.create_task(
        sse.stream(engine, request, make_context(), client.receive, client.send)
    )
    await asyncio.sleep(0.05)

    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert (seen.opened, seen.closed) == (1, 1)


async def test_a_failure_of_the_stream_itself_is_not_swallowed(
    engine: Engine, make_context: Any
) -> None:
    client = _Client()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the wire is cut")

    with pytest.raises(OSError, match="cut"):
        await sse.stream(
            engine, OperationRequest("{ hello }"), make_context(), client.receive, send
        )


async def test_a_client_that_reads_nothing_is_left(engine: Engine, make_context: Any) -> None:
    client = _Client()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    request = OperationRequest("subscription { forever }")
    async with asyncio.timeout(5):
        await sse.stream(engine, request, make_context(), client.receive, send, send_seconds=0.05)


async def test_a_failure_of_a_stream_begun_is_not_answered_twice(
    engine: Engine, engine_context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    async def broken(*args: Any) -> Any:
        raise RuntimeError("a bug")

    async def receive() -> Any:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b'{"query": "{ hello }"}', "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    monkeypatch.setattr(sse, "_answers", broken)
    headers = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": b""}

    with pytest.raises(RuntimeError, match="a bug"):
        await HttpEndpoint(engine, engine_context)(scope, receive, send)

    assert sent.count("http.response.start") == 1
