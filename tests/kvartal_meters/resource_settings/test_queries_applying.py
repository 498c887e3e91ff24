"""Applying and cancelling by SQL, held to the rules over all that a building can be."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.models import uuid7
from kvartal.housing.models import Building, BuildingGroupMember, Organization
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_quarter,
    a_service,
    an_organization,
)
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.models import ResourceRule, ResourceSettings
from kvartal_meters.resource_settings.queries import applying, writing
from kvartal_meters.resource_settings.rules import (
    Application,
    Lock,
    Outcome,
    Place,
    SettingsLevel,
    SettingsValues,
    Standing,
    Table,
    WindowDays,
    applied,
    complete,
    lock_after_cancelling,
    outcome_of,
    records_of,
    table_of,
)

BUILDING, QUARTER, GROUP = SettingsLevel
DEFAULTS = complete({})
SERVICE, OTHER_SERVICE = UUID(int=1), UUID(int=2)
DRAFT = complete(
    {
        ResourceKind.WATER: SettingsValues(active=True, window=None, service_id=SERVICE),
        ResourceKind.GAS: SettingsValues(active=True, window=WindowDays(25, 5), fraction=False),
    }
)
# Each differs from the draft in one parameter of one resource.
NEARLY = [
    complete({**DRAFT, ResourceKind.WATER: values})
    for values in (
        SettingsValues(active=False, window=None, service_id=SERVICE),
        SettingsValues(active=True, window=WindowDays(1, 5), service_id=SERVICE),
        SettingsValues(active=True, window=None, fraction=False, service_id=SERVICE),
        SettingsValues(active=True, window=None, accept_expired=True, service_id=SERVICE),
        SettingsValues(active=True, window=None, service_id=OTHER_SERVICE),
        SettingsValues(active=True, window=None),
    )
] + [complete({**DRAFT, ResourceKind.GAS: SettingsValues(active=True, fraction=False)})]


@dataclass
class Town:
    """A quarter and a group of the same buildings, each building another case."""

    organization: Organization
    quarter_id: UUID
    group_id: UUID
    actor: Actor
    locks: dict[str, Lock | None]
    before: dict[UUID, Standing] = field(default_factory=dict)
    accessible: set[UUID] = field(default_factory=set)

    def place(self, level: SettingsLevel) -> Place:
        return Place(level, self.quarter_id if level is QUARTER else self.group_id)


async def _rule(organization: Organization, level: SettingsLevel, place_id: UUID) -> Lock:
    rule = await ResourceRule.create(
        organization=organization,
        level=level,
        snapshot=records_of(DRAFT),
        quarter_id=place_id if level is QUARTER else None,
        group_id=place_id if level is GROUP else None,
    )
    return Lock(rule.id, level)


async def _store(building: Building, table: Table, lock: Lock | None) -> None:
    await ResourceSettings.bulk_create(
        ResourceSettings(
            organization_id=building.organization_id,
            level=BUILDING,
            building=building,
            locked_by_id=lock.rule_id if lock else None,
            **record,
        )
        for record in records_of(table)
    )


async def _stored(building_id: UUID) -> Standing:
    rows = await ResourceSettings.filter(building_id=building_id).values()
    locks = {row["locked_by_id"] for row in rows} or {None}
    [lock_id] = locks
    rule = await ResourceRule.get_or_none(id=lock_id) if lock_id else None
    return Standing(table_of(rows), Lock(rule.id, rule.level) if rule else None)


async def _versions() -> dict[UUID, int]:
    """The versions of all buildings that have any settings: the highest of their resources."""
    rows = await ResourceSettings.filter(level=BUILDING).order_by("version").values()
    return {row["building_id"]: row["version"] for row in rows}


@pytest.fixture
async def town(db: None) -> Town:
    organization = await an_organization()
    for service_id in (SERVICE, OTHER_SERVICE):
        await a_service(organization=organization, id=service_id)
    quarter = await a_quarter(organization=organization)
    buildings = []
    locks: dict[str, Lock | None] = {
        "none": None,
        "quarter": await _rule(organization, QUARTER, quarter.id),
        "other quarter": await _rule(
            organization, QUARTER, (await a_quarter(organization=organization)).id
        ),
        "other group": await _rule(
            organization, GROUP, (await a_group(organization=organization)).id
        ),
    }
    group = await a_group(organization=organization)
    locks["group"] = await _rule(organization, GROUP, group.id)
    before: dict[UUID, Standing] = {}
    accessible = []
    for open_to_actor, lock, table in product(
        (True, False), locks.values(), (DRAFT, DEFAULTS, *NEARLY, None)
    ):
        building = await a_building(organization=organization, quarter=quarter)
        buildings.append(building)
        if table is not None or lock is not None:
            await _store(building, table or DEFAULTS, lock)
        before[building.id] = Standing(table or DEFAULTS, lock)
        if open_to_actor:
            accessible.append(building)
    await _join(organization, group.id, buildings)
    employee = await an_employee(
        organization, permissions=[BUILDING_EDIT.code], buildings=accessible
    )
    return Town(
        organization,
        quarter.id,
        group.id,
        await actor_of(employee),
        locks,
        before,
        {building.id for building in accessible},
    )


async def _join(organization: Organization, group_id: UUID, buildings: list[Building]) -> None:
    await BuildingGroupMember.bulk_create(
        BuildingGroupMember(organization=organization, group_id=group_id, building=building)
        for building in buildings
    )


@pytest.mark.parametrize("table", [DRAFT, DEFAULTS], ids=["draft", "defaults"])
@pytest.mark.parametrize("locks", [True, False], ids=["rule", "once"])
@pytest.mark.parametrize("has_rule", [True, False], ids=["its rule in force", "no rule"])
@pytest.mark.parametrize("level", [QUARTER, GROUP])
async def test_sql_applies_what_the_rules_say(
    town: Town, level: SettingsLevel, has_rule: bool, locks: bool, table: Table
) -> None:
    place = town.place(level)
    own = town.locks[level.lower()]
    assert own is not None
    rule_id = own.rule_id if has_rule else None
    if locks and rule_id is None:
        # A place has one active rule: the one of the other buildings was cancelled meanwhile.
        await ResourceRule.filter(id=own.rule_id).update(cancelled_at=clock.now())
        rule_id = uuid7()
        await writing.keep_rule(place, town.organization.id, rule_id, table, now=clock.now())
    application = Application(level=level, table=table, rule_id=rule_id, locks=locks)
    outcomes = {
        building: outcome_of(standing, application, accessible=building in town.accessible)
        for building, standing in town.before.items()
    }

    versions = await _versions()
    judgement = await applying.judge(town.actor, place, application)
    buildings = await applying.changing(town.actor, place, application)
    await applying.write(town.organization.id, application, buildings, now=clock.now())

    assert len(buildings) == judgement.counts.get(Outcome.CHANGED, 0)
    assert judgement.counts == Counter(outcomes.values())
    for outcome, shown in (
        (Outcome.CHANGED, judgement.changed),
        (Outcome.LOCKED, judgement.locked),
    ):
        expected = [building for building, found in outcomes.items() if found is outcome]
        assert [row["building_id"] for row in shown] == expected[: applying.SHOWN]
    for building, standing in town.before.items():
        changed = outcomes[building] is Outcome.CHANGED
        assert await _stored(building) == (
            applied(standing, application) if changed else standing
        ), outcomes[building]
        versions[building] = versions.get(building, 0) + changed
    assert await _versions() == {key: version for key, version in versions.items() if version}


async def test_what_a_building_has_already_is_not_written_again(db: None) -> None:
    organization = await an_organization()
    manager = await actor_of(await an_employee(organization, permissions={BUILDING_EDIT.code}))
    quarter = await a_quarter(organization=organization)
    building = await a_building(organization=organization, quarter=quarter)
    place = Place(QUARTER, quarter.id)
    gas = {ResourceKind.GAS: SettingsValues(active=True)}
    water = {ResourceKind.WATER: SettingsValues(active=True)}

    for table in (complete(gas), complete({**gas, **water}), complete(water)):
        application = Application(level=QUARTER, table=table, rule_id=None, locks=False)
        buildings = await applying.changing(manager, place, application)
        await applying.write(organization.id, application, buildings, now=clock.now())

    rows = await ResourceSettings.filter(building_id=building.id).values("resource_kind", "version")
    changed = {row["resource_kind"]: row["version"] for row in rows if row["version"] > 1}
    assert len(rows) == len(ResourceKind)
    assert changed == {ResourceKind.WATER: 2, ResourceKind.GAS: 3}


@pytest.mark.parametrize("level", [QUARTER, GROUP])
@pytest.mark.parametrize("has_heir", [True, False], ids=["quarter's rule in force", "none"])
async def test_sql_hands_locks_on_as_the_rules_say(
    town: Town, level: SettingsLevel, has_heir: bool
) -> None:
    cancelled, quarter_rule = town.locks[level.lower()], town.locks["quarter"]
    assert cancelled is not None
    assert quarter_rule is not None
    if not has_heir and level is GROUP:
        await ResourceRule.filter(id=quarter_rule.rule_id).update(cancelled_at=clock.now())
    heir = quarter_rule.rule_id if has_heir and level is GROUP else None

    assert await writing.cancel_rule(cancelled.rule_id, level, now=clock.now())

    for building, standing in town.before.items():
        lock = lock_after_cancelling(standing.lock, cancelled.rule_id, heir)
        assert await _stored(building) == Standing(standing.table, lock)
    assert not await writing.cancel_rule(cancelled.rule_id, level, now=clock.now())
