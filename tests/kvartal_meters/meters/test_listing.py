"""The staff's list of meters: filters, search, orders, pages, and whose meters it shows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.connection import fetch
from kvartal.db.sql import Args
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_account,
    an_organization,
)
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.queries.filtering import DUE_ON, MeterFilter, conditions_of
from kvartal_meters.meters.rules import (
    MeterStatus,
    VerificationDates,
    VerificationReason,
    VerificationSeverity,
    effective_next_verification,
    verification_on,
)
from kvartal_meters.testing import Home, a_collective_meter, a_meter

NOON = datetime.fromisoformat("2026-11-24T12:00+03:00")
LATER = NOON + timedelta(days=2)
TODAY = date(2026, 11, 24)
LIST = """
query ($filter: MeterFilterInput, $search: String, $order: MeterOrder, $first: Int, $after: String,
    $last: Int, $before: String) {
  meters(filter: $filter, search: $search, orderBy: $order, first: $first, after: $after,
      last: $last, before: $before) {
    nodes { identifier }
    totalCount { count isExact }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
PAGE = """
query ($search: String) {
  meters(search: $search) {
    nodes { identifier building { address } premise { number } account { number } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Two houses of one organization: the northern in a quarter, the southern in a group."""

    north: Building
    south: Building
    clerk: Actor
    ids: dict[str, str]


@pytest.fixture
async def town(db: None) -> Town:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization)
    north = await a_building(quarter=quarter, address="г. Пермь, ул. Тёплая, 5")
    south = await a_building(
        organization=organization,
        address="г. Пермь, ул. Лесная, 5_а",
        timezone="Asia/Yekaterinburg",
    )
    group = await a_group(organization=organization, buildings=[south])
    flat = await a_premise(building=north, number="15")
    other = await a_premise(building=south, number="100%")
    account = await an_account(premise=flat, number="7700415015")
    # Ids of one millisecond have no order.
    with clock.frozen(NOON):
        await a_meter(
            id=UUID(int=1),
            premise=flat,
            account=account,
            identifier="ХВС",
            serial_number="18-034512",
        )
        await a_meter(id=UUID(int=2), premise=other, identifier="ЭЛ", type=MeterType.ELECTRICITY_2T)
        await a_collective_meter(id=UUID(int=3), building=south, identifier="ОДПУ")
        await a_meter(id=UUID(int=4), premise=flat, identifier="АРХИВ", status=MeterStatus.ARCHIVED)
        await a_meter(
            id=UUID(int=5),
            premise=flat,
            identifier="НОЧЬ",
            type=MeterType.HOT_WATER,
            status=MeterStatus.VERIFICATION,
            verification_reason=VerificationReason.COMM,
            next_verification_on=TODAY + timedelta(40),
        )
        foreign = await a_meter(id=UUID(int=6), identifier="ЧУЖОЙ")
    return Town(
        north=north,
        south=south,
        clerk=await actor_of(await an_employee(organization)),
        ids={
            "organizationId": encode_id("Organization", organization.id),
            "groupId": encode_id("BuildingGroup", group.id),
            "quarterId": encode_id("Quarter", quarter.id),
            "buildingId": encode_id("Building", north.id),
            "premiseId": encode_id("Premise", other.id),
            "strangersBuilding": encode_id("Building", foreign.building_id),
            "strangersOrganization": encode_id("Organization", foreign.organization_id),
        },
    )


Find = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def find(gql: GraphQLClient, town: Town) -> Find:
    """The identifiers that a filter and a search find, newest first."""

    async def found(
        search: str | None = None,
        actor: Actor | None = None,
        order: str = "NEWEST_FIRST",
        **filter: object,
    ) -> list[str]:
        variables = {"filter": filter, "search": search, "order": order}
        with clock.frozen(NOON):
            answer = await gql(LIST, variables, actor=actor or town.clerk)
        meters = answer["data"]["meters"]
        assert meters["totalCount"] == {"count": len(meters["nodes"]), "isExact": True}
        return [each["identifier"] for each in meters["nodes"]]

    return found


ALL = ["НОЧЬ", "ОДПУ", "ЭЛ", "ХВС"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ALL),
        ({"includeArchived": True}, ["НОЧЬ", "АРХИВ", "ОДПУ", "ЭЛ", "ХВС"]),
        ({"scope": "INDIVIDUAL"}, ["НОЧЬ", "ЭЛ", "ХВС"]),
        ({"scope": "COLLECTIVE"}, ["ОДПУ"]),
        ({"scope": "ROOM"}, []),
        ({"resourceKind": "WATER"}, ["НОЧЬ", "ОДПУ", "ХВС"]),
        ({"meterType": "HOT_WATER"}, ["НОЧЬ"]),
        ({"status": "ACTIVE"}, ["ОДПУ", "ЭЛ", "ХВС"]),
        ({"status": "VERIFICATION"}, ["НОЧЬ"]),
        ({"status": "ARCHIVED"}, ["АРХИВ"]),
        ({"verificationReason": "COMM"}, ["НОЧЬ"]),
        ({"verificationReason": "NEXT"}, []),
        ({"verificationSeverity": "ON_VERIFICATION"}, ["НОЧЬ"]),
        ({"verificationSeverity": "NONE"}, ["ОДПУ", "ЭЛ", "ХВС"]),
        ({"verificationDueBefore": "2027-01-03"}, []),
        ({"verificationDueBefore": "2027-01-04"}, ["НОЧЬ"]),
        ({"updatedAfter": "2026-11-24T08:59:59Z"}, ALL),
        ({"updatedAfter": "2026-11-24T09:00:00Z"}, []),
        ({"scope": "INDIVIDUAL", "resourceKind": "WATER", "status": "ACTIVE"}, ["ХВС"]),
    ],
)
async def test_a_filter_shows_what_fits(
    find: Find, filter: dict[str, Any], expected: list[str]
) -> None:
    assert await find(**filter) == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("organizationId", "organizationId", ALL),
        ("groupId", "groupId", ["ОДПУ", "ЭЛ"]),
        ("quarterId", "quarterId", ["НОЧЬ", "ХВС"]),
        ("buildingId", "buildingId", ["НОЧЬ", "ХВС"]),
        ("premiseId", "premiseId", ["ЭЛ"]),
        ("buildingId", "strangersBuilding", []),
        ("organizationId", "strangersOrganization", []),
    ],
)
async def test_a_place_shows_its_own(
    find: Find, town: Town, field: str, value: str, expected: list[str]
) -> None:
    assert await find(**{field: town.ids[value]}) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("хвс", ["ХВС"]),
        ("теплая 15 7700415015", ["ХВС"]),
        ("ТЁПЛАЯ, 5", ["НОЧЬ", "ХВС"]),
        ("18-034512", ["ХВС"]),
        ("пермь", ALL),
        ("100%", ["ЭЛ"]),
        ("5_а", ["ОДПУ", "ЭЛ"]),
        ("%%%", []),
        ("чужой", []),
        ("архив", []),
        ("  ", ALL),
    ],
)
@pytest.mark.parametrize("few", [500, 1], ids=["few found", "many found"])
async def test_a_search_finds_by_all_words(
    find: Find, monkeypatch: pytest.MonkeyPatch, few: int, search: str, expected: list[str]
) -> None:
    monkeypatch.setattr("kvartal_meters.meters.queries.searching.FEW_METERS", few)

    assert await find(search) == expected


