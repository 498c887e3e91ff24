"""The progress of a change whose transaction is still open: told at once, done when it commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from kvartal import live, progress
from kvartal.db.transaction import unit_of_work
from kvartal.embedded import Servers
from kvartal.host import announcer
from kvartal.progress import Progress, ProgressState, progress_of, telling

RUNNING, DONE, FAILED = ProgressState
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def topic() -> str:
    return f"change:{uuid4()}"


@pytest_asyncio.fixture
async def hub(db: None, servers: Servers) -> AsyncIterator[live.Hub]:
    """Another process's hub, that hears of this one's progress."""
    channel = f"tests:{uuid4()}"
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(announcer(servers.redis_url))
        await stack.enter_async_context(progress.serving(client, "tests", channel))
        hub = await stack.enter_async_context(live.Hub(servers.redis_url, channel).running())
        await hub.connected.wait()
        yield hub


async def state_of(topic: str) -> tuple[ProgressState, int, int] | None:
    found = await progress_of(topic)
    return None if found is None else (found.state, found.done, found.total)


async def test_each_step_is_told_before_the_change_commits_and_its_end_after(
    hub: live.Hub, topic: str
) -> None:
    seen = []
    touched = asyncio.Event()
    with hub.following([topic], touched.set):
        async with unit_of_work():
            async with telling(topic, 3) as tell:
                await touched.wait()
                seen.append(await state_of(topic))
                touched.clear()
                await tell(2)
                await touched.wait()
                seen.append(await state_of(topic))
            seen.append(await state_of(topic))
            touched.clear()
        await touched.wait()
        seen.append(await state_of(topic))

    assert seen == [(RUNNING, 0, 3), (RUNNING, 2, 3), (RUNNING, 2, 3), (DONE, 3, 3)]


async def test_each_change_is_another_one(hub: live.Hub, topic: str) -> None:
    found: list[Progress | None] = []
    for _ in range(2):
        async with unit_of_work(), telling(topic, 1):
            found.append(await progress_of(topic))

    first, second = found
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert second.started_at >= first.started_at
    assert not first.is_over


async def test_what_fails_is_told_as_failed(hub: live.Hub, topic: str) -> None:
    async def fail() -> None:
        async with unit_of_work(), telling(topic, 3) as tell:
            await tell(2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await state_of(topic) == (FAILED, 0, 3)


async def test_what_is_nothing_to_wait_for_is_not_told(hub: live.Hub, topic: str) -> None:
    async with unit_of_work(), telling(topic, 0) as tell:
        await tell(0)

    assert await progress_of(topic) is None


async def test_it_is_forgotten_after_a_minute(hub: live.Hub, topic: str, servers: Servers) -> None:
    async with unit_of_work(), telling(topic, 1):
        pass

    async with announcer(servers.redis_url) as client:
        assert 0 < await client.ttl(f"tests:progress:{topic}") <= 60


async def test_without_redis_the_change_is_made_all_the_same(db: None, topic: str) -> None:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(announcer(NOWHERE))
        await stack.enter_async_context(progress.serving(client, "tests", "tests"))
        with capture_logs() as logs:
            async with unit_of_work(), telling(topic, 2) as tell:
                await tell(1)
                await tell(2)
            found = await progress_of(topic)

    assert found is None
    events = [each["event"] for each in logs if each["log_level"] == "warning"]
    # It is asked once while locks are held, and once more after the commit.
    assert events == ["progress.not_told"] * 2 + ["progress.not_found"]


async def test_where_nobody_is_connected_nothing_is_told(
    db: None, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_board", None)
    async with unit_of_work(), telling(topic, 1) as tell:
        await tell(1)

    assert await progress_of(topic) is None
