"""A changed card: only what is given, as far as the meter's kind and readings let it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed, watch
from kvartal.auth.api import Actor
from kvartal.db.models import Row
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Refused
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards, refresh_search
from kvartal_meters.meters.rules import MeterChange, MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import (
    COLLECTIVE_FIELDS,
    ReadSoFar,
    card_faults,
    change_faults,
    status_change,
)
from kvartal_meters.meters.rules.refusals import AccountElsewhere
from kvartal_meters.meters.service.access import held, save
from kvartal_meters.meters.service.archive import restore_faults, set_status
from kvartal_meters.meters.service.card import (
    MeterFields,
    account_of,
    card_of,
    cleaned_fields,
    columns_of,
    with_fields,
)

__all__ = ["update"]

_FIXED_BY_READINGS = {"type", "initial_values", "int_digits"}
_SEARCHED = {"identifier", "serial_number", "account_id"}


async def update(
    actor: Actor, meter_id: UUID, fields: MeterFields, *, expected_version: int | None = None
) -> None:
    """A meter with some of its fields changed; nothing happens if they are so already."""
    async with unit_of_work():
        meter = await held(actor, meter_id, expected_version=expected_version)
        details = await _details(meter)
        values, errors = cleaned_fields(fields)
        errors += await _faults(actor, meter, details, values)
        if errors:
            raise Refused(errors)
        change = _set_status(meter, values.get("status", meter.status))
        moved = _set(meter, columns_of(values))
        if not (await _detail(details, values) or change or moved):
            nothing_changed()
            return
        await _save(actor, meter, change or MeterChange.UPDATED, fields)
        if moved & _SEARCHED:
            await refresh_search(meters=[meter.id])


async def _details(meter: models.Meter) -> models.CollectiveDetails | None:
    if meter.scope is not MeterScope.COLLECTIVE:
        return None
    found = await models.CollectiveDetails.get(meter_id=meter.id)
    watch(found)
    return found


async def _faults(
    actor: Actor,
    meter: models.Meter,
    details: models.CollectiveDetails | None,
    values: Mapping[str, Any],
) -> list[DomainError]:
    before = card_of(meter, details)
    after = with_fields(before, values)
    place = await cards.place_of_meter(meter.id)
    read = ReadSoFar(any=False, highest=None, rolled=False)
    if values.keys() & _FIXED_BY_READINGS:
        read = await cards.read_so_far(meter.id)
    found = [
        *card_faults(after, values, today=clock.today(place.timezone)),
        *change_faults(before, after, read),
    ]
    account_id = values.get("account_id")
    if account_id is not None and account_id != meter.account_id:
        account = await account_of(actor, meter.premise_id, account_id)
        found += [account] if isinstance(account, AccountElsewhere) else []
    _, comes_back = status_change(meter.status, values.get("status", meter.status))
    if comes_back:
        found += await restore_faults(actor, meter, path=("status",))
    return found


def _set_status(meter: models.Meter, status: MeterStatus) -> MeterChange | None:
    if status is meter.status:
        return None
    leaves, comes_back = status_change(meter.status, status)
    set_status(meter, status, now=clock.now())
    if leaves:
        return MeterChange.ARCHIVED
    return MeterChange.RESTORED if comes_back else MeterChange.UPDATED


async def _detail(details: models.CollectiveDetails | None, values: Mapping[str, Any]) -> bool:
    """Write what only a house meter has; whether any of it is another."""
    if details is None:
        return False
    moved = _set(details, {name: values[name] for name in COLLECTIVE_FIELDS if name in values})
    if moved:
        await details.save(force_update=True)
    return bool(moved)


def _set(row: Row, columns: Mapping[str, Any]) -> set[str]:
    """Give the row these values; the columns that had another one."""
    moved = {name for name, value in columns.items() if getattr(row, name) != value}
    for name in moved:
        setattr(row, name, columns[name])
    return moved


async def _save(
    actor: Actor, meter: models.Meter, change: MeterChange, fields: MeterFields
) -> None:
    # A meter that comes back under its old identifier may find it taken.
    place = "identifier" if "identifier" in fields or "status" not in fields else "status"
    await save(actor, meter, change, identifier=(place,))
