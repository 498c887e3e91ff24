"""The web application's own routes; GraphQL has its tests beside it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from kvartal import app as module
from kvartal.app import create_app
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.errors import KvartalError
from kvartal.host import Host
from kvartal.live import hub
from kvartal.testing.host import Committed, TestHost

NOWHERE = SecretStr("redis://127.0.0.1:1/0")


async def get(app: Starlette, path: str) -> tuple[int, object]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()


async def test_a_running_process_is_alive_and_ready(host: TestHost) -> None:
    assert await get(host.app, "/livez") == (200, {"status": "ok"})
    assert await get(host.app, "/readyz") == (200, {"status": "ok"})


async def test_without_redis_requests_are_served_all_the_same(host: TestHost) -> None:
    settings = host.host.settings.model_copy(update={"redis_url": NOWHERE})

    assert await get(create_app(Host(settings, host.host.registry)), "/readyz") == (
        200,
        {"status": "degraded", "redis": "unavailable"},
    )


async def test_without_the_database_they_are_not(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(sql: str) -> None:
        raise OSError("away")

    monkeypatch.setattr(module, "fetch_one", refuse)

    assert await get(host.app, "/readyz") == (
        503,
        {"status": "unavailable", "database": "unavailable"},
    )
    assert await get(host.app, "/livez") == (200, {"status": "ok"})


@pytest.mark.committed
async def test_its_lifespan_opens_the_host_and_the_hub(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async def nobody(token: str | None) -> Actor:
        return ANONYMOUS

    async with committed() as own:
        outer = hub()
        app = create_app(
            own.host,
            authenticator=nobody,
            running=lambda: own.host.running(everywhere=False),
        )
        async with app.router.lifespan_context(app):
            assert hub() is not outer
            assert await get(app, "/readyz") == (200, {"status": "ok"})
        assert hub() is outer


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KvartalError("PostgreSQL does not answer."), ["PostgreSQL does not answer."]),
        (RuntimeError("a bug"), ["Traceback (most recent call last):", "RuntimeError: a bug"]),
    ],
)
async def test_why_it_cannot_start_is_told_in_a_line_unless_it_is_a_bug(
    host: TestHost, error: Exception, told: list[str]
) -> None:
    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        raise error
        yield

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    app = create_app(host.host, running=running)
    with pytest.raises(type(error)):
        await app({"type": "lifespan", "state": {}}, receive, send)

    [message] = sent
    lines = message["message"].splitlines()
    assert message["type"] == "lifespan.startup.failed"
    assert [lines[0], lines[-1]][-len(told) :] == told


async def test_starting_and_stopping_are_told_to_the_server(host: TestHost) -> None:
    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        yield

    asked = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> dict[str, str]:
        return {"type": next(asked)}

    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    app = create_app(host.host, running=running)
    await app({"type": "lifespan", "state": {}}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