async def test_a_search_and_a_filter_both_hold(find: Find) -> None:
    assert await find("пермь", scope="COLLECTIVE") == ["ОДПУ"]
    assert await find("хвс", status="ARCHIVED") == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("NEWEST_FIRST", ["НОЧЬ", "ОДПУ", "ЭЛ", "ХВС"]),
        ("IDENTIFIER", ["НОЧЬ", "ОДПУ", "ХВС", "ЭЛ"]),
        ("UPDATED_AT", ["ХВС", "ЭЛ", "НОЧЬ", "ОДПУ"]),
    ],
)
@pytest.mark.parametrize("size", [1, 3])
async def test_pages_follow_one_another_both_ways(
    gql: GraphQLClient, town: Town, order: str, expected: list[str], size: int
) -> None:
    await Meter.filter(identifier="ОДПУ").update(updated_at=NOON + timedelta(1))

    async def walk(step: str, cursor: str, more: str, end: str) -> list[str]:
        found: list[str] = []
        variables: dict[str, Any] = {"order": order, step: size}
        while True:
            with clock.frozen(LATER):
                meters = (await gql(LIST, variables, actor=town.clerk))["data"]["meters"]
            page = [each["identifier"] for each in meters["nodes"]]
            found = found + page if step == "first" else page + found
            if not meters["pageInfo"][more]:
                return found
            variables[cursor] = meters["pageInfo"][end]

    assert await walk("first", "after", "hasNextPage", "endCursor") == expected
    assert await walk("last", "before", "hasPreviousPage", "startCursor") == expected


async def test_an_integrator_pulls_what_has_changed(gql: GraphQLClient, town: Town) -> None:
    token = await actor_of(await a_service_token(await town.north.organization))
    filter = {"includeArchived": True, "updatedAfter": "2026-01-01T00:00:00Z"}
    variables: dict[str, Any] = {"filter": filter, "order": "UPDATED_AT", "first": 3}

    with clock.frozen(LATER):
        first = (await gql(LIST, variables, actor=token))["data"]["meters"]
    variables["after"] = first["pageInfo"]["endCursor"]
    await Meter.filter(identifier="ХВС").update(updated_at=NOON + timedelta(1))
    with clock.frozen(LATER):
        second = (await gql(LIST, variables, actor=token))["data"]["meters"]

    assert [each["identifier"] for each in first["nodes"]] == ["ХВС", "ЭЛ", "ОДПУ"]
    assert [each["identifier"] for each in second["nodes"]] == ["АРХИВ", "НОЧЬ", "ХВС"]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwgImIiXQ"])
