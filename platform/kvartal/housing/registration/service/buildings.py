"""Registration of buildings, with their quarters and groups."""

from functools import partial
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.events import emit
from kvartal.housing.events import PlacesRenamed
from kvartal.housing.queries.changing import add_members, groups_of_buildings, remove_members
from kvartal.housing.registration.ledger import Ledger, Values, Verdict
from kvartal.housing.registration.queries import (
    BUILDING_COLUMNS,
    buildings_like,
    insert_rows,
    territories_of,
    update_rows,
)
from kvartal.housing.registration.rows import Rows, judged, read, texts_of
from kvartal.housing.registration.rules import building_values, buildings_kind
from kvartal.housing.registration.service.call import registered, stored
from kvartal.housing.rules import sort_key
from kvartal.housing.service.moving import Position, emit_moves
from kvartal.live import touch

__all__ = ["register_buildings"]

_TABLE = "kvartal_building"
_RENAMED_AT_ONCE = 20  # each has its premises and meters, whose words are made anew in one go


async def register_buildings(
    actor: Actor, organization_id: UUID, rows: Rows, *, preview: bool = False
) -> list[Verdict]:
    """Make or change buildings, known by external id, else by address."""
    return await registered(actor, organization_id, rows, partial(_register, preview=preview))


async def _register(organization: Record, rows: Rows, *, preview: bool) -> list[Verdict]:
    owner = organization["id"]
    quarters, groups = await territories_of(owner)
    found = await buildings_like(
        owner,
        external_ids=texts_of(rows, "external_id"),
        sort_keys={sort_key(address) for address in texts_of(rows, "address")},
        lock=True,
    )
    members = await groups_of_buildings(row["id"] for row in found)
    known = (stored(row, BUILDING_COLUMNS, groups=frozenset(members[row["id"]])) for row in found)
    ledger = Ledger(buildings_kind(organization["timezone"]), known, uuid7)
    values_of = partial(building_values, quarters=quarters, groups=groups)
    verdicts = judged(read(rows, values_of), ledger.apply)
    if not preview:
        await _write(owner, ledger)
    return verdicts


async def _write(owner: UUID, ledger: Ledger) -> None:
    now, new, changed = clock.now(), ledger.new, ledger.changed
    await insert_rows(_TABLE, BUILDING_COLUMNS, owner, new, now)
    await update_rows(_TABLE, BUILDING_COLUMNS, owner, changed, now)
    before = {entry.id: _position(entry.before or {}) for entry in (*new, *changed)}
    after = {entry.id: _position(entry.values) for entry in (*new, *changed)}
    await remove_members(
        (key, group) for key, was in before.items() for group in was.groups - after[key].groups
    )
    await add_members(
        owner,
        ((key, group) for key, now in after.items() for group in now.groups - before[key].groups),
    )
    emit_moves(owner, before, after, new={entry.id for entry in new})
    renamed = [entry.id for entry in changed if entry.has_changed("address")]
    for start in range(0, len(renamed), _RENAMED_AT_ONCE):
        emit(PlacesRenamed.of_buildings(owner, *renamed[start : start + _RENAMED_AT_ONCE]))
    if any(entry.has_changed("timezone") for entry in changed):
        touch(f"organization:{owner}")


def _position(values: Values) -> Position:
    quarter, groups = values.get("quarter_id"), values.get("groups")
    return Position(
        quarter if isinstance(quarter, UUID) else None,
        groups if isinstance(groups, frozenset) else frozenset(),
    )
