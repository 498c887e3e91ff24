"""Settings of a building, a quarter and a group, and what a change of one does to the others."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from kvartal.auth.api import Actor
from kvartal.db.transaction import UnitOfWork, on_commit, unit_of_work
from kvartal.errors import BadInput, Forbidden, NotFound, Refused, VersionConflict
from kvartal.housing.api import BuildingMoved
from kvartal.housing.models import (
    Building,
    BuildingGroup,
    BuildingGroupMember,
    Organization,
    Quarter,
)
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, a_group, a_quarter, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import RuleLocked
from kvartal_meters.events import (
    ResourceRuleCancelled,
    ResourceSettingsApplied,
    ResourceSettingsChanged,
)
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceRule, ResourceSettings
from kvartal_meters.resource_settings.queries.reading import LevelSettings, settings_of
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Entry,
    Outcome,
    Place,
    SettingsLevel,
    SettingsValues,
    WindowDays,
    complete,
)
from kvartal_meters.resource_settings.tasks import HANDLERS

BUILDING, QUARTER, GROUP = SettingsLevel
WATER, GAS = ResourceKind.WATER, ResourceKind.GAS
ON = SettingsValues(active=True)
EARLY = SettingsValues(active=True, window=WindowDays(1, 5), fraction=False, accept_expired=True)
LATE = SettingsValues(active=True, window=WindowDays(25, 5))


@dataclass
class Estate:
    """An organization with a quarter of two buildings and a group that has the first of them."""

    organization: Organization
    quarter_row: Quarter
    group_row: BuildingGroup
    first: Building
    second: Building
    manager: Actor

    @property
    def quarter(self) -> Place:
        return Place(QUARTER, self.quarter_row.id)

    @property
    def group(self) -> Place:
        return Place(GROUP, self.group_row.id)

    async def settings(self, place: Place | Building) -> LevelSettings:
        where = place if isinstance(place, Place) else Place(BUILDING, place.id)
        return (await settings_of(self.manager, where.level, [where.id]))[where.id]

    async def water(self, place: Place | Building) -> SettingsValues:
        return (await self.settings(place)).table[WATER]

    async def lock(self, place: Place | Building) -> Place | None:
        owner = (await self.settings(place)).locked_by
        return owner.place if owner else None

    async def rule(self, place: Place, water: SettingsValues) -> service.Applied:
        """Draft these settings of water and apply them as a rule."""
        await draft(self.manager, place, water)
        return await service.apply(self.manager, place, ApplyMode.RULE)


@pytest.fixture
async def estate(db: None) -> Estate:
    return await an_estate()


async def an_estate() -> Estate:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization, name="Северный")
    first = await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 1")
    second = await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 2")
    group = await a_group(organization=organization, name="Новостройки", buildings=[first])
    manager = await manager_of(organization)
    return Estate(organization, quarter, group, first, second, manager)


@pytest.fixture
async def touched(db: None) -> AsyncIterator[list[str]]:
    """The live topics that committed units of work have touched."""
    seen: list[str] = []

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.touched)

    async with on_commit(note):
        yield seen


async def manager_of(
    organization: Organization, buildings: Iterable[Building] | None = None
) -> Actor:
    """An employee with the right «Объекты», for all buildings or for these."""
    employee = await an_employee(
        organization, permissions=[BUILDING_EDIT.code], buildings=buildings
    )
    return await actor_of(employee)


def entry(values: SettingsValues, kind: ResourceKind = WATER) -> Entry:
    return Entry(
        resource_kind=kind,
        active=values.active,
        start_day=values.window.start if values.window else None,
        end_day=values.window.end if values.window else None,
        fractions_allowed=values.fraction,
        accepts_expired=values.accept_expired,
    )


async def draft(actor: Actor, place: Place, water: SettingsValues) -> LevelSettings:
    return await service.update(actor, place, [entry(water)])


async def moved(
    building: Building,
    *,
    quarter: Quarter | None = None,
    groups: Iterable[BuildingGroup] = (),
    is_new: bool = False,
) -> None:
    """Move a building as the estate does, and tell the handler twice what has happened."""
    members = BuildingGroupMember.filter(building_id=building.id)
    before = set() if is_new else {row["group_id"] for row in await members.values("group_id")}
    after = {group.id for group in groups}
    event = BuildingMoved(
        organization_id=building.organization_id,
        building_id=building.id,
        quarter_before=None if is_new else building.quarter_id,
        quarter_after=quarter.id if quarter else None,
        groups_before=tuple(before),
        groups_after=tuple(after),
    )
    await members.delete()
    await BuildingGroupMember.bulk_create(
        BuildingGroupMember(
            organization_id=building.organization_id, group_id=group, building=building
        )
        for group in after
    )
    building.quarter_id = quarter.id if quarter else None
    await building.save()
    payload = TypeAdapter(BuildingMoved).dump_json(event)
    [handler] = HANDLERS
    await handler(payload)
    versions = await ResourceSettings.filter(building_id=building.id).values_list("version")
    await handler(payload)
    again = await ResourceSettings.filter(building_id=building.id).values_list("version")
    assert again == versions


# A building


async def test_without_rows_the_defaults_hold(estate: Estate) -> None:
    found = await estate.settings(estate.first)

    assert found.table == complete({})
    assert (found.version, found.locked_by, found.rule) == (0, None, None)


async def test_a_buildings_settings_act_at_once(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    changed = await service.set_building_settings(
        estate.manager, estate.first.id, {WATER: EARLY, GAS: ON}
    )

    assert changed.table == complete({WATER: EARLY, GAS: ON})
    assert changed == await estate.settings(estate.first)
    assert await estate.water(estate.second) == SettingsValues()
    assert events == [
        ResourceSettingsChanged(estate.organization.id, estate.first.id, estate.manager.user_id)
    ]
    assert touched == [f"building:{estate.first.id}"]


async def test_resources_left_out_stay_as_they_are(estate: Estate) -> None:
    await service.set_building_settings(estate.manager, estate.first.id, {WATER: EARLY})

    changed = await service.update(
        estate.manager, Place(BUILDING, estate.first.id), [entry(LATE, GAS)]
    )

    assert changed.table == complete({WATER: EARLY, GAS: LATE})
    assert changed.version == 2


async def test_the_same_settings_change_nothing(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    place = Place(BUILDING, estate.first.id)
    defaults = await service.update(estate.manager, place, [entry(SettingsValues())])

    assert defaults.version == 0
    assert (events, touched) == ([], [])
    assert await ResourceSettings.all().count() == 0


async def test_an_edit_of_an_older_version_is_refused(estate: Estate) -> None:
    place = Place(BUILDING, estate.first.id)
    await service.update(estate.manager, place, [entry(ON)], expected_version=0)

    with pytest.raises(VersionConflict) as refusal:
        await service.update(estate.manager, place, [entry(LATE)], expected_version=0)

    assert refusal.value.version == 1
    assert refusal.value.path == ("expected_version",)
    assert await estate.water(estate.first) == ON


async def test_wrong_days_are_refused_before_anything_is_looked_up(estate: Estate) -> None:
    wrong = Entry(
        resource_kind=WATER,
        active=True,
        start_day=15,
        end_day=None,
        fractions_allowed=True,
        accepts_expired=False,
    )

    with pytest.raises(Refused):
        await service.update(estate.manager, Place(BUILDING, estate.first.id), [wrong])

    assert await ResourceSettings.all().count() == 0


async def test_a_single_row_of_a_building_is_joined_by_the_others(estate: Estate) -> None:
    await ResourceSettings.create(
        organization=estate.organization,
        level=BUILDING,
        building=estate.first,
        resource_kind=WATER,
        version=7,
    )

    changed = await service.set_building_settings(estate.manager, estate.first.id, {GAS: ON})

    assert changed.version == 8
    assert changed == await estate.settings(estate.first)
    assert changed.table[WATER].window is None


# A draft, applied once


async def test_a_draft_touches_no_building(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    for place in (estate.quarter, estate.group):
        await draft(estate.manager, place, EARLY)

        assert await estate.water(place) == EARLY
    assert await estate.water(estate.first) == SettingsValues()
    assert (events, touched) == ([], [])


async def test_applying_once_replaces_all_settings_and_locks_nothing(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    await service.set_building_settings(estate.manager, estate.first.id, {GAS: ON})
    await draft(estate.manager, estate.quarter, EARLY)
    events.clear()
    touched.clear()

    applied = await service.apply(estate.manager, estate.quarter, ApplyMode.ONCE)

    assert applied.judgement.counts == {Outcome.CHANGED: 2}
    assert applied.settings == await estate.settings(estate.quarter)
    for building in (estate.first, estate.second):
        found = await estate.settings(building)
        assert found.table == complete({WATER: EARLY})
        assert found.locked_by is None
    assert await ResourceRule.all().count() == 0
    assert events == [
        ResourceSettingsApplied(
            organization_id=estate.organization.id,
            level=QUARTER,
            place_id=estate.quarter.id,
            mode=ApplyMode.ONCE,
            rule_id=None,
            changed=2,
            unchanged=0,
            skipped_locked=0,
            skipped_inaccessible=0,
            user_id=estate.manager.user_id,
        )
    ]
    assert touched == [f"organization:{estate.organization.id}"]


async def test_applying_what_is_there_already_changes_nothing(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    await draft(estate.manager, estate.group, EARLY)
    await service.apply(estate.manager, estate.group, ApplyMode.ONCE)
    touched.clear()

    applied = await service.apply(estate.manager, estate.group, ApplyMode.ONCE)

    assert applied.judgement.counts == {Outcome.UNCHANGED: 1}
    assert (await estate.settings(estate.first)).version == 1
    assert touched == []
    assert len(events.of(ResourceSettingsApplied)) == 2


async def test_a_preview_tells_the_same_and_writes_nothing(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    await draft(estate.manager, estate.quarter, EARLY)
    before = await estate.settings(estate.quarter)

    for mode in ApplyMode:
        preview = await service.apply(estate.manager, estate.quarter, mode, preview=True)

        assert preview.judgement.counts == {Outcome.CHANGED: 2}
        assert [row["building_id"] for row in preview.judgement.changed] == [
            estate.first.id,
            estate.second.id,
        ]
        assert preview.settings == before
    assert await estate.settings(estate.quarter) == before
    assert await estate.water(estate.first) == SettingsValues()
    assert await ResourceRule.all().count() == 0
    assert (events, touched) == ([], [])


async def test_inaccessible_buildings_are_counted_and_left_alone(estate: Estate) -> None:
    manager = await manager_of(estate.organization, [estate.second])
    await draft(manager, estate.quarter, EARLY)

    applied = await service.apply(manager, estate.quarter, ApplyMode.RULE)

    assert applied.judgement.counts == {Outcome.CHANGED: 1, Outcome.INACCESSIBLE: 1}
    assert [row["building_id"] for row in applied.judgement.changed] == [estate.second.id]
    assert await estate.water(estate.first) == SettingsValues()
    assert await estate.lock(estate.first) is None
    assert await estate.lock(estate.second) == estate.quarter


async def test_a_group_applied_once_overrides_a_quarters_rule_but_not_its_lock(
    estate: Estate,
) -> None:
    await estate.rule(estate.quarter, EARLY)
    await draft(estate.manager, estate.group, LATE)

    applied = await service.apply(estate.manager, estate.group, ApplyMode.ONCE)

    assert applied.judgement.counts == {Outcome.CHANGED: 1}
    assert await estate.water(estate.first) == LATE
    assert await estate.lock(estate.first) == estate.quarter


async def test_a_draft_applied_once_reaches_the_buildings_of_its_own_rule(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    await draft(estate.manager, estate.quarter, LATE)

    applied = await service.apply(estate.manager, estate.quarter, ApplyMode.ONCE)

    assert applied.judgement.counts == {Outcome.CHANGED: 2}
    assert await estate.lock(estate.first) == estate.quarter
    assert applied.settings.rule is not None
    assert applied.settings.rule.snapshot[WATER] == EARLY


async def test_once_skips_and_names_buildings_under_another_groups_rule(estate: Estate) -> None:
    other = await a_group(organization=estate.organization, buildings=[estate.first, estate.second])
    await estate.rule(estate.group, EARLY)
    await draft(estate.manager, Place(GROUP, other.id), LATE)

    applied = await service.apply(estate.manager, Place(GROUP, other.id), ApplyMode.ONCE)

    assert applied.judgement.counts == {Outcome.LOCKED: 1, Outcome.CHANGED: 1}
    [skipped] = applied.judgement.locked
    assert (skipped["building_id"], skipped["lock_name"]) == (estate.first.id, "Новостройки")
    assert await estate.water(estate.first) == EARLY
    assert await estate.water(estate.second) == LATE


# A rule


async def test_a_rule_locks_its_buildings(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    applied = await estate.rule(estate.quarter, EARLY)

    assert applied.judgement.counts == {Outcome.CHANGED: 2}
    found = await estate.settings(estate.first)
    assert found.table == complete({WATER: EARLY})
    assert found.locked_by is not None
    assert (found.locked_by.place, found.locked_by.name) == (estate.quarter, "Северный")
    assert applied.settings == await estate.settings(estate.quarter)
    [event] = events.of(ResourceSettingsApplied)
    rule = await ResourceRule.get()
    assert (event.rule_id, event.mode) == (rule.id, ApplyMode.RULE)
    assert touched == [f"organization:{estate.organization.id}"]

    with pytest.raises(RuleLocked) as refusal:
        await service.set_building_settings(estate.manager, estate.first.id, {WATER: ON})

    assert refusal.value.facts() == {"level": QUARTER, "name": "Северный"}
    assert await estate.water(estate.first) == EARLY


async def test_an_edited_draft_waits_until_the_rule_is_applied_again(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)

    await draft(estate.manager, estate.quarter, LATE)

    assert await estate.water(estate.first) == EARLY
    found = await estate.settings(estate.quarter)
    assert found.rule is not None
    assert (found.table[WATER], found.rule.snapshot[WATER]) == (LATE, EARLY)

    await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)

    assert await estate.water(estate.first) == LATE
    found = await estate.settings(estate.quarter)
    assert found.rule is not None
    assert found.rule.snapshot == found.table
    rule = await ResourceRule.get()
    assert rule.version == 2


async def test_a_groups_rule_overrides_its_quarters(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)

    applied = await estate.rule(estate.group, LATE)

    assert applied.judgement.counts == {Outcome.CHANGED: 1}
    assert await estate.water(estate.first) == LATE
    assert await estate.lock(estate.first) == estate.group
    assert await estate.lock(estate.second) == estate.quarter


async def test_a_groups_rule_locks_the_quarters_of_its_buildings(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    await estate.rule(estate.group, LATE)
    other = await a_quarter(organization=estate.organization)

    for refused in (
        draft(estate.manager, estate.quarter, ON),
        service.apply(estate.manager, estate.quarter, ApplyMode.ONCE),
        service.apply(estate.manager, estate.quarter, ApplyMode.RULE),
        service.apply(estate.manager, estate.quarter, ApplyMode.RULE, preview=True),
    ):
        with pytest.raises(RuleLocked) as refusal:
            await refused
        assert refusal.value.facts() == {"level": GROUP, "name": "Новостройки"}
        assert refusal.value.message_code == "RULE_LOCKED.GROUP"
    assert await estate.lock(estate.quarter) == estate.group
    assert await estate.lock(Place(QUARTER, other.id)) is None
    assert await estate.lock(estate.group) is None

    await service.cancel_rule(estate.manager, estate.quarter)

    assert await estate.lock(estate.second) is None
    assert await estate.lock(estate.first) == estate.group


@pytest.mark.parametrize("preview", [True, False])
async def test_a_second_group_cannot_take_a_building_that_is_under_a_rule(
    estate: Estate, events: EmittedEvents, preview: bool
) -> None:
    await estate.rule(estate.group, EARLY)
    other = Place(
        GROUP,
        (
            await a_group(organization=estate.organization, buildings=[estate.first, estate.second])
        ).id,
    )
    await draft(estate.manager, other, LATE)
    events.clear()

    with pytest.raises(RuleLocked) as refusal:
        await service.apply(estate.manager, other, ApplyMode.RULE, preview=preview)

    assert refusal.value.facts() == {"level": GROUP, "name": "Новостройки"}
    assert refusal.value.message_code == "RULE_LOCKED"
    assert await estate.water(estate.first) == EARLY
    assert await estate.water(estate.second) == SettingsValues()
    assert (await estate.settings(other)).rule is None
    assert events == []


# Cancelling


async def test_a_cancelled_rule_leaves_settings_and_frees_buildings(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    applied = await estate.rule(estate.quarter, EARLY)
    touched.clear()

    cancelled = await service.cancel_rule(estate.manager, estate.quarter)

    assert cancelled == await estate.settings(estate.quarter)
    assert cancelled.rule is None
    assert await estate.water(estate.first) == EARLY
    assert await estate.lock(estate.first) is None
    await service.set_building_settings(estate.manager, estate.first.id, {WATER: ON})
    assert applied.settings.rule is not None
    assert events.of(ResourceRuleCancelled) == [
        ResourceRuleCancelled(
            estate.organization.id,
            QUARTER,
            estate.quarter.id,
            applied.settings.rule.id,
            estate.manager.user_id,
        )
    ]
    assert touched[0] == f"organization:{estate.organization.id}"


async def test_cancelling_without_a_rule_changes_nothing(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    await estate.rule(estate.quarter, EARLY)
    await service.cancel_rule(estate.manager, estate.quarter)
    events.clear()
    touched.clear()

    again = await service.cancel_rule(estate.manager, estate.quarter)

    assert again == await estate.settings(estate.quarter)
    assert (events, touched) == ([], [])


async def test_a_rule_of_no_building_is_cancelled_in_silence(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    empty = Place(QUARTER, (await a_quarter(organization=estate.organization)).id)
    await service.apply(estate.manager, empty, ApplyMode.RULE)

    await service.cancel_rule(estate.manager, empty)

    assert len(events.of(ResourceRuleCancelled)) == 1
    assert touched == []


async def test_a_cancelled_groups_lock_passes_to_the_quarter_which_rewrites_when_applied(
    estate: Estate,
) -> None:
    await estate.rule(estate.quarter, EARLY)
    await estate.rule(estate.group, LATE)

    await service.cancel_rule(estate.manager, estate.group)

    assert await estate.water(estate.first) == LATE
    assert await estate.lock(estate.first) == estate.quarter
    applied = await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)
    assert applied.judgement.counts == {Outcome.CHANGED: 1, Outcome.UNCHANGED: 1}
    assert await estate.water(estate.first) == EARLY


async def test_who_may_not_change_all_its_buildings_cannot_cancel_a_rule(
    estate: Estate, events: EmittedEvents
) -> None:
    manager = await manager_of(estate.organization, [estate.second])
    await estate.rule(estate.quarter, EARLY)
    events.clear()

    with pytest.raises(Forbidden) as refusal:
        await service.cancel_rule(manager, estate.quarter)

    assert refusal.value.message_code == "FORBIDDEN_BUILDINGS_OF_RULE"
    assert await estate.lock(estate.second) == estate.quarter
    assert events == []


# Buildings that come and go


async def test_a_new_building_has_the_defaults_where_no_rule_is(
    estate: Estate, events: EmittedEvents
) -> None:
    await draft(estate.manager, estate.quarter, EARLY)
    building = await a_building(organization=estate.organization)

    await moved(building, quarter=estate.quarter_row, groups=[estate.group_row], is_new=True)

    assert (await estate.settings(building)).version == 0
    assert events == []


async def test_a_new_building_gets_what_was_applied_not_the_draft(
    estate: Estate, events: EmittedEvents, touched: list[str]
) -> None:
    await estate.rule(estate.quarter, EARLY)
    await draft(estate.manager, estate.quarter, LATE)
    events.clear()
    touched.clear()
    building = await a_building(organization=estate.organization)

    await moved(building, quarter=estate.quarter_row, is_new=True)

    assert (await estate.settings(building)).table == complete({WATER: EARLY})
    assert await estate.lock(building) == estate.quarter
    assert events == [ResourceSettingsChanged(estate.organization.id, building.id, None)]
    assert touched == [f"building:{building.id}"]


async def test_a_building_that_moves_in_gives_up_its_own_settings(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    building = await a_building(organization=estate.organization)
    await service.set_building_settings(estate.manager, building.id, {WATER: LATE, GAS: ON})

    await moved(building, quarter=estate.quarter_row)

    found = await estate.settings(building)
    assert found.table == complete({WATER: EARLY})
    assert found.version == 2


async def test_a_group_comes_before_the_quarter(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    await estate.rule(estate.group, LATE)
    building = await a_building(organization=estate.organization)

    await moved(building, quarter=estate.quarter_row, groups=[estate.group_row], is_new=True)

    assert await estate.water(building) == LATE
    assert await estate.lock(building) == estate.group


async def test_a_building_that_leaves_keeps_its_settings_and_is_free(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    elsewhere = await a_quarter(organization=estate.organization)

    await moved(estate.second, quarter=elsewhere)

    assert await estate.water(estate.second) == EARLY
    assert await estate.lock(estate.second) is None


async def test_a_building_that_leaves_a_group_is_its_quarters_again(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    await estate.rule(estate.group, LATE)

    await moved(estate.first, quarter=estate.quarter_row)

    assert await estate.water(estate.first) == LATE
    assert await estate.lock(estate.first) == estate.quarter


async def test_a_building_that_joins_a_second_group_stays_under_the_first(
    estate: Estate,
) -> None:
    await estate.rule(estate.group, EARLY)
    other = await a_group(organization=estate.organization, buildings=[estate.second])
    await estate.rule(Place(GROUP, other.id), LATE)

    await moved(estate.first, quarter=estate.quarter_row, groups=[estate.group_row, other])

    assert await estate.water(estate.first) == EARLY
    assert await estate.lock(estate.first) == estate.group
    with pytest.raises(RuleLocked):
        await service.apply(estate.manager, Place(GROUP, other.id), ApplyMode.RULE)


async def test_a_move_is_judged_by_where_the_building_is_now(estate: Estate) -> None:
    await estate.rule(estate.quarter, EARLY)
    elsewhere = await a_building(organization=estate.organization)
    late = BuildingMoved(
        organization_id=estate.organization.id,
        building_id=elsewhere.id,
        quarter_before=None,
        quarter_after=estate.quarter.id,
    )
    [handler] = HANDLERS

    await handler.run(late)

    assert (await estate.settings(elsewhere)).version == 0


async def test_a_building_that_is_gone_inherits_nothing(
    estate: Estate, events: EmittedEvents
) -> None:
    await service.inherit(estate.organization.id, UUID(int=1), entered={estate.quarter.id})

    assert events == []


# Who may


async def test_a_building_has_nothing_to_apply(estate: Estate) -> None:
    place = Place(BUILDING, estate.first.id)
    for attempt in (
        service.apply(estate.manager, place, ApplyMode.ONCE),
        service.cancel_rule(estate.manager, place),
    ):
        with pytest.raises(BadInput) as refusal:
            await attempt
        assert refusal.value.message_code == "SETTINGS_NOT_APPLICABLE"


@pytest.mark.parametrize("level", SettingsLevel)
async def test_a_stranger_finds_nothing_and_one_without_the_right_may_nothing(
    estate: Estate, level: SettingsLevel
) -> None:
    place = {
        BUILDING: Place(BUILDING, estate.first.id),
        QUARTER: estate.quarter,
        GROUP: estate.group,
    }[level]
    elsewhere = await manager_of(await an_organization())
    without_right = await actor_of(await an_employee(estate.organization))

    with pytest.raises(NotFound):
        await draft(elsewhere, place, ON)
    with pytest.raises(Forbidden):
        await draft(without_right, place, ON)

    assert await ResourceSettings.all().count() == 0


async def test_a_building_out_of_reach_does_not_exist(estate: Estate) -> None:
    manager = await manager_of(estate.organization, [estate.second])

    with pytest.raises(NotFound):
        await service.set_building_settings(manager, estate.first.id, {WATER: ON})


# Many buildings


async def test_the_number_of_statements_does_not_grow_with_the_buildings(
    estate: Estate, queries: QueryCounter
) -> None:
    await draft(estate.manager, estate.quarter, EARLY)
    with queries.counted() as few:
        await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)
    for _ in range(20):
        await a_building(organization=estate.organization, quarter=estate.quarter_row)
    await draft(estate.manager, estate.quarter, LATE)

    with queries.exactly(len(few)):
        applied = await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)

    assert applied.judgement.counts == {Outcome.CHANGED: 22}
    assert len(applied.judgement.changed) == 20


@pytest.mark.committed
async def test_an_edit_waits_for_the_rule_that_is_just_being_applied(
    committed: Callable[[], AbstractAsyncContextManager[object]],
) -> None:
    async with committed():
        estate = await an_estate()
        await draft(estate.manager, estate.quarter, EARLY)
        written = asyncio.Event()

        async def edit() -> None:
            await written.wait()
            await service.set_building_settings(estate.manager, estate.first.id, {WATER: ON})

        # Begun before the unit of work: a task that is begun inside would share its connection.
        editing = asyncio.create_task(edit())
        async with unit_of_work():
            await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)
            written.set()
            await asyncio.sleep(0.3)

        with pytest.raises(RuleLocked):
            await editing
        assert await estate.water(estate.first) == EARLY
        assert await estate.lock(estate.first) == estate.quarter