async def test_a_cursor_of_another_list_is_refused(
    gql: GraphQLClient, town: Town, cursor: str
) -> None:
    answer = await gql(LIST, {"after": cursor}, actor=town.clerk)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]


async def test_an_employee_of_one_house_sees_that_one(find: Find, town: Town) -> None:
    organization = await town.south.organization
    near = await actor_of(await an_employee(organization, buildings=[town.south]))

    assert await find(actor=near) == ["ОДПУ", "ЭЛ"]
    assert await find("пермь", actor=near) == ["ОДПУ", "ЭЛ"]
    assert await find(actor=near, buildingId=town.ids["buildingId"]) == []


async def test_residents_and_strangers_have_no_such_list(
    gql: GraphQLClient, find: Find, home: Home
) -> None:
    assert await find(actor=home.resident) == []
    assert await find("казань", actor=home.resident) == []
    answer = await gql(LIST, {}, actor=ANONYMOUS)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_a_page_is_one_statement(
    gql: GraphQLClient, town: Town, queries: QueryCounter
) -> None:
    with queries.exactly(1):
        await gql(PAGE, {}, actor=town.clerk)
    flat = await a_premise(building=town.north)
    for number in range(20):
        await a_meter(premise=flat, identifier=f"С-{number}")
    with queries.exactly(1):
        answer = await gql(PAGE, {}, actor=town.clerk)
    with queries.exactly(2):
        await gql(PAGE, {"search": "пермь"}, actor=town.clerk)
    with queries.exactly(1):
        await gql(PAGE, {"search": "нет такого"}, actor=town.clerk)

    assert len(answer["data"]["meters"]["nodes"]) == 24


DAYS = [None, TODAY - timedelta(1), TODAY, TODAY + timedelta(29), TODAY + timedelta(30)]
BASES = [None, date(2020, 11, 23), date(2020, 11, 24), date(2020, 12, 24), date(2020, 2, 29)]


async def test_the_list_knows_what_the_rules_know_of_verification(home: Home) -> None:
    """The severities and the due dates that SQL finds are those of the rules."""
    expected: dict[str, tuple[VerificationSeverity, date | None]] = {}
    rows = []
    cases = product(MeterStatus, DAYS, BASES, BASES, [None, 6])
    for number, (status, coming, last, commissioned, interval) in enumerate(cases):
        if last is not None and coming is not None and last > coming:
            continue
        dates = VerificationDates(
            next_verification_on=coming,
            verified_on=last,
            commissioned_on=commissioned,
            verification_interval=interval,
        )
        identifier = f"В-{number}"
        severity = verification_on(TODAY, status, dates).severity
        expected[identifier] = (severity, effective_next_verification(dates))
        rows.append(
            Meter(
                organization_id=home.organization.id,
                building_id=home.building.id,
                premise_id=home.premise.id,
                scope=home.meter.scope,
                type=home.meter.type,
                resource_kind=home.meter.resource_kind,
                identifier=identifier,
                status=status,
                archived_at=NOON if status is MeterStatus.ARCHIVED else None,
                next_verification_on=coming,
                verified_on=last,
                commissioned_on=commissioned,
                verification_interval=interval,
            )
        )
    await Meter.bulk_create(rows)

    found: dict[str, VerificationSeverity] = {}
    with clock.frozen(NOON):
        for severity in VerificationSeverity:
            args = Args()
            where = MeterFilter(severity=severity, archived=True)
            conditions = " AND ".join(conditions_of(args, where))
            for row in await fetch(
                f"SELECT m.identifier FROM meters_meter m WHERE {conditions}", *args
            ):
                assert row["identifier"] not in found
                found[row["identifier"]] = severity
    due = {
        row["identifier"]: row["due_on"]
        for row in await fetch(f"SELECT m.identifier, {DUE_ON} AS due_on FROM meters_meter m")
    }

    assert len(expected) > 300
    assert {key: found[key] for key in expected} == {k: v for k, (v, _) in expected.items()}
    assert {key: due[key] for key in expected} == {k: v for k, (_, v) in expected.items()}


async def test_the_day_of_each_building_counts(gql: GraphQLClient, town: Town) -> None:
    """At 22:30 in Moscow it is tomorrow in Yekaterinburg already."""
    await Meter.all().update(
        next_verification_on=TODAY,
        status=MeterStatus.ACTIVE,
        archived_at=None,
        verification_reason=None,
    )
    variables = {"filter": {"verificationSeverity": "EXPIRED"}}

    with clock.frozen(datetime.fromisoformat("2026-11-24T22:30+03:00")):
        answer = await gql(LIST, variables, actor=town.clerk)

    assert [each["identifier"] for each in answer["data"]["meters"]["nodes"]] == ["ОДПУ", "ЭЛ"]
