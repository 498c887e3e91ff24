"""What the scheduler reads of the outbox."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.db.connection import execute
from kvartal.db.models import uuid7
from kvartal.metrics import REGISTRY
from kvartal.tasks import backlog
from kvartal.tasks.backlog import measure_backlog, measuring_backlog


def gauge(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"kvartal_outbox_{name}")


async def a_delivery(*, target: str = "tests.work", **changed: Any) -> None:
    now = clock.now()
    row = {
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "done_at": None,
        "failed_at": None,
    } | changed
    await execute(
        "INSERT INTO kvartal_delivery (id, target, created_at, updated_at, due_at, attempts,"
        " done_at, failed_at) VALUES ($1, $2, $3, $3, $4, $5, $6, $7)",
        uuid7(),
        target,
        row["created_at"],
        row["due_at"],
        row["attempts"],
        row["done_at"],
        row["failed_at"],
    )


async def test_the_backlog_is_what_waits_and_what_was_given_up(db: None, frozen_clock: Any) -> None:
    with frozen_clock("2026-11-24T12:00+03:00"):
        now = clock.now()
        ago = {seconds: now - timedelta(seconds=seconds) for seconds in (10, 60, 300, 900)}
        await a_delivery(created_at=ago[300], due_at=ago[10])
        await a_delivery(created_at=ago[900], due_at=ago[60], attempts=1)
        await a_delivery(created_at=ago[900], due_at=now + timedelta(seconds=30), attempts=1)
        await a_delivery(created_at=ago[900], due_at=ago[900], done_at=now)
        await a_delivery(created_at=ago[900], due_at=ago[900], attempts=10, failed_at=now)
        await a_delivery(created_at=ago[900], due_at=ago[900], target="tests.of_a_plugin_off")

        await measure_backlog(["tests.work"])

    names = ("open", "due", "oldest_due_seconds", "oldest_untried_seconds", "failed")
    assert [gauge(name) for name in names] == [3, 2, 60, 300, 1]


async def test_an_empty_outbox_has_waited_for_nothing(db: None) -> None:
    await measure_backlog(["tests.nobody"])

    assert [gauge(name) for name in ("open", "due", "oldest_due_seconds")] == [0, 0, 0]


async def test_the_measuring_outlives_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    async def fails_once(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the database is away")

    monkeypatch.setattr(backlog, "MEASURE_SECONDS", 0.01)
    monkeypatch.setattr(backlog, "measure_backlog", fails_once)

    async with measuring_backlog([]):
        async with asyncio.timeout(10):
            while calls < 2:  # noqa: ASYNC110 -- no event of ours
                await asyncio.sleep(0.01)
    after = calls
    await asyncio.sleep(0.05)

    assert calls == after
