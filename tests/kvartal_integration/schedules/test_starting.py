"""What falls due: each time of a schedule once, in its time zone, and nothing twice at a time."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kvartal.db.connection import fetch_one
from kvartal.housing.models import Organization
from kvartal.tasks.actors import Task
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import EmittedEvents, EnqueuedTasks, QueryCounter
from kvartal_integration.events import OperationFinished
from kvartal_integration.exporting.tasks import export_xml, start_due_exports
from kvartal_integration.importing.tasks import import_xml, start_due_imports
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import (
    OperationKind,
    OperationRunning,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.service import start
from kvartal_integration.schedules.models import ExchangeSettings
from kvartal_integration.testing import an_operation, exchange_settings

Freeze = Callable[[str], AbstractContextManager[None]]

DUE = "2026-11-24T02:00:30+03:00"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def scheduled(
    organization: Organization | None = None,
    kind: OperationKind = OperationKind.XML_IMPORT,
    *,
    saved_at: datetime = LONG_AGO,
    **fields: object,
) -> Organization:
    """An organization whose exchange runs at two in the morning, unless said otherwise."""
    organization = organization or await an_organization(timezone="Europe/Moscow")
    given = {"is_scheduled": True, "hours": "2", "paths": ["/a.xml"], **fields}
    made = await exchange_settings(organization, kind, **given)
    await ExchangeSettings.filter(id=made.id).update(updated_at=saved_at)
    return organization


async def started() -> list[Operation]:
    return await Operation.filter(status=OperationStatus.QUEUED).order_by("created_at", "id")


async def test_what_has_fallen_due_is_started_as_the_form_stands(
    db: None, frozen_clock: Freeze, enqueued: EnqueuedTasks
) -> None:
    organization = await scheduled(delete_after_reading=True)

    with frozen_clock(DUE):
        await start_due_imports()

    [operation] = await started()
    assert operation.organization_id == organization.id
    assert (operation.kind, operation.trigger) == (OperationKind.XML_IMPORT, Trigger.SCHEDULE)
    assert operation.request == {"paths": ["/a.xml"], "delete": True}
    assert (operation.started_by_id, operation.locale) == (None, "ru")
    assert enqueued.of(import_xml) == [{"operation_id": str(operation.id)}]


async def test_an_export_is_started_as_its_form_stands(
    db: None, frozen_clock: Freeze, enqueued: EnqueuedTasks
) -> None:
    await scheduled(
        kind=OperationKind.XML_EXPORT,
        directory="/out",
        name_template="{date}.xml",
        whole_month=True,
    )

    with frozen_clock(DUE):
        await start_due_imports()
        await start_due_exports()

    [operation] = await started()
    assert operation.kind is OperationKind.XML_EXPORT
    assert operation.request == {
        "directory": "/out",
        "name_template": "{date}.xml",
        "whole_month": True,
    }
    assert enqueued.of(export_xml) == [{"operation_id": str(operation.id)}]
    assert enqueued.of(import_xml) == []


@pytest.mark.parametrize(
    ("case", "fields", "now"),
    [
        ("not yet", {}, "2026-11-24T01:59:59+03:00"),
        ("missed", {}, "2026-11-24T02:11:00+03:00"),
        ("switched off", {"is_scheduled": False}, DUE),
        ("on another weekday", {"weekdays": "5"}, DUE),
    ],
)
async def test_nothing_is_started(
    db: None, frozen_clock: Freeze, case: str, fields: dict[str, Any], now: str
) -> None:
    await scheduled(**fields)

    with frozen_clock(now):
        await start_due_imports()

    assert await Operation.all().count() == 0, case


async def test_a_time_of_a_schedule_is_started_once_however_often_it_is_looked_at(
    db: None, frozen_clock: Freeze, enqueued: EnqueuedTasks
) -> None:
    await scheduled()

    for minute in range(10):
        with frozen_clock(f"2026-11-24T02:0{minute}:05+03:00"):
            await start_due_imports()
            # Even if it is over meanwhile.
            await Operation.all().update(status=OperationStatus.SUCCEEDED)

    assert await Operation.all().count() == 1
    assert len(enqueued.of(import_xml)) == 1


async def test_the_next_time_is_another_operation(db: None, frozen_clock: Freeze) -> None:
    await scheduled(minutes="0,5", hours="*")

    for minute in (0, 1, 5, 6):
        with frozen_clock(f"2026-11-24T02:0{minute}:05+03:00"):
            await start_due_imports()
            await Operation.all().update(status=OperationStatus.SUCCEEDED)

    assert await Operation.all().count() == 2


async def test_each_organization_has_its_own_night(db: None, frozen_clock: Freeze) -> None:
    moscow = await scheduled(await an_organization(timezone="Europe/Moscow"))
    west = await scheduled(await an_organization(timezone="Europe/Kaliningrad"))

    with frozen_clock("2026-11-24T02:00:30+03:00"):
        await start_due_imports()
    assert [each.organization_id for each in await started()] == [moscow.id]
    with frozen_clock("2026-11-24T02:00:30+02:00"):
        await start_due_imports()
    assert {each.organization_id for each in await started()} == {moscow.id, west.id}


async def test_in_the_night_that_repeats_an_hour_it_runs_once(
    db: None, frozen_clock: Freeze
) -> None:
    await scheduled(await an_organization(timezone="Europe/Berlin"), minutes="30")

    for offset in ("+02:00", "+01:00"):
        with frozen_clock(f"2026-10-25T02:31:00{offset}"):
            await start_due_imports()
            await Operation.all().update(status=OperationStatus.SUCCEEDED)

    assert await Operation.all().count() == 1


async def test_in_the_night_that_leaves_it_out_it_runs_at_once(
    db: None, frozen_clock: Freeze
) -> None:
    await scheduled(await an_organization(timezone="Europe/Berlin"), minutes="30")

    with frozen_clock("2026-03-29T03:00:30+02:00"):
        await start_due_imports()

    assert len(await started()) == 1


async def test_a_form_is_not_due_for_what_was_before_it_was_saved(
    db: None, frozen_clock: Freeze
) -> None:
    at_two = datetime.fromisoformat("2026-11-24T02:00:00+03:00")
    await scheduled(saved_at=at_two + timedelta(seconds=1))
    earlier = await scheduled(saved_at=at_two)

    with frozen_clock("2026-11-24T02:02:00+03:00"):
        await start_due_imports()

    assert [each.organization_id for each in await started()] == [earlier.id]


@pytest.mark.parametrize("status", [OperationStatus.QUEUED, OperationStatus.RUNNING])
async def test_while_the_former_goes_on_the_next_is_left_out_and_the_log_says_so(
    db: None,
    frozen_clock: Freeze,
    enqueued: EnqueuedTasks,
    events: EmittedEvents,
    status: OperationStatus,
) -> None:
    organization = await scheduled()
    former = await an_operation(organization, status=status, trigger=Trigger.PERSON)

    for minute in (0, 1):
        with frozen_clock(f"2026-11-24T02:0{minute}:30+03:00"):
            await start_due_imports()
    await former.refresh_from_db()
    former.status = OperationStatus.SUCCEEDED
    await former.save()
    with frozen_clock("2026-11-24T02:02:30+03:00"):
        await start_due_imports()

    [left_out] = await Operation.exclude(id=former.id)
    assert left_out.status is OperationStatus.CANCELLED
    assert left_out.trigger is Trigger.SCHEDULE
    assert left_out.message == {
        "code": "RUN_LEFT_OUT",
        "facts": {"direction": {"title": "Direction.IMPORT"}},
    }
    assert left_out.finished_at == datetime.fromisoformat("2026-11-24T02:00:30+03:00")
    assert enqueued.of(import_xml) == []
    assert events.of(OperationFinished) == []


async def test_the_other_direction_and_excel_stand_in_nobodys_way(
    db: None, frozen_clock: Freeze
) -> None:
    organization = await scheduled()
    for kind in (OperationKind.XML_EXPORT, OperationKind.EXCEL_IMPORT):
        await an_operation(organization, kind=kind, status=OperationStatus.RUNNING)

    with frozen_clock(DUE):
        await start_due_imports()

    assert [each.kind for each in await started()] == [OperationKind.XML_IMPORT]


async def test_many_are_started_by_as_many_statements_as_one(
    db: None, frozen_clock: Freeze, queries: QueryCounter
) -> None:
    for count in (2, 18):
        for place in range(count):
            organization = await scheduled()
            if place % 2:
                await an_operation(organization)
        with frozen_clock(DUE), queries.exactly(4):
            await start_due_imports()
        await Operation.all().delete()
        await ExchangeSettings.all().delete()


async def test_if_nothing_is_due_one_statement_says_so(
    db: None, frozen_clock: Freeze, queries: QueryCounter
) -> None:
    await scheduled()

    with frozen_clock("2026-11-24T12:00:00+03:00"), queries.exactly(1):
        await start_due_imports()


@pytest.mark.committed
async def test_two_schedulers_at_once_start_each_operation_once(
    committed: Callable[..., AbstractAsyncContextManager[Committed]], frozen_clock: Freeze
) -> None:
    async with committed():
        for _ in range(10):
            await scheduled()

        with frozen_clock(DUE):
            await asyncio.gather(*(start_due_imports() for _ in range(4)))

        found = await Operation.all()
        assert [each.status for each in found] == [OperationStatus.QUEUED] * 10
        row = await fetch_one(
            "SELECT count(*) AS all, count(DISTINCT payload) AS different FROM kvartal_delivery"
            " WHERE target = 'integration.import_xml'"
        )
        assert row is not None
        assert (row["all"], row["different"]) == (10, 10)


@pytest.mark.committed
async def test_of_a_run_by_hand_and_a_scheduled_one_at_the_same_instant_one_goes_on(
    committed: Callable[..., AbstractAsyncContextManager[Committed]], frozen_clock: Freeze
) -> None:
    async with committed():
        organization = await scheduled()
        by_hand = start(
            organization.id, OperationKind.XML_IMPORT, trigger=Trigger.PERSON, request={}
        )
        with frozen_clock(DUE):
            outcomes = await asyncio.gather(by_hand, start_due_imports(), return_exceptions=True)

        assert [type(each) for each in outcomes[1:]] == [type(None)]
        found = {each.trigger: each.status for each in await Operation.all()}
        if isinstance(outcomes[0], OperationRunning):
            assert found == {Trigger.SCHEDULE: OperationStatus.QUEUED}
        else:
            assert found == {
                Trigger.PERSON: OperationStatus.QUEUED,
                Trigger.SCHEDULE: OperationStatus.CANCELLED,
            }


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (start_due_imports, "integration.start_due_imports"),
        (start_due_exports, "integration.start_due_exports"),
    ],
)
def test_it_is_looked_at_once_a_minute(task: Task[...], name: str) -> None:
    assert task.name == name
    assert task.schedule is not None
    assert task.schedule.expression == "* * * * *"
