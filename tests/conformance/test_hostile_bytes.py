"""Bytes that are no request and frames that are no message: a 4xx, a close, never our fault."""

import asyncio
from typing import Any

import httpx
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Message

from kvartal.testing.client import GraphQLClient

FUZZ = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MEDIA = ["application/json", "application/graphql-response+json", "text/event-stream"]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WORDS = st.lists(
    st.sampled_from(
        [
            *"{}()[]:!$@=|&,",
            "...",
            "on",
            "query",
            "mutation",
            "subscription",
            "fragment",
            "viewer",
            "__schema",
            "__typename",
            "node",
            "premises",
            "nodes",
            "id",
            "first",
            "1",
            "-1e999",
            '"x"',
            '"""',
            "#",
            "\ufeff",
            "\0",
            "é",
            "@skip(if: true)",
            "$a",
        ]
    ),
    max_size=25,
).map(" ".join)
REQUESTS = st.fixed_dictionaries(
    {"query": WORDS | st.text(max_size=30) | JSON},
    optional={
        "variables": JSON,
        "operationName": SCALARS,
        "extensions": JSON,
        "documentId": SCALARS,
    },
)
BODIES = st.binary(max_size=200) | (REQUESTS | JSON).map(
    lambda value: (
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)
        if _is_plain(value)
        else b"{"
    )
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from([*MEDIA, "*/*", "text/html", "x", ";q=", "*/*;q=nan"]),
        "accept-language": st.sampled_from(["en", "ru;q=x", ",,,", "*", "-", "é" * 3]),
        "authorization": st.sampled_from(
            ["Bearer", "Bearer x", "Bearer " + "x" * 5_000, "Basic eA=="]
        ),
        "content-type": st.sampled_from([MEDIA[0], "application/json;charset=utf-7", "x", ";"]),
        "idempotency-key": st.sampled_from(["", "x", "x" * 300]),
        "content-length": st.sampled_from(["-1", "x", "9" * 30]),
        "x-request-id": st.sampled_from(["", "a b", "x" * 100]),
    },
)


def _is_plain(value: object) -> bool:
    try:
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError:  # a number that JSON has not, or a lone surrogate
        return False
    return True


@FUZZ
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "HEAD"]),
    headers=HEADERS,
    body=BODIES,
    parameters=st.dictionaries(
        st.sampled_from(["query", "variables", "extensions", "operationName", "documentId", "x"]),
        WORDS | st.text(max_size=20),
    ),
)
async def test_no_request_is_our_fault(
    gql: GraphQLClient,
    method: str,
    headers: dict[str, str],
    body: bytes,
    parameters: dict[str, str],
) -> None:
    transport = httpx.ASGITransport(gql.app)
    coded = {name.encode(): value.encode() for name, value in headers.items()}
    if method == "POST" and b"content-type" not in coded:
        coded[b"content-type"] = b"application/json"

    async with httpx.AsyncClient(transport=transport, base_url="http://kvartal.test") as client:
        response = await client.request(
            method, "/graphql", headers=list(coded.items()), content=body, params=parameters
        )
        after = await client.post("/graphql", json={"query": "{ __typename }"})

    assert response.status_code < 500
    assert b"INTERNAL" not in response.content
    assert after.json() == {"data": {"__typename": "Query"}}


class _Wire:
    """A WebSocket of which the test is the client; without a server, so that many are cheap."""

    def __init__(self, frames: list[str | bytes]) -> None:
        self._frames = [self._message(frame) for frame in frames]
        self.sent: list[Message] = []

    @staticmethod
    def _message(frame: str | bytes) -> Message:
        kind = "text" if isinstance(frame, str) else "bytes"
        return {"type": "websocket.receive", kind: frame}

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        if not any(each["type"] == "websocket.accept" for each in self.sent):
            return {"type": "websocket.connect"}
        if self._frames:
            return self._frames.pop(0)
        await asyncio.sleep(0.01)
        return {"type": "websocket.disconnect", "code": 1005}

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def _converse(app: Starlette, frames: list[str | bytes]) -> list[Message]:
    wire = _Wire(frames)
    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "headers": [(b"host", b"kvartal.test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "subprotocols": ["graphql-transport-ws"],
        "extensions": {},
    }
    async with asyncio.timeout(20):
        await app(scope, wire.receive, wire.send)
    return wire.sent


TYPES = ["connection_init", "subscribe", "complete", "ping", "pong", "next", "error", "x", ""]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | SCALARS},
    optional={"id": st.sampled_from(["1", "2", ""]) | SCALARS, "payload": REQUESTS | JSON},
)
FRAMES = (
    st.text(max_size=50)
    | st.binary(max_size=50)
    | (MESSAGES | JSON)
    .filter(_is_plain)
    .map(lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode())
)
CLOSES = {1000, 1009, 1013, 4400, 4401, 4403, 4409, 4429}


@FUZZ
@given(initialised=st.booleans(), frames=st.lists(FRAMES, max_size=6))
async def test_no_frame_is_our_fault(
    gql: GraphQLClient, initialised: bool, frames: list[str | bytes]
) -> None:
    init: list[str | bytes] = ['{"type": "connection_init"}'] if initialised else []

    sent = await _converse(gql.app, [*init, *frames])

    assert sent[0]["type"] == "websocket.accept"
    closed = [each["code"] for each in sent if each["type"] == "websocket.close"]
    assert set(closed) <= CLOSES
    texts = [each["text"] for each in sent if each["type"] == "websocket.send"]
    assert all('"INTERNAL"' not in text for text in texts)


async def test_after_all_that_a_socket_is_served(gql: GraphQLClient) -> None:
    query = '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'

    sent = await _converse(gql.app, ['{"type": "connection_init"}', query, query.replace("1", "2")])

    texts = [orjson.loads(each["text"]) for each in sent if each["type"] == "websocket.send"]
    answers = [each for each in texts if each["type"] == "next"]
    assert answers == [
        {"type": "next", "id": op, "payload": {"data": {"__typename": "Query"}}} for op in "12"
    ]
