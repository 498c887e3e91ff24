"""The link of a verification service: at every level, in all buildings at once, taken away."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.connection import execute
from kvartal.errors import BadInput, Forbidden, NotFound, Refused
from kvartal.housing.models import Building, Organization, Quarter
from kvartal.permissions import BUILDING_EDIT
from kvartal.services.api import ServiceKind
from kvartal.services.models import Service
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_quarter,
    a_service,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import RuleLocked
from kvartal_meters.events import ResourceSettingsChanged, VerificationServiceLinked
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceRule, ResourceSettings
from kvartal_meters.resource_settings.queries import linking
from kvartal_meters.resource_settings.queries.reading import LevelSettings, settings_of
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Entry,
    Link,
    LinkOutcome,
    LinkScope,
    Outcome,
    Place,
    SettingsLevel,
    SettingsValues,
    link_outcome,
)
from kvartal_meters.testing import resource_settings

BUILDING, QUARTER, GROUP = SettingsLevel
WATER, GAS = ResourceKind.WATER, ResourceKind.GAS
LINKED, REPLACED, UNCHANGED, LOCKED = LinkOutcome


@dataclass
class Estate:
    """A quarter of two buildings, two services of verification, and who may link them."""

    organization: Organization
    quarter_row: Quarter
    first: Building
    second: Building
    check: Service
    other: Service
    manager: Actor

    @property
    def quarter(self) -> Place:
        return Place(QUARTER, self.quarter_row.id)

    async def settings(self, place: Place | Building) -> LevelSettings:
        where = place if isinstance(place, Place) else Place(BUILDING, place.id)
        return (await settings_of(self.manager, where.level, [where.id]))[where.id]

    async def linked(self, place: Place | Building, kind: ResourceKind = WATER) -> UUID | None:
        return (await self.settings(place)).table[kind].service_id

    def everywhere(self, which: Service | None = None) -> service.LinkRequest:
        return service.LinkRequest(
            resource_kind=WATER,
            service_id=(which or self.check).id,
            scope=LinkScope.ALL_ACCESSIBLE,
        )

    def here(self, building: Building, which: Service | None = None) -> service.LinkRequest:
        return replace(
            self.everywhere(which), scope=LinkScope.THIS_BUILDING, building_id=building.id
        )


@pytest.fixture
async def estate(db: None) -> Estate:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization, name="Северный")
    return Estate(
        organization,
        quarter,
        await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 1"),
        await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 2"),
        await a_verification(organization),
        await a_verification(organization),
        await manager_of(organization),
    )


async def a_verification(organization: Organization, **fields: Any) -> Service:
    return await a_service(organization=organization, kind=ServiceKind.VERIFICATION, **fields)


async def manager_of(
    organization: Organization, buildings: Iterable[Building] | None = None
) -> Actor:
    employee = await an_employee(
        organization, permissions=[BUILDING_EDIT.code], buildings=buildings
    )
    return await actor_of(employee)


def entry(service_id: UUID | None, kind: ResourceKind = WATER, *, named: bool = True) -> Entry:
    return Entry(
        resource_kind=kind,
        active=True,
        start_day=15,
        end_day=25,
        fractions_allowed=True,
        accepts_expired=False,
        service_id=service_id,
        names_service=named,
    )


# Settings


@pytest.mark.parametrize("level", list(SettingsLevel))
async def test_settings_keep_the_link_at_every_level(estate: Estate, level: SettingsLevel) -> None:
    group = await a_group(organization=estate.organization)
    place = {
        BUILDING: Place(BUILDING, estate.first.id),
        QUARTER: estate.quarter,
        GROUP: Place(GROUP, group.id),
    }[level]

    await service.update(estate.manager, place, [entry(estate.check.id), entry(None, GAS)])
    assert await estate.linked(place) == estate.check.id
    assert await estate.linked(place, GAS) is None

    await service.update(estate.manager, place, [entry(None, named=False)])
    assert await estate.linked(place) == estate.check.id

    await service.update(estate.manager, place, [entry(None)])
    assert await estate.linked(place) is None


async def test_a_service_that_cannot_be_offered_is_refused_where_it_is_named(
    estate: Estate,
) -> None:
    repair = await a_service(organization=estate.organization, kind=ServiceKind.REPAIR)
    off = await a_verification(estate.organization, is_active=False)
    archived = await a_verification(estate.organization, archived_at=clock.now())

    with pytest.raises(Refused) as refusal:
        await service.update(
            estate.manager,
            estate.quarter,
            [
                entry(repair.id),
                entry(estate.check.id, GAS),
                entry(off.id, ResourceKind.HEATING),
                entry(archived.id, ResourceKind.WASTEWATER),
            ],
        )

    assert [(error.code, error.path) for error in refusal.value.errors] == [
        ("SERVICE_NOT_VERIFICATION", ("settings", 0, "service_id")),
        ("SERVICE_UNAVAILABLE", ("settings", 3, "service_id")),
        ("SERVICE_UNAVAILABLE", ("settings", 2, "service_id")),
    ]
    assert not await ResourceSettings.exists()


async def test_another_organizations_service_does_not_exist(estate: Estate) -> None:
    foreign = await a_verification(await an_organization())
    both = await an_employee(estate.organization, permissions=[BUILDING_EDIT.code])
    await an_employee(
        await foreign.organization, permissions=[BUILDING_EDIT.code], user=await both.user
    )
    for actor in (estate.manager, await actor_of(both)):
        for service_id in (foreign.id, uuid4()):
            with pytest.raises(NotFound):
                await service.update(actor, estate.quarter, [entry(service_id)])
        with pytest.raises(NotFound):
            await service.link(actor, estate.here(estate.first, foreign))
    assert not await ResourceSettings.exists()


async def test_a_link_that_was_made_stays_when_its_service_is_archived(estate: Estate) -> None:
    place = Place(BUILDING, estate.first.id)
    await service.update(estate.manager, place, [entry(estate.check.id)])
    await Service.filter(id=estate.check.id).update(archived_at=clock.now())

    changed = replace(entry(estate.check.id), fractions_allowed=False)
    await service.update(estate.manager, place, [changed])

    assert (await estate.settings(place)).table[WATER] == SettingsValues(
        active=True, fraction=False, service_id=estate.check.id
    )


@pytest.mark.parametrize("mode", list(ApplyMode))
async def test_applying_replaces_the_link_with_all_else(estate: Estate, mode: ApplyMode) -> None:
    await service.update(
        estate.manager,
        estate.quarter,
        [entry(estate.check.id), replace(entry(None, GAS), active=False)],
    )
    for kind in (WATER, GAS):
        await resource_settings(estate.first, kind)
    await ResourceSettings.filter(building_id=estate.first.id).update(service_id=estate.other.id)

    applied = await service.apply(estate.manager, estate.quarter, mode, preview=True)
    assert applied.judgement.counts[Outcome.CHANGED] == 2
    assert await estate.linked(estate.first) == estate.other.id

    await service.apply(estate.manager, estate.quarter, mode)

    for building in (estate.first, estate.second):
        assert await estate.linked(building) == estate.check.id
        assert await estate.linked(building, GAS) is None
    again = await service.apply(estate.manager, estate.quarter, mode)
    assert again.judgement.counts == {Outcome.UNCHANGED: 2}


async def test_a_new_building_inherits_the_link_that_was_applied(estate: Estate) -> None:
    await service.update(estate.manager, estate.quarter, [entry(estate.check.id)])
    await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)
    await service.update(estate.manager, estate.quarter, [entry(estate.other.id)])
    new = await a_building(organization=estate.organization, quarter=estate.quarter_row)

    await service.inherit(estate.organization.id, new.id, entered={estate.quarter.id})

    assert await estate.linked(new) == estate.check.id
    draft = await estate.settings(estate.quarter)
    assert draft.rule is not None
    assert draft.rule.snapshot[WATER].service_id == estate.check.id
    assert draft.table[WATER].service_id == estate.other.id


# Linking


async def test_a_service_is_linked_in_one_building(estate: Estate, events: EmittedEvents) -> None:
    await service.set_building_settings(
        estate.manager, estate.first.id, {GAS: SettingsValues(active=True)}
    )
    events.clear()

    judgement = await service.link(estate.manager, estate.here(estate.first))

    assert judgement.counts == {LINKED: 1, REPLACED: 0, UNCHANGED: 0, LOCKED: 0}
    found = await estate.settings(estate.first)
    assert found.table[WATER] == SettingsValues(service_id=estate.check.id)
    assert found.table[GAS] == SettingsValues(active=True)
    assert found.version == 2
    assert await estate.linked(estate.second) is None
    assert events == [
        ResourceSettingsChanged(estate.organization.id, estate.first.id, estate.manager.user_id)
    ]


async def test_linking_what_is_linked_changes_nothing(
    estate: Estate, events: EmittedEvents
) -> None:
    await service.link(estate.manager, estate.everywhere())
    events.clear()

    judgement = await service.link(estate.manager, estate.everywhere())

    assert judgement.counts == {LINKED: 0, REPLACED: 0, UNCHANGED: 2, LOCKED: 0}
    assert (judgement.changed, judgement.locked) == ([], [])
    assert (await estate.settings(estate.first)).version == 1
    assert events == []


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "for good"])
async def test_linking_everywhere_counts_what_changes_is_replaced_and_skipped(
    estate: Estate, events: EmittedEvents, preview: bool
) -> None:
    organization = estate.organization
    await resource_settings(estate.first)
    await ResourceSettings.filter(building_id=estate.first.id).update(service_id=estate.other.id)
    ruled = await a_quarter(organization=organization)
    locked = await a_building(organization=organization, quarter=ruled, address="ул. Лесная, 3")
    await service.apply(estate.manager, Place(QUARTER, ruled.id), ApplyMode.RULE)
    has_it = await a_building(organization=organization)
    await service.link(estate.manager, estate.here(has_it))
    archived = await a_building(organization=organization, archived_at=clock.now())
    foreign = await a_building()
    out_of_reach = await a_building(organization=organization)
    actor = await manager_of(organization, [estate.first, estate.second, locked, has_it, archived])
    before = await ResourceSettings.all().order_by("id").values()
    events.clear()

    judgement = await service.link(actor, estate.everywhere(), preview=preview)

    assert judgement.counts == {LINKED: 1, REPLACED: 1, UNCHANGED: 1, LOCKED: 1}
    assert judgement.changes == 2
    assert [(row["building_id"], row["service_id"]) for row in judgement.changed] == [
        (estate.first.id, estate.other.id),
        (estate.second.id, None),
    ]
    assert [(row["building_id"], row["lock_place_id"]) for row in judgement.locked] == [
        (locked.id, ruled.id)
    ]
    if preview:
        assert await ResourceSettings.all().order_by("id").values() == before
        assert events == []
        return
    rows = await ResourceSettings.filter(service_id=estate.check.id)
    assert {row.building_id for row in rows} == {estate.first.id, estate.second.id, has_it.id}  # type: ignore[attr-defined] # made by Tortoise
    assert {row.resource_kind for row in rows} == {WATER}
    assert await ResourceSettings.filter(building_id__in=[foreign.id, out_of_reach.id]).count() == 0
    kept = await ResourceSettings.get(building_id=estate.first.id)
    assert (kept.active, kept.version) == (True, 2)
    assert events == [
        VerificationServiceLinked(
            organization_id=organization.id,
            resource_kind=WATER,
            service_id=estate.check.id,
            changed=2,
            replaced=1,
            skipped_locked=1,
            user_id=actor.user_id,
        )
    ]


async def test_a_building_under_a_rule_is_refused_alone(estate: Estate) -> None:
    await service.apply(estate.manager, estate.quarter, ApplyMode.RULE)

    for attempt in (
        service.link(estate.manager, estate.here(estate.first)),
        service.unlink(estate.manager, estate.first.id, WATER),
    ):
        with pytest.raises(RuleLocked) as refusal:
            await attempt
        assert (refusal.value.level, refusal.value.name) == (QUARTER, "Северный")
    assert await estate.linked(estate.first) is None


async def test_an_unavailable_service_is_linked_nowhere(estate: Estate) -> None:
    await Service.filter(id=estate.check.id).update(is_active=False)
    for asked in (estate.everywhere(), estate.here(estate.first)):
        with pytest.raises(Refused) as refusal:
            await service.link(estate.manager, asked)
        [error] = refusal.value.errors
        assert (error.code, error.path) == ("SERVICE_UNAVAILABLE", ("service_id",))
    assert not await ResourceSettings.exists()


async def test_the_scope_and_the_building_go_together(estate: Estate) -> None:
    for asked in (
        replace(estate.everywhere(), building_id=estate.first.id),
        replace(estate.here(estate.first), building_id=None),
    ):
        with pytest.raises(BadInput) as refusal:
            await service.link(estate.manager, asked)
        assert refusal.value.message_code == "LINK_SCOPE_UNCLEAR"


async def test_whoever_may_not_change_buildings_links_nothing(estate: Estate) -> None:
    stranger = await manager_of(await an_organization())
    reader = await actor_of(await an_employee(estate.organization))
    elsewhere = await manager_of(estate.organization, [estate.second])

    for actor, asked, refusal in (
        (stranger, estate.everywhere(), NotFound),
        (stranger, estate.here(estate.first), NotFound),
        (reader, estate.everywhere(), Forbidden),
        (reader, estate.here(estate.first), Forbidden),
        (elsewhere, estate.here(estate.first), NotFound),
    ):
        with pytest.raises(refusal):
            await service.link(actor, asked)
    for actor, refusal in ((stranger, NotFound), (reader, Forbidden), (elsewhere, NotFound)):
        with pytest.raises(refusal):
            await service.unlink(actor, estate.first.id, WATER)
    assert not await ResourceSettings.exists()


async def test_a_link_is_taken_away(estate: Estate, events: EmittedEvents) -> None:
    await service.link(estate.manager, estate.everywhere())
    events.clear()

    await service.unlink(estate.manager, estate.first.id, WATER)
    await service.unlink(estate.manager, estate.first.id, WATER)

    assert await estate.linked(estate.first) is None
    assert await estate.linked(estate.second) == estate.check.id
    assert events == [
        ResourceSettingsChanged(estate.organization.id, estate.first.id, estate.manager.user_id)
    ]


# Many buildings


async def test_sql_links_what_the_rules_say(estate: Estate) -> None:
    ruled = await a_quarter(organization=estate.organization)
    rule = await ResourceRule.create(
        organization=estate.organization, level=QUARTER, quarter=ruled, snapshot=[]
    )
    expected: dict[UUID, LinkOutcome] = {}
    for locked in (True, False):
        for present in (None, estate.other.id, estate.check.id):
            building = await a_building(organization=estate.organization, quarter=ruled)
            row = await resource_settings(building)
            await row.update_from_dict(
                {"service_id": present, "locked_by_id": rule.id if locked else None}
            ).save()
            expected[building.id] = link_outcome(present, locked=locked, service_id=estate.check.id)
    expected |= {building.id: LINKED for building in (estate.first, estate.second)}
    wanted = Link(
        organization_id=estate.organization.id, resource_kind=WATER, service_id=estate.check.id
    )

    judgement = await linking.judge_link(estate.manager, wanted)

    assert {each: n for each, n in judgement.counts.items() if n} == Counter(expected.values())
    assert {row["building_id"] for row in judgement.changed} == {
        building for building, outcome in expected.items() if outcome in (LINKED, REPLACED)
    }


async def test_the_first_twenty_are_named_and_all_are_counted(
    estate: Estate, queries: QueryCounter
) -> None:
    with queries.counted() as few:
        await service.link(estate.manager, estate.everywhere())
    for number in range(24):
        building = await a_building(organization=estate.organization)
        if number == 23:
            await resource_settings(building)
            await ResourceSettings.filter(building_id=building.id).update(
                service_id=estate.other.id
            )

    with queries.exactly(len(few)):
        judgement = await service.link(estate.manager, estate.everywhere())

    assert judgement.counts == {LINKED: 23, REPLACED: 1, UNCHANGED: 2, LOCKED: 0}
    assert len(judgement.changed) == 20


@pytest.mark.committed
async def test_two_thousand_buildings_take_seconds(
    committed: Callable[[], AbstractAsyncContextManager[object]],
) -> None:
    async with committed():
        organization = await an_organization()
        quarter = await a_quarter(organization=organization)
        sample = await a_building(organization=organization, quarter=quarter)
        await execute(
            "INSERT INTO kvartal_building SELECT (jsonb_populate_record(b, jsonb_build_object("
            "'id', kvartal_uuid7(), 'address', 'ул. ' || g))).*"
            " FROM kvartal_building b, generate_series(1, 1999) g WHERE b.id = $1",
            sample.id,
        )
        check = await a_verification(organization)
        manager = await manager_of(organization)
        place = Place(QUARTER, quarter.id)
        await service.update(manager, place, [entry(check.id)])
        asked = service.LinkRequest(
            resource_kind=GAS, service_id=check.id, scope=LinkScope.ALL_ACCESSIBLE
        )
        began = time.monotonic()

        linked = await service.link(manager, asked)
        applied = await service.apply(manager, place, ApplyMode.RULE)

        assert time.monotonic() - began < 10
        assert linked.counts[LINKED] == 2000
        assert applied.count(Outcome.CHANGED) == 2000
        # Applying replaces all parameters, the link of gas too.
        assert await ResourceSettings.filter(building_id__not_isnull=True).count() == 10_000
        rows = ResourceSettings.filter(building_id__not_isnull=True, service_id=check.id)
        assert {row.resource_kind for row in await rows} == {WATER}
