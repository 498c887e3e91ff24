"""What is left over ends: operations that were given up, old ones, and old files."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.files.api import files_of
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Organization
from kvartal.tasks import Task, actor, enqueue
from kvartal.tasks.deliver import Deliveries
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import EmittedEvents
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.rules import OperationKind, OperationStatus, Trigger
from kvartal_integration.operations.service import running, start
from kvartal_integration.operations.service.closing import close_abandoned, sweep
from kvartal_integration.operations.service.files import keep_file
from kvartal_integration.operations.tasks import close_abandoned_operations, sweep_operations
from kvartal_integration.testing import an_entry, an_operation

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@actor("integration.tests_work", max_attempts=2)
async def work(operation_id: UUID) -> None:
    """Comes one step further at each try, and is broken off by what may pass."""
    async with running(operation_id) as run:
        assert run is not None
        at = run.cursor.get("at", 0) + 1
        await run.advance(done=at, cursor={"at": at})
        raise OSError("the network is away")


async def states() -> list[tuple[str, str | None]]:
    rows = await fetch("SELECT status, message FROM integration_operation ORDER BY created_at, id")
    return [(row["status"], orjson.loads(row["message"] or "{}").get("code")) for row in rows]


async def begin(organization: Organization, task: Task[[UUID]] = work) -> UUID:
    async with unit_of_work():
        operation_id = await start(
            organization.id, OperationKind.XML_IMPORT, trigger=Trigger.SCHEDULE, request={}
        )
        await enqueue(task, operation_id)
    return operation_id


async def test_what_has_a_task_is_left_alone(organization: Organization) -> None:
    await begin(organization)

    assert await close_abandoned() == 0
    assert await states() == [("QUEUED", None)]


@pytest.mark.parametrize("how", ["done_at", "failed_at"])
async def test_whose_task_is_over_is_closed(
    organization: Organization, events: EmittedEvents, how: str
) -> None:
    operation_id = await begin(organization)
    await execute(f"UPDATE kvartal_delivery SET {how} = $1", NOW)
    over = await an_operation(organization, status=OperationStatus.SUCCEEDED)

    with capture_logs() as logs:
        await close_abandoned_operations()

    assert await states() == [("FAILED", "E303"), ("SUCCEEDED", None)]
    entry = await fetch_one("SELECT * FROM integration_operation_entry")
    assert entry is not None
    assert (entry["operation_id"], entry["code"], entry["severity"]) == (
        operation_id,
        "E303",
        "ERROR",
    )
    assert [(each["event"], each["closed"]) for each in logs] == [("operations.abandoned", 1)]
    assert over.id != operation_id


async def test_where_nothing_is_left_over_nothing_is_said(organization: Organization) -> None:
    with capture_logs() as logs:
        await close_abandoned_operations()

    assert logs == []


async def test_old_operations_go_with_their_entries_and_files(
    organization: Organization, files: FolderStore
) -> None:
    def ended(days: int) -> dict[str, Any]:
        return {
            "status": OperationStatus.SUCCEEDED,
            "finished_at": NOW - timedelta(days=days, seconds=1),
        }

    old = await an_operation(organization, **ended(180))
    young = await an_operation(organization, **ended(179))
    waiting = await an_operation(organization, kind=OperationKind.EXCEL_IMPORT)
    for operation in (old, young, waiting):
        await an_entry(operation, 1)
        await keep_file(
            operation.id,
            organization.id,
            io.BytesIO(b"a;b"),
            name="a.csv",
            media_type="text/csv",
        )

    assert await sweep(NOW) == (1, 0)

    left = await fetch("SELECT id FROM integration_operation ORDER BY id")
    assert [each["id"] for each in left] == sorted([young.id, waiting.id])
    entries = await fetch("SELECT operation_id FROM integration_operation_entry")
    assert {each["operation_id"] for each in entries} == {young.id, waiting.id}
    kept = await files_of("Operation", [old.id, young.id, waiting.id])
    assert kept.keys() == {young.id, waiting.id}


async def test_old_files_go_before_their_operation_and_its_table_stays(
    organization: Organization,
) -> None:
    operation = await an_operation(
        organization, status=OperationStatus.SUCCEEDED, finished_at=NOW - timedelta(days=31)
    )
    for days, name, kind in (
        (31, "old.xml", "application/xml"),
        (29, "young.xml", "application/xml"),
        (31, "table.csv", "text/csv"),
    ):
        with clock.frozen(NOW - timedelta(days=days)):
            await keep_file(
                operation.id, organization.id, io.BytesIO(b"1"), name=name, media_type=kind
            )

    with clock.frozen(NOW), capture_logs() as logs:
        await sweep_operations()

    [*left] = (await files_of("Operation", [operation.id]))[operation.id]
    assert sorted(each["name"] for each in left) == ["table.csv", "young.xml"]
    [said] = [each for each in logs if each["event"] == "operations.swept"]
    assert (said["operations"], said["files"]) == (0, 1)


@pytest.fixture
async def own(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> AsyncIterator[Committed]:
    """A database of the test's own."""
    async with committed() as opened:
        yield opened


@pytest.mark.committed
async def test_a_task_goes_on_where_it_was_and_is_closed_when_it_is_given_up(
    own: Committed, events: EmittedEvents
) -> None:
    operation_id = await begin(await an_organization())
    deliveries = Deliveries({}, {work.name: work})
    delivery = await fetch_one("SELECT id FROM kvartal_delivery")
    assert delivery is not None

    await deliveries.carry_out(delivery["id"])
    assert (await states(), await close_abandoned()) == ([("RUNNING", None)], 0)
    await deliveries.carry_out(delivery["id"])

    row = await fetch_one("SELECT done FROM integration_operation")
    assert row is not None
    assert (await states(), row["done"]) == ([("RUNNING", None)], 2)
    assert await close_abandoned() == 1
    assert await states() == [("FAILED", "E303")]
    assert [each.operation_id for each in events.of(OperationFinished)] == [operation_id]
    assert await close_abandoned() == 0


def test_the_sweeps_have_their_times() -> None:
    schedules = [
        task.schedule.expression if task.schedule else None
        for task in (close_abandoned_operations, sweep_operations)
    ]

    assert schedules == ["*/5 * * * *", "30 1 * * *"]
