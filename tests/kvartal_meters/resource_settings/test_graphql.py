"""Settings over HTTP: what is shown to whom, what may be changed by whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, BuildingGroup, Organization, Quarter
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceRule, ResourceSettings
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Place,
    SettingsLevel,
    SettingsValues,
    WindowDays,
)

SETTINGS = """
query Settings($level: SettingsLevel!, $id: ID!) {
  resourceSettings(level: $level, id: $id) {
    resourceKind active startDay endDay fractionsAllowed acceptsExpired
    lockedBy { level id name } hasActiveRule hasUnappliedChanges version
    collectionPeriod { billingMonth opensOn closesOn isOpen }
  }
}
"""
UPDATE = """
mutation Update($input: UpdateResourceSettingsInput!) {
  updateResourceSettings(input: $input) {
    resourceSettings { resourceKind active startDay endDay version }
    errors { code path message level name version }
  }
}
"""
APPLY = """
mutation Apply($input: ApplyResourceSettingsInput!) {
  applyResourceSettings(input: $input) {
    application {
      preview changed unchanged skippedLocked skippedInaccessible
      changedBuildings {
        building { address }
        changes {
          resourceKind
          before { active startDay endDay fractionsAllowed acceptsExpired }
          after { active startDay endDay fractionsAllowed acceptsExpired }
        }
      }
      skippedBuildings { building { address } lockedBy { level id name } }
      resourceSettings { hasActiveRule hasUnappliedChanges }
    }
    errors { code path message level name }
  }
}
"""
CANCEL = """
mutation Cancel($input: CancelResourceRuleInput!) {
  cancelResourceRule(input: $input) {
    resourceSettings { hasActiveRule }
    errors { code }
  }
}
"""
LISTS = """
{
  buildings {
    nodes {
      address
      resourceSettings { active lockedBy { name } collectionPeriod { isOpen } }
    }
  }
}
"""
PLACES = """
query Places($building: ID!) {
  building(id: $building) {
    resourceSettings { active }
    quarter { resourceSettings { active } }
    organization { buildingGroups { resourceSettings { active } } }
  }
}
"""

BUILDING, QUARTER, GROUP = SettingsLevel
WATER = ResourceKind.WATER
EARLY = SettingsValues(active=True, window=WindowDays(1, 5), fraction=False, accept_expired=True)
NOON = "2026-11-20T12:00+03:00"
KINDS = ["WATER", "WASTEWATER", "ELECTRICITY", "HEATING", "GAS"]


@dataclass
class Estate:
    """An organization with a quarter of two buildings and a group that has the first of them."""

    organization: Organization
    quarter: Quarter
    group: BuildingGroup
    first: Building
    second: Building
    manager: Actor

    def at(self, level: SettingsLevel) -> dict[str, Any]:
        kind, row = {
            BUILDING: ("Building", self.first),
            QUARTER: ("Quarter", self.quarter),
            GROUP: ("BuildingGroup", self.group),
        }[level]
        return {"level": level.value, "id": encode_id(kind, row.id)}

    async def rule(self, level: SettingsLevel, water: SettingsValues) -> None:
        """Draft these settings of water and apply them as a rule."""
        place = Place(level, self.quarter.id if level is QUARTER else self.group.id)
        await self.draft(place, water)
        await service.apply(self.manager, place, ApplyMode.RULE)

    async def draft(self, place: Place, water: SettingsValues) -> None:
        await ResourceSettings.filter(quarter_id=place.id).delete()
        await ResourceSettings.create(
            organization=self.organization,
            level=place.level,
            quarter_id=place.id if place.level is QUARTER else None,
            group_id=place.id if place.level is GROUP else None,
            resource_kind=WATER,
            active=water.active,
            start_day=water.window.start if water.window else None,
            end_day=water.window.end if water.window else None,
            fractions_allowed=water.fraction,
            accepts_expired=water.accept_expired,
        )


@pytest.fixture
async def estate(db: None) -> Estate:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization, name="Северный")
    first = await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 1")
    second = await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 2")
    group = await a_group(organization=organization, name="Новостройки", buildings=[first])
    manager = await manager_of(organization)
    return Estate(organization, quarter, group, first, second, manager)


async def manager_of(organization: Organization, **access: Any) -> Actor:
    employee = await an_employee(organization, permissions=[BUILDING_EDIT.code], **access)
    return await actor_of(employee)


def water(**changed: Any) -> dict[str, Any]:
    return {
        "resourceKind": "WATER",
        "active": True,
        "startDay": 1,
        "endDay": 5,
        "fractionsAllowed": False,
        "acceptsExpired": True,
        **changed,
    }


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


# Reading


async def test_a_building_has_five_rows_with_their_present_period(
    estate: Estate,
    gql: GraphQLClient,
    frozen_clock: Callable[[str], AbstractContextManager[None]],
) -> None:
    await service.set_building_settings(
        estate.manager,
        estate.first.id,
        {WATER: SettingsValues(active=True, window=WindowDays(25, 5)), ResourceKind.GAS: EARLY},
    )

    with frozen_clock(NOON):
        answer = await gql(SETTINGS, estate.at(BUILDING), actor=estate.manager)

    rows = answer["data"]["resourceSettings"]
    assert [row["resourceKind"] for row in rows] == KINDS
    common = {
        "lockedBy": None,
        "hasActiveRule": False,
        "hasUnappliedChanges": False,
        "version": 1,
    }
    assert rows[0] == common | {
        "resourceKind": "WATER",
        "active": True,
        "startDay": 25,
        "endDay": 5,
        "fractionsAllowed": True,
        "acceptsExpired": False,
        "collectionPeriod": {
            "billingMonth": "2026-11",
            "opensOn": "2026-11-25",
            "closesOn": "2026-12-05",
            "isOpen": False,
        },
    }
    assert rows[1] == common | {
        "resourceKind": "WASTEWATER",
        "active": False,
        "startDay": 15,
        "endDay": 25,
        "fractionsAllowed": True,
        "acceptsExpired": False,
        "collectionPeriod": {
            "billingMonth": "2026-11",
            "opensOn": "2026-11-15",
            "closesOn": "2026-11-25",
            "isOpen": True,
        },
    }
    assert (rows[4]["startDay"], rows[4]["fractionsAllowed"]) == (1, False)


async def test_the_period_is_that_of_the_buildings_calendar_and_the_organizations_shift(
    gql: GraphQLClient,
    db: None,
    frozen_clock: Callable[[str], AbstractContextManager[None]],
) -> None:
    organization = await an_organization(billing_month_shift=-1)
    building = await a_building(organization=organization, timezone="Asia/Vladivostok")
    variables = {"level": "BUILDING", "id": encode_id("Building", building.id)}
    manager = await manager_of(organization)

    with frozen_clock("2026-11-14T23:00+03:00"):
        answer = await gql(SETTINGS, variables, actor=manager)

    assert answer["data"]["resourceSettings"][0]["collectionPeriod"] == {
        "billingMonth": "2026-10",
        "opensOn": "2026-11-15",
        "closesOn": "2026-11-25",
        "isOpen": True,
    }


async def test_a_window_without_days_is_always_open(estate: Estate, gql: GraphQLClient) -> None:
    await service.set_building_settings(
        estate.manager, estate.first.id, {WATER: SettingsValues(window=None)}
    )

    answer = await gql(SETTINGS, estate.at(BUILDING), actor=estate.manager)

    row = answer["data"]["resourceSettings"][0]
    assert (row["startDay"], row["endDay"]) == (None, None)
    assert row["collectionPeriod"]["isOpen"] is True


async def test_a_quarter_shows_its_rule_its_draft_and_who_locks_it(
    estate: Estate, gql: GraphQLClient
) -> None:
    await estate.rule(QUARTER, EARLY)
    await estate.rule(GROUP, SettingsValues(active=True))
    await estate.draft(Place(QUARTER, estate.quarter.id), SettingsValues(active=True))

    quarter = await gql(SETTINGS, estate.at(QUARTER), actor=estate.manager)
    group = await gql(SETTINGS, estate.at(GROUP), actor=estate.manager)
    building = await gql(SETTINGS, estate.at(BUILDING), actor=estate.manager)

    lock = {**estate.at(GROUP), "name": "Новостройки"}
    rows = quarter["data"]["resourceSettings"]
    assert [row["resourceKind"] for row in rows] == KINDS
    assert [row["hasUnappliedChanges"] for row in rows] == [True] + [False] * 4
    assert {row["hasActiveRule"] for row in rows} == {True}
    assert [row["lockedBy"] for row in rows] == [lock] * 5
    assert [row["collectionPeriod"] for row in rows] == [None] * 5
    rows = group["data"]["resourceSettings"]
    assert [row["lockedBy"] for row in rows] == [None] * 5
    assert [row["hasUnappliedChanges"] for row in rows] == [False] * 5
    rows = building["data"]["resourceSettings"]
    assert [row["lockedBy"] for row in rows] == [lock] * 5
    assert {row["hasActiveRule"] for row in rows} == {False}


@pytest.mark.parametrize("level", SettingsLevel)
async def test_settings_are_shown_to_staff_alone(
    estate: Estate, gql: GraphQLClient, level: SettingsLevel
) -> None:
    premise = await a_premise(building=estate.first)
    resident = await actor_of(await a_resident_user(estate.organization, premises=[premise]))
    elsewhere = await manager_of(await an_organization())
    without_right = await actor_of(await an_employee(estate.organization))
    service_token = await actor_of(await a_service_token(estate.organization))

    for actor, expected in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (resident, "NOT_FOUND"),
        (elsewhere, "NOT_FOUND"),
    ):
        assert code_of(await gql(SETTINGS, estate.at(level), actor=actor)) == expected
    for actor in (without_right, service_token):
        answer = await gql(SETTINGS, estate.at(level), actor=actor)
        assert len(answer["data"]["resourceSettings"]) == 5


async def test_a_building_out_of_reach_is_not_found(estate: Estate, gql: GraphQLClient) -> None:
    manager = await manager_of(estate.organization, buildings=[estate.second])

    assert code_of(await gql(SETTINGS, estate.at(BUILDING), actor=manager)) == "NOT_FOUND"


async def test_an_id_must_be_of_the_level(estate: Estate, gql: GraphQLClient) -> None:
    variables = {**estate.at(BUILDING), "level": "QUARTER"}

    assert code_of(await gql(SETTINGS, variables, actor=estate.manager)) == "BAD_INPUT"


async def test_settings_are_fields_of_buildings_quarters_and_groups(
    estate: Estate, gql: GraphQLClient
) -> None:
    await estate.rule(QUARTER, EARLY)
    premise = await a_premise(building=estate.first)
    resident = await actor_of(await a_resident_user(estate.organization, premises=[premise]))
    variables = {"building": encode_id("Building", estate.first.id)}

    staff = await gql(PLACES, variables, actor=estate.manager)
    home = await gql(PLACES, variables, actor=resident)

    on, off = [{"active": True}], [{"active": False}]
    assert staff["data"]["building"] == {
        "resourceSettings": on + off * 4,
        "quarter": {"resourceSettings": on + off * 4},
        "organization": {"buildingGroups": [{"resourceSettings": off * 5}]},
    }
    assert home["data"]["building"] == {
        "resourceSettings": [],
        "quarter": {"resourceSettings": []},
        "organization": {"buildingGroups": []},
    }


async def test_a_list_of_buildings_loads_all_settings_in_one_statement(
    estate: Estate, gql: GraphQLClient, queries: QueryCounter
) -> None:
    await estate.rule(QUARTER, EARLY)
    with queries.exactly(2):
        few = await gql(LISTS, actor=estate.manager)
    for _ in range(18):
        await a_building(organization=estate.organization)

    with queries.exactly(2):
        many = await gql(LISTS, actor=estate.manager)

    assert len(few["data"]["buildings"]["nodes"]) == 2
    nodes = many["data"]["buildings"]["nodes"]
    assert len(nodes) == 20
    assert all(len(node["resourceSettings"]) == 5 for node in nodes)
    locks = [node["resourceSettings"][0]["lockedBy"] for node in nodes]
    assert locks.count({"name": "Северный"}) == 2


# Changing


async def test_settings_are_changed_and_shown(estate: Estate, gql: GraphQLClient) -> None:
    form = {"input": {**estate.at(BUILDING), "settings": [water()], "expectedVersion": 0}}

    answer = await gql(UPDATE, form, actor=estate.manager)

    assert answer["data"]["updateResourceSettings"]["errors"] == []
    rows = answer["data"]["updateResourceSettings"]["resourceSettings"]
    assert [row["resourceKind"] for row in rows] == KINDS
    assert rows[0] == {
        "resourceKind": "WATER",
        "active": True,
        "startDay": 1,
        "endDay": 5,
        "version": 1,
    }
    stored = await ResourceSettings.get(building_id=estate.first.id, resource_kind=WATER)
    assert (stored.fractions_allowed, stored.accepts_expired) == (False, True)


async def test_days_left_out_mean_always_open(estate: Estate, gql: GraphQLClient) -> None:
    row = {key: value for key, value in water().items() if key not in {"startDay", "endDay"}}

    await gql(UPDATE, {"input": {**estate.at(BUILDING), "settings": [row]}}, actor=estate.manager)

    stored = await ResourceSettings.get(building_id=estate.first.id, resource_kind=WATER)
    assert (stored.start_day, stored.end_day) == (None, None)


async def test_wrong_days_are_told_field_by_field(
    estate: Estate, gql: GraphQLClient, events: EmittedEvents
) -> None:
    rows = [water(startDay=0, endDay=32), water(resourceKind="GAS", endDay=None)]

    answer = await gql(
        UPDATE, {"input": {**estate.at(BUILDING), "settings": rows}}, actor=estate.manager
    )

    facts = {"level": None, "name": None, "version": None}
    day = {"code": "WINDOW_DAY_INVALID", "message": "День должен быть от 1 до 31"}
    assert answer["data"]["updateResourceSettings"] == {
        "resourceSettings": None,
        "errors": [
            {**facts, **day, "path": ["settings", "0", "startDay"]},
            {**facts, **day, "path": ["settings", "0", "endDay"]},
            {
                **facts,
                "code": "WINDOW_DAYS_INCOMPLETE",
                "message": "Укажите оба дня периода",
                "path": ["settings", "1", "endDay"],
            },
        ],
    }
    assert await ResourceSettings.all().count() == 0
    assert events == []


async def test_a_resource_given_twice_is_bad_input(estate: Estate, gql: GraphQLClient) -> None:
    form = {"input": {**estate.at(BUILDING), "settings": [water(), water(active=False)]}}

    assert code_of(await gql(UPDATE, form, actor=estate.manager)) == "BAD_INPUT"


@pytest.mark.parametrize(
    ("level", "locale", "message"),
    [
        (
            QUARTER,
            "ru",
            "Управляется правилом квартала «Северный». Измените настройки квартала"
            " или отмените правило",
        ),
        (
            GROUP,
            "en",
            "Governed by the rule of the group “Новостройки”. Change the group's settings"
            " or cancel the rule",
        ),
    ],
)
async def test_a_locked_building_says_whose_rule_it_is(
    estate: Estate, gql: GraphQLClient, level: SettingsLevel, locale: str, message: str
) -> None:
    await estate.rule(level, EARLY)
    form = {"input": {**estate.at(BUILDING), "settings": [water(active=False)]}}

    answer = await gql(UPDATE, form, actor=estate.manager, locale=locale)

    assert answer["data"]["updateResourceSettings"] == {
        "resourceSettings": None,
        "errors": [
            {
                "code": "RULE_LOCKED",
                "path": [],
                "message": message,
                "level": level.value,
                "name": "Северный" if level is QUARTER else "Новостройки",
                "version": None,
            }
        ],
    }


async def test_an_old_version_is_a_conflict(estate: Estate, gql: GraphQLClient) -> None:
    form = {"input": {**estate.at(GROUP), "settings": [water()], "expectedVersion": 3}}

    answer = await gql(UPDATE, form, actor=estate.manager)

    [error] = answer["data"]["updateResourceSettings"]["errors"]
    assert (error["code"], error["path"], error["version"]) == (
        "VERSION_CONFLICT",
        ["expectedVersion"],
        0,
    )


# Applying


async def test_a_preview_names_the_buildings_and_what_would_change(
    estate: Estate, gql: GraphQLClient, events: EmittedEvents
) -> None:
    await estate.draft(Place(QUARTER, estate.quarter.id), EARLY)
    await service.set_building_settings(estate.manager, estate.second.id, {WATER: EARLY})
    events.clear()
    form = {"input": {**estate.at(QUARTER), "mode": "RULE", "preview": True}}

    answer = await gql(APPLY, form, actor=estate.manager)

    default = {
        "active": False,
        "startDay": 15,
        "endDay": 25,
        "fractionsAllowed": True,
        "acceptsExpired": False,
    }
    early = {
        "active": True,
        "startDay": 1,
        "endDay": 5,
        "fractionsAllowed": False,
        "acceptsExpired": True,
    }
    assert answer["data"]["applyResourceSettings"] == {
        "application": {
            "preview": True,
            "changed": 2,
            "unchanged": 0,
            "skippedLocked": 0,
            "skippedInaccessible": 0,
            "changedBuildings": [
                {
                    "building": {"address": "ул. Лесная, 1"},
                    "changes": [{"resourceKind": "WATER", "before": default, "after": early}],
                },
                {"building": {"address": "ул. Лесная, 2"}, "changes": []},
            ],
            "skippedBuildings": [],
            "resourceSettings": [{"hasActiveRule": False, "hasUnappliedChanges": False}] * 5,
        },
        "errors": [],
    }
    assert await ResourceRule.all().count() == 0
    assert events == []


async def test_applying_counts_what_is_changed_and_what_is_skipped(
    estate: Estate, gql: GraphQLClient
) -> None:
    third = await a_building(organization=estate.organization, address="ул. Лесная, 3")
    hidden = await a_building(organization=estate.organization, address="ул. Лесная, 4")
    other = await a_group(
        organization=estate.organization, buildings=[estate.first, estate.second, third, hidden]
    )
    await estate.rule(GROUP, EARLY)
    await service.set_building_settings(estate.manager, third.id, {WATER: EARLY})
    await estate.draft(Place(GROUP, other.id), EARLY)
    manager = await manager_of(estate.organization, buildings=[estate.first, estate.second, third])
    form = {"level": "GROUP", "id": encode_id("BuildingGroup", other.id), "mode": "ONCE"}

    answer = await gql(APPLY, {"input": form}, actor=manager)

    application = answer["data"]["applyResourceSettings"]["application"]
    assert answer["data"]["applyResourceSettings"]["errors"] == []
    changed = application.pop("changedBuildings")
    assert [each["building"]["address"] for each in changed] == ["ул. Лесная, 2"]
    assert application == {
        "preview": False,
        "changed": 1,
        "unchanged": 1,
        "skippedLocked": 1,
        "skippedInaccessible": 1,
        "skippedBuildings": [
            {
                "building": {"address": "ул. Лесная, 1"},
                "lockedBy": {**estate.at(GROUP), "name": "Новостройки"},
            }
        ],
        "resourceSettings": [{"hasActiveRule": False, "hasUnappliedChanges": False}] * 5,
    }


async def test_a_rule_that_would_take_another_groups_building_is_refused(
    estate: Estate, gql: GraphQLClient
) -> None:
    await estate.rule(GROUP, EARLY)
    other = await a_group(organization=estate.organization, buildings=[estate.first])
    form = {"level": "GROUP", "id": encode_id("BuildingGroup", other.id), "mode": "RULE"}

    answer = await gql(APPLY, {"input": form}, actor=estate.manager)

    assert answer["data"]["applyResourceSettings"] == {
        "application": None,
        "errors": [
            {
                "code": "RULE_LOCKED",
                "path": [],
                "message": "Объект уже управляется правилом группы «Новостройки»."
                " Отмените его или уберите объект из группы",
                "level": "GROUP",
                "name": "Новостройки",
            }
        ],
    }


async def test_a_rule_is_applied_and_cancelled(estate: Estate, gql: GraphQLClient) -> None:
    await estate.draft(Place(GROUP, estate.group.id), EARLY)
    form = {"input": {**estate.at(GROUP), "mode": "RULE"}}

    applied = await gql(APPLY, form, actor=estate.manager)
    cancelled = await gql(CANCEL, {"input": estate.at(GROUP)}, actor=estate.manager)

    application = applied["data"]["applyResourceSettings"]["application"]
    assert application["changed"] == 1
    assert application["resourceSettings"][0]["hasActiveRule"] is True
    assert cancelled["data"]["cancelResourceRule"] == {
        "resourceSettings": [{"hasActiveRule": False}] * 5,
        "errors": [],
    }


async def test_a_building_has_nothing_to_apply_or_cancel(
    estate: Estate, gql: GraphQLClient
) -> None:
    form = {"input": {**estate.at(BUILDING), "mode": "ONCE"}}

    applied = await gql(APPLY, form, actor=estate.manager)
    cancelled = await gql(CANCEL, {"input": estate.at(BUILDING)}, actor=estate.manager)

    assert code_of(applied) == code_of(cancelled) == "BAD_INPUT"


# Who may change


@pytest.mark.parametrize("who", ["anonymous", "resident", "stranger", "no right", "no access"])
@pytest.mark.parametrize(
    ("mutation", "level", "fields"),
    [
        (UPDATE, BUILDING, {"settings": [water()]}),
        (UPDATE, QUARTER, {"settings": [water()]}),
        (UPDATE, GROUP, {"settings": [water()]}),
        (APPLY, QUARTER, {"mode": "RULE"}),
        (APPLY, GROUP, {"mode": "ONCE"}),
        (CANCEL, QUARTER, {}),
        (CANCEL, GROUP, {}),
    ],
)
async def test_who_may_not_change_settings_changes_nothing(
    estate: Estate,
    gql: GraphQLClient,
    events: EmittedEvents,
    who: str,
    mutation: str,
    level: SettingsLevel,
    fields: dict[str, Any],
) -> None:
    actor, expected = await _outsider(estate, who, mutation, level)
    if mutation is CANCEL:
        await estate.rule(level, EARLY)
    elif mutation is APPLY:
        place = estate.quarter if level is QUARTER else estate.group
        await estate.draft(Place(level, place.id), EARLY)
    before = await _everything()
    events.clear()

    answer = await gql(mutation, {"input": {**estate.at(level), **fields}}, actor=actor)

    if expected is None:
        assert "errors" not in answer
        return
    assert code_of(answer) == expected
    assert await _everything() == before
    assert events == []


async def _outsider(
    estate: Estate, who: str, mutation: str, level: SettingsLevel
) -> tuple[Actor, str | None]:
    if who == "anonymous":
        return ANONYMOUS, "UNAUTHENTICATED"
    if who == "resident":
        premise = await a_premise(building=estate.first)
        user = await a_resident_user(estate.organization, premises=[premise])
        return await actor_of(user), "FORBIDDEN"
    if who == "stranger":
        return await manager_of(await an_organization()), "NOT_FOUND"
    if who == "no right":
        # The right in another organization opens the field, and nothing here.
        other = await an_organization()
        user = await (await an_employee(estate.organization)).user
        employee = await an_employee(other, permissions=[BUILDING_EDIT.code], user=user)
        return await actor_of(employee), "FORBIDDEN"
    nothing = await manager_of(estate.organization, buildings=[])
    if mutation is CANCEL:
        return nothing, "FORBIDDEN"
    # Drafts are the organization's, and applying them skips what is out of reach.
    return nothing, "NOT_FOUND" if level is BUILDING else None


async def _everything() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return (
        await ResourceSettings.all().order_by("id").values(),
        await ResourceRule.all().order_by("id").values(),
    )


@pytest.mark.parametrize(
    ("mutation", "fields"),
    [(UPDATE, {"settings": [water()]}), (APPLY, {"mode": "ONCE"}), (CANCEL, {})],
)
async def test_a_place_that_is_not_there_is_not_found(
    estate: Estate, gql: GraphQLClient, mutation: str, fields: dict[str, Any]
) -> None:
    nowhere: UUID = uuid4()
    form = {"level": "QUARTER", "id": encode_id("Quarter", nowhere), **fields}

    assert code_of(await gql(mutation, {"input": form}, actor=estate.manager)) == "NOT_FOUND"
