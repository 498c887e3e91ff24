"""What a building takes over when it is new or has moved."""

from collections.abc import Set
from uuid import UUID

from kvartal import clock
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.live import touch
from kvartal_meters.events import ResourceSettingsChanged
from kvartal_meters.resource_settings.queries import reading, writing
from kvartal_meters.resource_settings.queries.reading import Location
from kvartal_meters.resource_settings.rules import Place, SettingsLevel, Settlement, settle

__all__ = ["inherit"]


async def inherit(organization_id: UUID, building_id: UUID, *, entered: Set[UUID]) -> None:
    """Put a building under the rule of the quarter and the groups that it has ``entered``.

    It is judged by where it is now, so that a late or repeated call does no harm. A building that
    a group's rule holds stays under it whatever other group it joins: the estate knows no rules
    and cannot refuse that, and the other group's next application as a rule will.
    """
    async with unit_of_work():
        await writing.hold_settings(organization_id)
        location = await reading.location_of(building_id)
        if location is None:
            return
        lock, rules = await reading.rules_over(location)
        settlement = settle(lock, rules, entered)
        if settlement.rule == lock and not settlement.takes_settings:
            return
        await _write(building_id, location, settlement)
        emit(ResourceSettingsChanged(organization_id, building_id, None))
        touch(f"building:{building_id}")


async def _write(building_id: UUID, location: Location, settlement: Settlement) -> None:
    rule, now = settlement.rule, clock.now()
    if rule is None or not settlement.takes_settings:
        await writing.lock_building(building_id, rule.id if rule else None, now=now)
        return
    await writing.write_table(
        Place(SettingsLevel.BUILDING, building_id),
        location.organization_id,
        await reading.snapshot_of(rule.id),
        version=location.version + 1,
        locked_by=rule.id,
        now=now,
    )
