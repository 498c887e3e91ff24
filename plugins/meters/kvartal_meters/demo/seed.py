"""The meters of the demo: settings through the services, everything else in bulk."""

from collections.abc import Iterator

from tortoise.models import Model

from kvartal.auth.api import Actor
from kvartal.demo.api import DemoEstate, GroupKey, Tenant, insert
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.demo.amounts import amounts_of, house_totals, share_of_house
from kvartal_meters.demo.devices import collective_devices, individual_devices
from kvartal_meters.demo.special import with_special_cases, with_verification_due
from kvartal_meters.demo.story import Story, tell
from kvartal_meters.demo.windows import (
    GROUP_RULE,
    OLD_DRAFT,
    QUARTER_RULE,
    RULED_BY_GROUP,
    RULED_BY_QUARTER,
    own_tables,
)
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Entry,
    Place,
    SettingsLevel,
    Table,
    records_of,
)
from kvartal_meters.resource_settings.service import apply, set_building_settings, update

__all__ = ["seed", "tell_stories"]

ORDER = (Meter, CollectiveDetails, Reading, ReadingRevision)


async def seed(estate: DemoEstate) -> None:
    """Add settings, meters and eighteen months of readings to the demo's estate."""
    await insert(_rows(tell_stories(estate)), ORDER)
    await _set_up(estate)


def tell_stories(estate: DemoEstate) -> list[Story]:
    """All meters with their readings, in memory."""
    counted = [
        (device, amounts_of(device)) for device in with_special_cases(individual_devices(estate))
    ]
    totals = house_totals(counted)
    counted += [
        (device, share_of_house(device, totals))
        for device in with_verification_due(collective_devices(estate))
    ]
    return [
        tell(device, amounts, estate.staff[device.house.tenant].user_id)
        for device, amounts in counted
    ]


def _rows(stories: list[Story]) -> Iterator[Model]:
    for story in stories:
        yield story.meter
        if story.device.details is not None:
            yield story.device.details
        yield from story.readings
        yield from story.revisions


async def _set_up(estate: DemoEstate) -> None:
    for key, table in own_tables(estate).items():
        house = estate.houses[key]
        actor = estate.staff[house.tenant]
        await set_building_settings(actor, house.building.id, table)  # lint-skip: query-in-loop
    chief = estate.staff[Tenant.COMPANY]
    for quarter in RULED_BY_QUARTER:
        place = Place(SettingsLevel.QUARTER, estate.quarters[quarter].id)
        await _rule(chief, place, QUARTER_RULE)  # lint-skip: query-in-loop
    for group in RULED_BY_GROUP:
        place = Place(SettingsLevel.GROUP, estate.groups[group].id)
        await _rule(chief, place, GROUP_RULE)  # lint-skip: query-in-loop
    draft = Place(SettingsLevel.GROUP, estate.groups[GroupKey.OLD].id)
    await update(chief, draft, _entries(OLD_DRAFT))


async def _rule(actor: Actor, place: Place, table: Table) -> None:
    await update(actor, place, _entries(table))
    await apply(actor, place, ApplyMode.RULE)


def _entries(table: Table) -> list[Entry]:
    return [
        Entry(**{**record, "resource_kind": ResourceKind(record["resource_kind"])})
        for record in records_of(table)
    ]
