"""The nightly check: SQL held to the rules, what it leaves alone, and what it tells."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from kvartal.audit.models import AuditEntry
from kvartal.audit.rules import AuditActorKind
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.graphql.node import encode_id
from kvartal.home.api import building_topic
from kvartal.housing.models import Building, Organization
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import VerificationLapsed
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import (
    MeterScope,
    MeterStatus,
    VerificationDates,
    VerificationReason,
    lapsed_verification,
)
from kvartal_meters.policy.models import MetersPolicy
from kvartal_meters.testing import a_collective_meter, a_home, a_meter
from kvartal_meters.verification import queries, service
from kvartal_meters.verification.service import check_verification
from kvartal_meters.verification.tasks import verification_check

NEXT, LAST, COMM = VerificationReason
TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
MOSCOW = "Europe/Moscow"
DAYS = [
    date(2026, 11, 24),
    date(2027, 2, 28),
    date(2027, 3, 1),
    date(2028, 2, 28),
    date(2028, 2, 29),
    date(2028, 3, 1),
]
# Of domain rules, 6.6, those that a card can be.
VECTORS = [
    VerificationDates(next_verification_on=TODAY),
    VerificationDates(next_verification_on=YESTERDAY),
    VerificationDates(verified_on=date(2020, 11, 24), verification_interval=6),
    VerificationDates(verified_on=date(2020, 11, 23), verification_interval=6),
    VerificationDates(commissioned_on=date(2020, 11, 23), verification_interval=6),
    VerificationDates(commissioned_on=date(2010, 1, 1)),
    VerificationDates(
        next_verification_on=date(2027, 1, 1),
        verified_on=date(2021, 1, 1),
        commissioned_on=date(2015, 1, 1),
        verification_interval=6,
    ),
]
NIGHT = "2026-11-24T00:10+03:00"


def dates_around(day: date) -> list[VerificationDates]:
    """The vectors of the domain's rules, and as many cards again as chance makes of near dates."""
    near = [None, *(day + timedelta(days=n) for n in (-400, -2, -1, 0, 1, 2, 400))]
    leap = [date(2020, 2, 29), date(2024, 2, 29)]
    back = [None, *leap]
    for years in (1, 4, 6, 30):
        start = day.replace(year=day.year - years, day=min(day.day, 28))
        back += [start + timedelta(days=n) for n in (-1, 0, 1, 2)]
    dice = random.Random(day.toordinal())
    chosen = [
        VerificationDates(
            next_verification_on=dice.choice(near),
            verified_on=dice.choice(back),
            commissioned_on=dice.choice(back),
            verification_interval=dice.choice([None, 1, 4, 4, 6, 6, 8, 30]),
        )
        for _ in range(400)
    ]
    return [*VECTORS, *(card for card in chosen if is_possible(card))]


def is_possible(card: VerificationDates) -> bool:
    """No card says that a meter was verified after its next verification."""
    return not (
        card.verified_on
        and card.next_verification_on
        and card.verified_on > card.next_verification_on
    )


async def meters_of(building: Building, cards: list[VerificationDates]) -> list[Meter]:
    premise = await a_premise(building=building)
    sample = await a_meter(premise=premise)
    meters = [
        Meter(
            organization_id=building.organization_id,
            building=building,
            premise=premise,
            scope=sample.scope,
            type=sample.type,
            resource_kind=sample.resource_kind,
            identifier=f"{building.id}-{number}",
            next_verification_on=card.next_verification_on,
            verified_on=card.verified_on,
            commissioned_on=card.commissioned_on,
            verification_interval=card.verification_interval,
        )
        for number, card in enumerate(cards)
    ]
    await Meter.bulk_create(meters)
    return meters


async def found(meter: Meter) -> tuple[MeterStatus, VerificationReason | None]:
    row = await Meter.get(id=meter.id)
    return row.status, row.verification_reason


@pytest.fixture
async def touched(db: None) -> AsyncIterator[list[str]]:
    seen: list[str] = []

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.touched)

    async with on_commit(note):
        yield seen


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("latest_only", [False, True], ids=["literal", "latest only"])
async def test_sql_finds_what_the_rules_find(db: None, day: date, latest_only: bool) -> None:
    organization = await an_organization()
    await MetersPolicy.create(organization=organization, counts_latest_verification=latest_only)
    building = await a_building(organization=organization)
    cards = dates_around(day)
    meters = await meters_of(building, cards)
    expected = {
        meter.id: lapsed_verification(card, day, first_basis_only=latest_only)
        for meter, card in zip(meters, cards, strict=True)
    }

    counts = await check_verification(MOSCOW, day)

    rows = await Meter.filter(id__in=list(expected))
    assert {row.id: row.verification_reason for row in rows} == expected
    assert {row.status for row in rows if row.verification_reason is None} == {MeterStatus.ACTIVE}
    assert {row.status for row in rows if row.verification_reason} == {MeterStatus.VERIFICATION}
    reasons = Counter(reason for reason in expected.values() if reason)
    assert counts == {organization.id: reasons}
    assert set(reasons) == set(VerificationReason)


