"""Whom the dates of verification concern: SQL held to the rules, and walked in chunks."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from kvartal.housing.models import Building, Premise
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import (
    MeterScope,
    MeterStatus,
    VerificationDates,
    effective_next_verification,
)
from kvartal_meters.reminders.rules import MeterToVerify, PremiseToVerify
from kvartal_meters.reminders.service import meters_to_verify
from kvartal_meters.testing import Home, a_collective_meter, a_home, a_meter

MOSCOW = "Europe/Moscow"
TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def told(day: date = TODAY) -> list[PremiseToVerify]:
    return await meters_to_verify(MOSCOW, day, after=None, limit=10_000)


async def due_at(home: Home, due_on: date | None) -> None:
    await Meter.filter(id=home.meter.id).update(next_verification_on=due_on)


async def test_a_premise_is_told_with_its_meters_the_first_due_first(db: None) -> None:
    home = await a_home()
    await due_at(home, TODAY + timedelta(days=29))
    light = await a_meter(
        premise=home.premise,
        type=MeterType.ELECTRICITY_1T,
        identifier="ЭЭ-15",
        serial_number="№ 7",
        next_verification_on=TODAY - timedelta(days=1),
    )
    await a_meter(premise=home.premise, next_verification_on=TODAY + timedelta(days=30))

    assert await told() == [
        PremiseToVerify(
            home.organization.id,
            home.building.id,
            home.premise.id,
            (
                MeterToVerify(
                    light.id,
                    ResourceKind.ELECTRICITY,
                    "ЭЭ-15",
                    "№ 7",
                    TODAY - timedelta(days=1),
                    -1,
                ),
                MeterToVerify(
                    home.meter.id,
                    ResourceKind.WATER,
                    "ХВС-15",
                    None,
                    TODAY + timedelta(days=29),
                    29,
                ),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("days_left", "is_told"),
    [(30, False), (29, True), (0, True), (-1, True), (-365, True), (-366, False), (None, False)],
)
async def test_it_is_told_of_thirty_days_before_and_a_year_after(
    db: None, days_left: int | None, is_told: bool
) -> None:
    home = await a_home()
    await due_at(home, None if days_left is None else TODAY + timedelta(days=days_left))

    assert bool(await told()) is is_told


async def test_a_meter_that_is_at_verification_already_is_told_of(db: None) -> None:
    home = await a_home()
    await due_at(home, TODAY - timedelta(days=1))
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.VERIFICATION)

    assert len(await told()) == 1


async def archive_meter(home: Home) -> None:
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.ARCHIVED, archived_at=NOON)


async def archive_premise(home: Home) -> None:
    await Premise.filter(id=home.premise.id).update(archived_at=NOON)


async def archive_building(home: Home) -> None:
    await Building.filter(id=home.building.id).update(archived_at=NOON)


async def move_zone(home: Home) -> None:
    await Building.filter(id=home.building.id).update(timezone="Asia/Yekaterinburg")


@pytest.mark.parametrize("change", [archive_meter, archive_premise, archive_building, move_zone])
async def test_nobody_is_told_of_what_is_archived_or_elsewhere(
    db: None, change: Callable[[Home], Awaitable[None]]
) -> None:
    home = await a_home()
    await due_at(home, TODAY)
    assert len(await told()) == 1

    await change(home)

    assert await told() == []


async def test_a_houses_own_meter_concerns_no_premise(db: None) -> None:
    home = await a_home()
    await a_collective_meter(building=home.building, next_verification_on=TODAY)

    assert await told() == []


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 11, 24),
        date(2027, 2, 28),
        date(2027, 3, 1),
        date(2028, 2, 28),
        date(2028, 2, 29),
        date(2028, 3, 1),
    ],
)
async def test_the_date_in_sql_is_that_of_the_rules(db: None, day: date) -> None:
    home = await a_home()
    cards = cards_around(day)
    meters = [
        Meter(
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            scope=MeterScope.INDIVIDUAL,
            type=MeterType.COLD_WATER,
            resource_kind=ResourceKind.WATER,
            identifier=f"П-{number}",
            next_verification_on=card.next_verification_on,
            verified_on=card.verified_on,
            commissioned_on=card.commissioned_on,
            verification_interval=card.verification_interval,
        )
        for number, card in enumerate(cards)
    ]
    await Meter.bulk_create(meters)

    [premise] = await told(day)

    dates = {m.id: effective_next_verification(c) for m, c in zip(meters, cards, strict=True)}
    expected = {
        meter: due
        for meter, due in dates.items()
        if due is not None and -365 <= (due - day).days < 30
    }
    assert {each.meter_id: each.due_on for each in premise.meters} == expected
    assert [each.days_left for each in premise.meters] == sorted(
        (due - day).days for due in expected.values()
    )
    assert 20 < len(expected) < len(cards)


def cards_around(day: date) -> list[VerificationDates]:
    """As many cards as chance makes of dates near both ends."""
    dice = random.Random(day.toordinal())
    near = [day + timedelta(days=n) for n in (-367, -366, -365, -364, -2, 0, 28, 29, 30, 31)]
    back = [
        date(2020, 2, 29),
        date(2024, 2, 29),
        *(each.replace(year=each.year - 4, day=min(each.day, 28)) for each in near),
    ]
    cards = [
        VerificationDates(
            next_verification_on=dice.choice([None, None, *near]),
            verified_on=dice.choice([None, None, *back]),
            commissioned_on=dice.choice([None, *back]),
            verification_interval=dice.choice([None, 4, 4, 6, 30]),
        )
        for _ in range(300)
    ]
    # No card says that a meter was verified after its next verification.
    return [
        card
        for card in cards
        if not (
            card.verified_on
            and card.next_verification_on
            and card.verified_on > card.next_verification_on
        )
    ]


async def test_chunks_tell_each_premise_once_in_a_statement_each(
    db: None, queries: QueryCounter
) -> None:
    organization = await an_organization()
    for number in range(3):
        home = await a_home(organization=organization, address=str(number), identifier=f"{number}")
        await due_at(home, TODAY)
        for flat in range(number):
            premise = await a_premise(building=home.building, number=str(flat))
            await a_meter(premise=premise, next_verification_on=TODAY)
    whole = await told()
    assert len(whole) == 6

    for limit in (1, 2, 4, 5, 6):
        found: list[PremiseToVerify] = []
        for _ in range(6 // limit + 1):
            after = found[-1].premise_id if found else None
            with queries.exactly(1):
                found += await meters_to_verify(MOSCOW, TODAY, after=after, limit=limit)
        assert found == whole, limit
