"""Whom a window's first or last day concerns, and how they are walked in chunks."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from kvartal.housing.models import Building, Premise
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.reminders.rules import ClosingResources, WindowEdge, WindowPremise
from kvartal_meters.reminders.service import premises_of_window_day
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
)

FIRST, LAST = WindowEdge
MOSCOW, PERM = "Europe/Moscow", "Asia/Yekaterinburg"
WATER, LIGHT, GAS = ResourceKind.WATER, ResourceKind.ELECTRICITY, ResourceKind.GAS
NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def told(day: str | date, edge: WindowEdge = FIRST) -> list[WindowPremise]:
    on = day if isinstance(day, date) else date.fromisoformat(day)
    return await premises_of_window_day(MOSCOW, on, edge=edge, after=None, limit=10_000)


def windows(*found: tuple[str, tuple[ResourceKind, ...], tuple[ResourceKind, ...]]) -> object:
    return [
        tuple(
            ClosingResources(date.fromisoformat(day), kinds, unsent) for day, kinds, unsent in found
        )
    ]


async def read(meter: Meter, month: str) -> None:
    """The meter has a reading of that month; give the latest one last."""
    await a_reading(meter, month, "1")


async def test_the_first_day_tells_a_premise_with_its_place(db: None) -> None:
    home = await a_home()

    assert await told("2026-11-15") == [
        WindowPremise(
            home.organization.id,
            home.building.id,
            home.premise.id,
            (ClosingResources(date(2026, 11, 25), (WATER,), (WATER,)),),
        )
    ]
    assert await told("2026-11-14") == await told("2026-11-16") == await told("2026-11-25") == []


@pytest.mark.parametrize(
    ("month", "unsent"), [(None, (WATER,)), ("2026-10", (WATER,)), ("2026-11", ())]
)
async def test_the_last_day_says_whether_all_is_sent(
    db: None, month: str | None, unsent: tuple[ResourceKind, ...]
) -> None:
    home = await a_home()
    if month:
        await read(home.meter, month)

    [found] = await told("2026-11-25", LAST)

    assert found.windows == (ClosingResources(date(2026, 11, 25), (WATER,), unsent),)
    assert found.has_unsent is bool(unsent)


async def test_who_submitted_on_the_28th_is_left_alone_on_the_5th(db: None) -> None:
    home = await a_home(days=(25, 5))
    await read(home.meter, "2026-11")

    [found] = await told("2026-12-05", LAST)

    assert not found.has_unsent


async def test_a_window_over_the_months_end_asks_for_the_month_it_began_in(db: None) -> None:
    home = await a_home(days=(25, 5))
    await read(home.meter, "2026-10")

    [found] = await told("2026-12-05", LAST)

    assert found.has_unsent


@pytest.mark.parametrize(
    ("months", "has_unsent"),
    [(("2026-10", "2026-12"), True), (("2026-11", "2026-12"), False), (("2026-12",), True)],
)
async def test_a_reading_of_a_later_month_is_none_of_this_one(
    db: None, months: tuple[str, ...], has_unsent: bool
) -> None:
    home = await a_home()
    for month in months:
        await read(home.meter, month)

    [found] = await told("2026-11-25", LAST)

    assert found.has_unsent is has_unsent


@pytest.mark.parametrize(("month", "has_unsent"), [("2026-10", False), ("2026-09", True)])
async def test_the_organizations_shift_names_another_month(
    db: None, month: str, has_unsent: bool
) -> None:
    home = await a_home(organization=await an_organization(billing_month_shift=-1))
    await read(home.meter, month)

    [found] = await told("2026-11-25", LAST)

    assert found.has_unsent is has_unsent


@pytest.mark.parametrize(
    ("days", "last"),
    [
        ((25, 31), "2026-06-30"),
        ((15, 31), "2027-02-28"),
        ((15, 30), "2028-02-29"),
        ((15, 29), "2027-02-28"),
    ],
)
async def test_the_last_day_is_found_in_months_that_lack_it(
    db: None, days: tuple[int, int], last: str
) -> None:
    await a_home(days=days)
    day = date.fromisoformat(last)

    assert len(await told(day, LAST)) == 1
    assert await told(day - timedelta(days=1), LAST) == []


async def test_a_window_of_one_day_is_told_of_once(db: None) -> None:
    await a_home(days=(25, 25))

    assert len(await told("2026-11-25", FIRST)) == 1
    assert await told("2026-11-25", LAST) == []


async def test_a_window_that_is_always_open_is_never_told_of(db: None) -> None:
    await a_home(days=None)

    for day in ("2026-11-01", "2026-11-15", "2026-11-30"):
        assert [*await told(day, FIRST), *await told(day, LAST)] == []


async def test_resources_that_close_together_stand_together(db: None) -> None:
    home = await a_home()
    for kind, days in ((LIGHT, (15, 25)), (GAS, (15, 20)), (ResourceKind.HEATING, (16, 25))):
        await resource_settings(home.building, kind, days=days)
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T)
    await a_meter(premise=home.premise, type=MeterType.GAS)
    await a_meter(premise=home.premise, type=MeterType.HEATING)
    await read(light, "2026-11")

    opening, closing = await told("2026-11-15"), await told("2026-11-25", LAST)

    assert [each.windows for each in opening] == windows(
        ("2026-11-20", (GAS,), (GAS,)), ("2026-11-25", (WATER, LIGHT), (WATER,))
    )
    assert [each.windows for each in closing] == windows(
        (
            "2026-11-25",
            (WATER, LIGHT, ResourceKind.HEATING),
            (WATER, ResourceKind.HEATING),
        )
    )


async def test_one_meter_of_a_resource_that_waits_is_enough(db: None) -> None:
    home = await a_home()
    await read(home.meter, "2026-11")
    await a_meter(premise=home.premise, type=MeterType.HOT_WATER)

    [found] = await told("2026-11-25", LAST)

    assert found.windows[0].unsent == (WATER,)


async def archive_meter(home: Home) -> None:
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.ARCHIVED, archived_at=NOON)


async def send_to_verification(home: Home) -> None:
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.VERIFICATION)


async def switch_off(home: Home) -> None:
    await ResourceSettings.filter(id=home.settings.id).update(active=False)


async def archive_premise(home: Home) -> None:
    await Premise.filter(id=home.premise.id).update(archived_at=NOON)


async def archive_building(home: Home) -> None:
    await Building.filter(id=home.building.id).update(archived_at=NOON)


async def move_zone(home: Home) -> None:
    await Building.filter(id=home.building.id).update(timezone=PERM)


@pytest.mark.parametrize(
    "change",
    [
        archive_meter,
        send_to_verification,
        switch_off,
        archive_premise,
        archive_building,
        move_zone,
    ],
)
async def test_nobody_is_told_of_what_takes_no_readings(
    db: None, change: Callable[[Home], Awaitable[None]]
) -> None:
    home = await a_home()
    assert len(await told("2026-11-15")) == 1

    await change(home)

    assert await told("2026-11-15") == []
    assert await told("2026-11-25", LAST) == []


async def test_a_meter_to_be_verified_counts_where_expired_ones_are_accepted(db: None) -> None:
    home = await a_home(accepts_expired=True)
    await send_to_verification(home)

    assert len(await told("2026-11-15")) == 1


async def test_a_houses_own_meter_concerns_no_premise(db: None) -> None:
    home = await a_home()
    await archive_meter(home)
    await a_collective_meter(building=home.building)

    assert await told("2026-11-15") == []


async def test_chunks_tell_each_premise_once_in_a_statement_each(
    db: None, queries: QueryCounter
) -> None:
    organization = await an_organization()
    for number in range(3):
        home = await a_home(organization=organization, address=str(number), identifier=f"{number}")
        for flat in range(number):
            await a_meter(premise=await a_premise(building=home.building, number=str(flat)))
    whole = await told("2026-11-15")
    assert len(whole) == 6

    for limit in (1, 2, 4, 5, 6):
        found: list[WindowPremise] = []
        for _ in range(6 // limit + 1):
            after = found[-1].premise_id if found else None
            with queries.exactly(1):
                found += await premises_of_window_day(
                    MOSCOW, date(2026, 11, 15), edge=FIRST, after=after, limit=limit
                )
        assert found == whole, limit


async def test_a_cursor_that_is_no_premise_begins_anew(db: None) -> None:
    home = await a_home()

    found = await premises_of_window_day(
        MOSCOW, date(2026, 11, 15), edge=FIRST, after=home.meter.id, limit=10
    )

    assert [each.premise_id for each in found] == [home.premise.id]