async def test_without_a_policy_each_date_counts(db: None) -> None:
    card: dict[str, Any] = {
        "next_verification_on": date(2027, 1, 1),
        "commissioned_on": date(2015, 1, 1),
        "verification_interval": 6,
    }
    meter = await a_meter(**card)
    switched = await an_organization()
    await MetersPolicy.create(organization=switched, counts_latest_verification=True)
    spared = await a_meter(
        premise=await a_premise(building=await a_building(organization=switched)), **card
    )

    await check_verification(MOSCOW, TODAY)

    assert await found(meter) == (MeterStatus.VERIFICATION, COMM)
    assert await found(spared) == (MeterStatus.ACTIVE, None)


async def test_only_meters_of_premises_in_service_are_checked(
    db: None, frozen_clock: Callable[[str], AbstractContextManager[None]]
) -> None:
    overdue: dict[str, Any] = {"next_verification_on": YESTERDAY}
    building = await a_building()
    premise = await a_premise(building=building)
    checked = [
        await a_meter(premise=premise, scope=scope, **overdue)
        for scope in (MeterScope.INDIVIDUAL, MeterScope.APARTMENT, MeterScope.ROOM)
    ]
    left_alone = [
        await a_collective_meter(building=building, **overdue),
        await a_meter(premise=premise, status=MeterStatus.ARCHIVED, **overdue),
        await a_meter(premise=premise, status=MeterStatus.VERIFICATION, **overdue),
        await a_meter(premise=premise, next_verification_on=TODAY),
        await a_meter(premise=premise),
        await a_meter(
            premise=await a_premise(building=await a_building(timezone="Asia/Yekaterinburg")),
            **overdue,
        ),
    ]
    before = {meter.id: (meter.status, meter.version) for meter in left_alone}

    with frozen_clock(NIGHT):
        counts = await check_verification(MOSCOW, TODAY)

    assert counts == {building.organization_id: {NEXT: 3}}
    for meter in checked:
        row = await Meter.get(id=meter.id)
        assert (row.status, row.verification_reason) == (MeterStatus.VERIFICATION, NEXT)
        assert (row.version, row.updated_at.isoformat()) == (2, "2026-11-23T21:10:00+00:00")
    rows = await Meter.filter(id__in=list(before))
    assert {row.id: (row.status, row.version) for row in rows} == before
    assert {row.verification_reason for row in rows} == {None}


async def test_a_second_check_finds_nothing_more(
    db: None, events: EmittedEvents, touched: list[str]
) -> None:
    meter = await a_meter(next_verification_on=YESTERDAY)
    await check_verification(MOSCOW, TODAY)
    events.clear()
    touched.clear()

    assert await check_verification(MOSCOW, TODAY) == {}

    assert (events, touched) == ([], [])
    assert (await Meter.get(id=meter.id)).version == 2


async def test_what_a_person_has_put_back_lapses_again(db: None) -> None:
    meter = await a_meter(next_verification_on=YESTERDAY)
    await check_verification(MOSCOW, TODAY)
    await Meter.filter(id=meter.id).update(status=MeterStatus.ACTIVE, verification_reason=None)

    assert await check_verification(MOSCOW, TODAY) == {meter.organization_id: {NEXT: 1}}


