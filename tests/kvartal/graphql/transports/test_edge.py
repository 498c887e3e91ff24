"""The edge as the settings make it."""

import asyncio
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pydantic_settings import BaseSettings
from starlette.applications import Starlette
from starlette.routing import Route

from kvartal.embedded import Servers
from kvartal.graphql.limits import Limits
from kvartal.graphql.settings import EdgeSettings
from kvartal.graphql.transports.edge import Edge, edge_over
from kvartal.graphql.transports.http import MAX_BODY
from kvartal.graphql.transports.sockets import SocketLimits
from kvartal.graphql.trusted import TrustedDocumentsError, TrustMode, sha256_of
from kvartal.settings import Settings

ENVIRONMENT_EXAMPLE = Path(__file__).parents[4] / "deploy" / "env.example"


def _edge(engine: Any, context: Any, servers: Servers, **settings: Any) -> Edge:
    return edge_over(
        engine,
        context,
        EdgeSettings(**settings),
        redis_url=servers.redis_url,
        redis_prefix="edge-test",
    )


def _client(edge: Edge) -> httpx.AsyncClient:
    app = Starlette(middleware=edge.middleware, routes=[Route("/graphql", edge.http)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kvartal.test")


def test_each_limit_of_a_document_is_a_setting_with_the_same_default() -> None:
    own = {"page", "list_items"}  # how the cost is reckoned, no limits

    for each in fields(Limits):
        if each.name not in own:
            assert EdgeSettings.model_fields[f"limit_{each.name}"].default == each.default
    assert EdgeSettings.model_fields["limit_body_bytes"].default == MAX_BODY
    assert EdgeSettings.model_fields["limit_message_bytes"].default == SocketLimits().message_size
    assert EdgeSettings.model_fields["limit_sockets"].default == SocketLimits().per_credential


@pytest.mark.parametrize("kind", [EdgeSettings, Settings])
def test_each_setting_is_described(kind: type[BaseSettings]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == []


def test_the_example_of_an_environment_names_each_setting() -> None:
    example = ENVIRONMENT_EXAMPLE.read_text("utf-8")

    named = [name for name in EdgeSettings.model_fields if f"KVARTAL_{name.upper()}=" in example]

    assert named == list(EdgeSettings.model_fields)


async def test_the_settings_are_the_limits(
    schema: Any, engine_context: Any, servers: Servers, seen: Any
) -> None:
    edge = _edge(
        schema, engine_context, servers, limit_depth=1, limit_body_bytes=1_000, limit_cost=40
    )

    async with _client(edge) as client:
        deep = await client.post("/graphql", json={"query": "{ items { number } }"})
        large = await client.post("/graphql", json={"query": "{ hello }" + " " * 1_000})
        dear = await client.post("/graphql", json={"query": "{ items(first: 50) { number } }"})
        fine = await client.post("/graphql", json={"query": "{ hello }"})
    await edge.aclose()

    reasons = [each.json()["errors"][0]["extensions"]["reason"] for each in (deep, large)]
    assert reasons == ["TOO_COMPLEX_DEPTH", "TOO_COMPLEX_BODY"]
    assert large.status_code == 413
    assert "errors" in dear.json()
    assert fine.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    ("token", "settings"),
    [
        (None, {"rate_anonymous_requests": 2}),
        ("good", {"rate_requests": 2}),
        ("unknown", {"rate_anonymous_requests": 2}),
    ],
)
async def test_requests_have_a_rate(
    schema: Any,
    engine_context: Any,
    servers: Servers,
    seen: Any,
    token: str | None,
    settings: dict[str, Any],
) -> None:
    name = f"{token}-{id(seen)}"
    edge = edge_over(
        schema,
        engine_context,
        EdgeSettings(**settings),
        redis_url=servers.redis_url,
        redis_prefix=f"edge-test-{name}",
    )
    headers = {"authorization": f"Bearer {token}"} if token else {}

    async with _client(edge) as client:
        answers = [
            await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
            for _ in range(3)
        ]
    await edge.aclose()

    first = 401 if token == "unknown" else 200
    assert [each.status_code for each in answers] == [first, first, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30


async def test_a_socket_draws_from_the_same_bucket(
    schema: Any, engine_context: Any, servers: Servers, seen: Any
) -> None:
    edge = edge_over(
        schema,
        engine_context,
        EdgeSettings(rate_anonymous_requests=3),
        redis_url=servers.redis_url,
        redis_prefix=f"edge-test-socket-{id(seen)}",
    )
    frames = ['{"type": "connection_init"}']
    frames += [
        f'{{"type": "subscribe", "id": "{op}", "payload": {{"query": "{{ hello }}"}}}}'
        for op in range(2)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0.01)
        if not sent:
            return {"type": "websocket.connect"}
        if frames:
            return {"type": "websocket.receive", "text": frames.pop(0)}
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        sent.append(message)

    async with _client(edge) as client:
        await client.post("/graphql", json={"query": "{ hello }"})
        scope = {
            "type": "websocket",
            "headers": [],
            "subprotocols": ["graphql-transport-ws"],
            "client": ("127.0.0.1", 1),
        }
        await edge.socket(scope, receive, send)
    await edge.aclose()

    said = [orjson.loads(each["text"]) for each in sent if "text" in each]
    assert [each["type"] for each in said] == ["connection_ack", "next", "complete", "error"]
    assert said[-1]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_trusted_documents_come_from_the_file(
    schema: Any, engine_context: Any, servers: Servers, seen: Any, tmp_path: Path
) -> None:
    (tmp_path / "hello.graphql").write_text("{ hello }")
    edge = _edge(
        schema,
        engine_context,
        servers,
        trusted_documents=tmp_path,
        trusted_documents_mode=TrustMode.ONLY,
    )

    async with _client(edge) as client:
        known = await client.get(
            "/graphql", params={"documentId": f"sha256:{sha256_of('{ hello }')}"}
        )
        strange = await client.post(
            "/graphql",
            json={"query": "{ later }"},
            headers={"accept": "application/graphql-response+json"},
        )
    await edge.aclose()

    assert known.json() == {"data": {"hello": "hello world"}}
    assert strange.status_code == 403


def test_only_trusted_documents_need_some(
    schema: Any, engine_context: Any, servers: Servers
) -> None:
    with pytest.raises(TrustedDocumentsError, match="KVARTAL_TRUSTED_DOCUMENTS"):
        _edge(schema, engine_context, servers, trusted_documents_mode=TrustMode.ONLY)


def test_no_file_of_documents_is_no_directory() -> None:
    assert EdgeSettings(trusted_documents="").trusted_documents is None


def test_origins_are_read_from_one_line() -> None:
    settings = EdgeSettings(allowed_origins=" https://a.example, https://b.example ,")

    assert settings.allowed_origins == ("https://a.example", "https://b.example")
