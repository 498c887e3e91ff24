"""Readings of an employee's sheet: whose rules they are under, and what is written."""

from datetime import date, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.errors import BadInput, Forbidden, NotFound
from kvartal.months import YearMonth
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_premise, an_account, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.api import (
    JudgedReading,
    MeterScope,
    ReadingsMode,
    ReadingsRegistered,
    SentReading,
    SheetReference,
    SubmissionChannel,
    save_sheet_rows,
)
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import CORRECT_PAST, SUBMIT, SUBMIT_OUTSIDE_PERIOD
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.queries.locking import lock_meters
from kvartal_meters.sheets import service
from kvartal_meters.testing import Home, a_meter, a_reading

PRIVILEGED = [SUBMIT.code, SUBMIT_OUTSIDE_PERIOD.code]
Outcome = tuple[str, list[str]]


@pytest.fixture
async def employee(home: Home) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))


async def saved(
    actor: Actor,
    home: Home,
    *rows: tuple[str, str] | tuple[str, str, str],
    mode: ReadingsMode = ReadingsMode.APPEND,
    at: str = "2026-11-20T12:00+03:00",
    **more: Any,
) -> list[Outcome]:
    """Outcome and codes of rows (identifier, value, month)."""
    sent = [
        (
            SheetReference(account_number=home.account.number, identifier=identifier),
            SentReading(
                place=place,
                values=[value],
                billing_month=YearMonth.parse(month[0]) if month else None,
                channel=SubmissionChannel.EXCEL,
            ),
        )
        for place, (identifier, value, *month) in enumerate(rows)
    ]
    with clock.frozen(datetime.fromisoformat(at)):
        verdicts = await save_sheet_rows(
            actor, home.organization.id, sent, mode, scope=MeterScope.INDIVIDUAL, **more
        )
    return [
        (each.outcome.value, [error.code for error in (*each.errors, *each.warnings)])
        if isinstance(each, JudgedReading)
        else ("REJECTED", [each.code])
        for each in verdicts
    ]


async def test_it_is_the_employees_reading(
    home: Home, employee: Actor, events: EmittedEvents
) -> None:
    meter = home.meter.identifier

    assert await saved(employee, home, (meter, "112,1234")) == [("CREATED", [])]

    reading = await Reading.filter(meter_id=home.meter.id).order_by("-billing_month").first()
    assert reading is not None
    assert (reading.channel, reading.author_kind) == ("EXCEL", "EMPLOYEE")
    assert await Reading.filter(id=reading.id, submitted_by_id=employee.user_id).exists()
    assert str(reading.t1) == "112.1234"
    revision = await ReadingRevision.get(reading_id=reading.id, changed_by_id=employee.user_id)
    assert revision.channel == "EXCEL"
    await home.meter.refresh_from_db()
    assert home.meter.latest_reading_id == reading.id
    [told] = events.of(ReadingsRegistered)
    assert told.accepted_ids == (reading.id,)


async def test_the_window_is_asked_for_unless_the_employee_has_the_privilege(
    home: Home, employee: Actor
) -> None:
    meter, late = home.meter.identifier, "2026-11-27T12:00+03:00"
    privileged = await actor_of(await an_employee(home.organization, permissions=PRIVILEGED))

    assert await saved(employee, home, (meter, "112"), at=late) == [("REJECTED", ["PERIOD_CLOSED"])]
    assert await saved(privileged, home, (meter, "112"), at=late) == [("CREATED", [])]


async def test_months_of_one_meter_are_counted_from_one_another(home: Home) -> None:
    meter = await a_meter(premise=home.premise, account=home.account, identifier="М")
    privileged = await actor_of(await an_employee(home.organization, permissions=PRIVILEGED))

    found = await saved(
        privileged, home, ("М", "7", "2026-11"), ("М", "5", "2026-10"), ("М", "6", "2026-11")
    )

    assert found == [
        ("UNCHANGED", ["READING_DUPLICATED"]),
        ("CREATED", []),
        ("CREATED", []),
    ]
    november = await Reading.get(meter_id=meter.id, billing_month=date(2026, 11, 1))
    assert (november.previous_t1, november.consumption) == (5, 1)