async def test_the_lapsed_are_told_in_portions_by_organization_and_building(
    db: None, events: EmittedEvents, touched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BUILDINGS", 2)
    monkeypatch.setattr(service, "EVENT_METERS", 2)
    first, second = await an_organization(), await an_organization()
    overdue: dict[Organization, set[UUID]] = {first: set(), second: set()}
    buildings = []
    for organization, number in ((first, 3), (second, 1), (first, 0), (first, 1), (second, 2)):
        building = await a_building(organization=organization)
        cards = [VerificationDates(next_verification_on=YESTERDAY)] * number
        overdue[organization] |= {meter.id for meter in await meters_of(building, cards)}
        if number:
            buildings.append(building)

    counts = await check_verification(MOSCOW, TODAY)

    assert counts == {first.id: {NEXT: 4}, second.id: {NEXT: 3}}
    told = events.of(VerificationLapsed)
    assert len(events) == len(told) == 5
    assert max(len(each.meter_ids) for each in told) == 2
    assert {each.checked_on for each in told} == {TODAY}
    for organization, ids in overdue.items():
        mine = [each.meter_ids for each in told if each.organization_id == organization.id]
        assert sorted(id for portion in mine for id in portion) == sorted(ids)
    assert sorted(touched) == sorted(building_topic(building.id) for building in buildings)


async def test_a_batch_is_one_statement_however_many_meters(
    db: None, queries: QueryCounter
) -> None:
    building = await a_building()
    overdue = [VerificationDates(next_verification_on=YESTERDAY)]
    await meters_of(building, overdue)
    with queries.counted() as few:
        await check_verification(MOSCOW, TODAY)
    for _ in range(3):
        other = await a_building(organization=await building.organization)
        await meters_of(other, overdue * 20)

    with queries.exactly(len(few)) as many:
        await check_verification(MOSCOW, TODAY)

    assert [sql for sql in many if "meters_meter" in sql] == [
        sql for sql in few if "meters_meter" in sql
    ]


async def test_the_actor_logs_what_it_has_found(db: None) -> None:
    organization = await an_organization()
    building = await a_building(organization=organization)
    await meters_of(
        building,
        [
            VerificationDates(next_verification_on=YESTERDAY),
            VerificationDates(verified_on=date(2020, 1, 1), verification_interval=6),
            VerificationDates(verified_on=date(2020, 1, 2), verification_interval=6),
        ],
    )

    with capture_logs() as logs:
        await verification_check.run(b'{"timezone": "Europe/Moscow", "day": "2026-11-24"}')
        await verification_check(MOSCOW, TODAY)

    zone = {"event": "meters.verification_checked", "timezone": MOSCOW, "day": "2026-11-24"}
    assert [{k: v for k, v in each.items() if k != "log_level"} for each in logs] == [
        {
            "event": "meters.verification_lapsed",
            "organization": str(organization.id),
            "day": "2026-11-24",
            "next": 1,
            "last": 2,
        },
        {**zone, "organizations": 1, "lapsed": 3},
        {**zone, "organizations": 0, "lapsed": 0},
    ]


async def test_the_audit_log_tells_each_organization_which_meters_lapsed(db: None) -> None:
    overdue = VerificationDates(next_verification_on=YESTERDAY)
    few, many = await a_building(), await a_building()
    lapsed = sorted(meter.id for meter in await meters_of(few, [overdue] * 20))
    await meters_of(many, [overdue] * 21)
    await a_meter()

    await check_verification(MOSCOW, TODAY)
    await check_verification(MOSCOW, TODAY)

    rows = await AuditEntry.all()
    told = {"timezone": MOSCOW, "day": "2026-11-24", "last": 0, "comm": 0}
    assert {(row.action, row.actor_kind) for row in rows} == {
        ("meters.verification_check", AuditActorKind.SYSTEM)
    }
    assert {row.organization_id: row.input for row in rows} == {
        few.organization_id: {**told, "next": 20, "meters": [str(each) for each in lapsed]},
        many.organization_id: {**told, "next": 21, "meters": {"count": 21}},
    }
    assert len(rows) == 2


async def test_a_check_that_breaks_off_has_told_what_it_has_done(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BUILDINGS", 1)
    for _ in range(2):
        building = await a_building()
        await meters_of(building, [VerificationDates(next_verification_on=YESTERDAY)])
    lapse = queries.lapse

    async def lapse_once(*args: Any, **given: Any) -> queries.Batch:
        if given["after"] is not None:
            raise ConnectionResetError
        return await lapse(*args, **given)

    monkeypatch.setattr(queries, "lapse", lapse_once)
    with pytest.raises(ConnectionResetError):
        await check_verification(MOSCOW, TODAY)

    assert await Meter.filter(status=MeterStatus.VERIFICATION).count() == 1
    assert await AuditEntry.all().count() == 1


WATCH = """
subscription ($id: ID!) {
  homeWidgetChanged(premiseId: $id) { ... on MeterWidget { state submitted total } }
}
"""


@pytest.mark.committed
async def test_the_widget_changes_with_the_night(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
    frozen_clock: Callable[[str], AbstractContextManager[None]],
) -> None:
    async with committed() as own:
        home = await a_home()
        await a_meter(premise=home.premise, next_verification_on=YESTERDAY)
        variables = {"id": encode_id("Premise", home.premise.id)}
        with frozen_clock("2026-11-20T12:00+03:00"):
            async with own.client.subscribe(WATCH, variables, actor=home.resident) as watch:
                assert (await watch.next())["data"]["homeWidgetChanged"]["total"] == 2

                await verification_check(MOSCOW, TODAY)

                told = (await watch.next())["data"]["homeWidgetChanged"]
                assert told == {"state": "SUBMIT", "submitted": 0, "total": 1}
