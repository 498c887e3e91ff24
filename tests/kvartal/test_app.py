"""The web application's own routes; GraphQL has its tests beside it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from kvartal import app as module
from kvartal.app import create_app
from kvartal.auth.actor import ANONYMOUS, Actor
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