async def test_a_past_month_is_corrected_only_by_right(home: Home) -> None:
    await a_reading(home.meter, "2026-11", "112")
    rows = ((home.meter.identifier, "101", "2026-10"),)
    mode = ReadingsMode.OVERWRITE
    privileged = await actor_of(await an_employee(home.organization, permissions=PRIVILEGED))
    full = await an_employee(home.organization, permissions=[*PRIVILEGED, CORRECT_PAST.code])

    assert await saved(privileged, home, *rows) == [("REJECTED", ["READING_EXISTS"])]
    assert await saved(privileged, home, *rows, mode=mode) == [
        ("REJECTED", ["LATER_READING_EXISTS"])
    ]
    assert await saved(await actor_of(full), home, *rows, mode=mode) == [("UPDATED", [])]
    november = await Reading.get(meter_id=home.meter.id, billing_month=date(2026, 11, 1))
    assert (november.previous_t1, november.consumption) == (101, 11)


async def test_a_trial_judges_and_writes_nothing(
    home: Home, employee: Actor, events: EmittedEvents
) -> None:
    rows = ((home.meter.identifier, "112"), ("нет", "1"))

    assert await saved(employee, home, *rows, trial=True) == [
        ("CREATED", []),
        ("REJECTED", ["METER_UNKNOWN"]),
    ]
    assert await Reading.filter(meter_id=home.meter.id).count() == 1
    assert events.of(ReadingsRegistered) == []


async def test_a_meter_that_goes_while_it_is_looked_for_is_unknown(
    home: Home, employee: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(actor: Actor, ids: Any) -> Any:
        await Meter.filter(id=home.meter.id).update(latest_reading_id=None)
        await Reading.filter(meter_id=home.meter.id).delete()
        await Meter.filter(id=home.meter.id).delete()
        return await lock_meters(actor, ids)

    monkeypatch.setattr(service, "lock_meters", too_late)

    assert await saved(employee, home, (home.meter.identifier, "112")) == [
        ("REJECTED", ["METER_UNKNOWN"])
    ]


async def test_a_place_without_meters_is_known_but_has_none(home: Home, employee: Actor) -> None:
    empty = await an_account(premise=await a_premise(building=home.building), number="пустой")
    row = (
        SheetReference(account_number=empty.number, identifier="нет"),
        SentReading(place=0, values=["1"]),
    )

    [found] = await save_sheet_rows(
        employee,
        home.organization.id,
        [row],
        ReadingsMode.APPEND,
        scope=MeterScope.INDIVIDUAL,
    )

    assert not isinstance(found, JudgedReading)
    assert found.code == "METER_UNKNOWN"


async def test_who_may_not_is_refused_as_a_whole(home: Home) -> None:
    powerless = await actor_of(await an_employee(home.organization))
    stranger = await actor_of(await an_employee(await an_organization(), permissions=PRIVILEGED))
    row = (home.meter.identifier, "112")

    with pytest.raises(Forbidden):
        await saved(powerless, home, row)
    with pytest.raises(NotFound):
        await saved(stranger, home, row)
    assert await Reading.filter(meter_id=home.meter.id).count() == 1


async def test_a_call_takes_a_thousand_rows(home: Home, employee: Actor) -> None:
    with pytest.raises(BadInput):
        await saved(employee, home, *(("нет", "1") for _ in range(1001)))
    assert await saved(employee, home) == []


async def test_statements_do_not_grow_with_the_rows(
    home: Home, employee: Actor, queries: QueryCounter
) -> None:
    for number in range(42):
        await a_meter(premise=home.premise, account=home.account, identifier=f"М-{number}")
    counted = []
    for numbers in (range(2), range(2, 42)):
        with queries.counted() as seen:
            await saved(employee, home, *((f"М-{number}", "5") for number in numbers))
        counted.append(len(seen))

    assert counted == [5, 5]  # find, lock, load, write, and the event
