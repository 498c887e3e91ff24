"""The sweep of the outbox."""

from datetime import UTC, datetime, timedelta

import pytest

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.db.models import uuid7
from kvartal.tasks.retention import KEPT, sweep_outbox

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 24, 1, 20, tzinfo=UTC)
OLD = NOW - KEPT - timedelta(seconds=1)


async def an_event(at: datetime) -> object:
    event_id = uuid7()
    await execute(
        "INSERT INTO kvartal_event (id, name, payload, created_at, updated_at)"
        " VALUES ($1, 'tests.walked', '{}', $2, $2)",
        event_id,
        at,
    )
    return event_id


async def a_delivery(event_id: object, at: datetime, column: str | None) -> None:
    await execute(
        "INSERT INTO kvartal_delivery"
        " (id, event_id, target, due_at, attempts, created_at, updated_at)"
        " VALUES ($1, $2, 'tests.listen', $3, 0, $3, $3)",
        uuid7(),
        event_id,
        at,
    )
    if column:
        await execute(
            f"UPDATE kvartal_delivery SET {column} = $2 WHERE event_id = $1", event_id, at
        )


@pytest.mark.parametrize(
    ("case", "at", "column", "left"),
    [
        ("done long ago", OLD, "done_at", 0),
        ("done lately", NOW - KEPT, "done_at", 1),
        ("given up long ago", OLD, "failed_at", 1),
        ("waiting since long", OLD, None, 1),
    ],
)
async def test_deliveries_done_long_ago_go_with_their_events(
    case: str, at: datetime, column: str | None, left: int
) -> None:
    await a_delivery(await an_event(at), at, column)

    with clock.frozen(NOW):
        await sweep_outbox()

    assert len(await fetch("SELECT 1 FROM kvartal_delivery")) == left
    assert len(await fetch("SELECT 1 FROM kvartal_event")) == left


async def test_events_that_nobody_hears_go_too() -> None:
    await an_event(OLD)
    await an_event(NOW - KEPT)

    with clock.frozen(NOW):
        await sweep_outbox()

    assert len(await fetch("SELECT 1 FROM kvartal_event")) == 1


async def test_old_claims_go() -> None:
    for at in (OLD, NOW - KEPT):
        await execute(
            "INSERT INTO kvartal_cron_claim (id, task, occurs_at, created_at, updated_at)"
            " VALUES ($1, 'tests.nightly', $2, $2, $2)",
            uuid7(),
            at,
        )

    with clock.frozen(NOW):
        await sweep_outbox()

    rows = await fetch("SELECT occurs_at FROM kvartal_cron_claim")
    assert [row["occurs_at"] for row in rows] == [NOW - KEPT]
