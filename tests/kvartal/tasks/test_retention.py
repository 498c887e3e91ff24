"""The sweeps of the outbox, of keys and of the audit log."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.audit.api import record
from kvartal.audit.models import AuditEntry
from kvartal.db.connection import execute, fetch
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.retention import sweeping
from kvartal.retention.policy import Retention, configured
from kvartal.tasks import Task
from kvartal.tasks.retention import sweep_audit_log, sweep_idempotency_keys, sweep_outbox

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 24, 1, 20, tzinfo=UTC)
KEPT = Retention().outbox
FAILED_KEPT = Retention().failed
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
        ("given up long ago", NOW - FAILED_KEPT - timedelta(seconds=1), "failed_at", 0),
        ("given up lately", NOW - FAILED_KEPT, "failed_at", 1),
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


async def test_the_sweep_goes_on_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    for _ in range(5):
        await a_delivery(await an_event(OLD), OLD, "done_at")

    with clock.frozen(NOW), capture_logs() as logs:
        await sweep_outbox()

    assert [(each["deliveries"], each["events"], each["failed"]) for each in logs] == [(5, 5, 0)]
    assert await fetch("SELECT 1 FROM kvartal_event") == []


async def test_the_operator_says_for_how_long() -> None:
    await a_delivery(await an_event(OLD), OLD, "done_at")

    with clock.frozen(NOW), configured(Retention(outbox=timedelta(days=8))):
        await sweep_outbox()

    assert len(await fetch("SELECT 1 FROM kvartal_delivery")) == 1


async def an_entry(at: datetime) -> None:
    with clock.frozen(at):
        async with unit_of_work():
            record("tests.walked", facts={"steps": 3})


async def test_the_audit_log_goes_back_for_three_years_and_tells_of_its_end() -> None:
    kept = Retention().audit
    assert kept is not None
    await an_entry(NOW - kept - timedelta(seconds=1))
    await an_entry(NOW - kept)

    with clock.frozen(NOW), capture_logs() as logs:
        await sweep_audit_log()
        await sweep_audit_log()

    assert [each["entries"] for each in logs] == [1, 0]
    rows = await AuditEntry.all().order_by("created_at")
    assert [(each.action, each.created_at) for each in rows] == [
        ("tests.walked", NOW - kept),
        ("kvartal.sweep_audit_log", NOW),
    ]
    assert rows[1].input == {"deleted": 1, "before": (NOW - kept).isoformat()}


async def test_the_audit_log_may_be_kept_for_ever() -> None:
    await an_entry(NOW - timedelta(days=36_500))

    with clock.frozen(NOW), configured(Retention(audit=None)):
        await sweep_audit_log()

    assert await AuditEntry.all().count() == 1


@pytest.mark.parametrize(("hours", "left"), [(24, 1), (25, 0)])
async def test_keys_go_after_a_day(hours: int, left: int) -> None:
    await execute(
        "INSERT INTO kvartal_idempotency_key"
        " (id, actor, key, body_hash, claimed_at, created_at, updated_at)"
        " VALUES ($1, 'a', 'k', 'h', $2, $2, $2)",
        uuid7(),
        NOW - timedelta(hours=hours),
    )

    with clock.frozen(NOW):
        await sweep_idempotency_keys()

    assert len(await fetch("SELECT 1 FROM kvartal_idempotency_key")) == left


@pytest.mark.parametrize("task", [sweep_outbox, sweep_idempotency_keys, sweep_audit_log])
async def test_the_sweeps_run_by_themselves(task: Task[...]) -> None:
    assert task.schedule is not None
    assert task.call({}).arguments == "{}"
