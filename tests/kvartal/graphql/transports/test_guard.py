"""The headers of every answer, and which pages may call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kvartal.graphql.transports.guard import guards

CRM = "https://crm.example"


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok", headers={"X-Frame-Options": "SAMEORIGIN"})


@asynccontextmanager
async def _client(
    origins: Sequence[str] = (), scheme: str = "http"
) -> AsyncIterator[httpx.AsyncClient]:
    middleware: list[Middleware] = guards(origins)
    app = Starlette(routes=[Route("/", _answer, methods=["GET", "POST"])], middleware=middleware)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://test") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/nothing"])
async def test_every_answer_is_guarded(path: str) -> None:
    async with _client() as client:
        response = await client.get(path)

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert "strict-transport-security" not in response.headers
    assert "access-control-allow-origin" not in response.headers


async def test_what_an_answer_says_itself_stands() -> None:
    async with _client() as client:
        response = await client.get("/")

    assert response.headers.get_list("x-frame-options") == ["SAMEORIGIN"]


async def test_over_tls_browsers_are_told_to_stay_there() -> None:
    async with _client(scheme="https") as client:
        response = await client.get("/")

    assert "max-age" in response.headers["strict-transport-security"]


async def test_a_known_page_may_ask_and_read() -> None:
    async with _client([CRM]) as client:
        preflight = await client.options(
            "/",
            headers={
                "Origin": CRM,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
            },
        )
        answer = await client.post("/", headers={"Origin": CRM})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == CRM
    assert "access-control-allow-credentials" not in preflight.headers
    assert preflight.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == CRM
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]


async def test_another_page_may_not() -> None:
    async with _client([CRM]) as client:
        preflight = await client.options(
            "/",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        )
        answer = await client.post("/", headers={"Origin": "https://evil.example"})

    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers
