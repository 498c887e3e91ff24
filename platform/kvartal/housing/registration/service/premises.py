"""Registration of premises."""

from functools import partial
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.events import emit
from kvartal.housing.events import PlacesRenamed
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.registration.ledger import Ledger, Verdict
from kvartal.housing.registration.places import find_building, known_buildings
from kvartal.housing.registration.queries import (
    PREMISE_COLUMNS,
    insert_rows,
    premises_like,
    update_rows,
)
from kvartal.housing.registration.rows import Rows, judged, read, text_of
from kvartal.housing.registration.rules import PREMISES, premise_values
from kvartal.housing.registration.service.call import registered, stored

__all__ = ["register_premises"]

_TABLE = "kvartal_premise"


async def register_premises(
    actor: Actor, organization_id: UUID, rows: Rows, *, preview: bool = False
) -> list[Verdict]:
    """Make or change premises, known by external id, else by building and number."""
    return await registered(actor, organization_id, rows, partial(_register, preview=preview))


async def _register(organization: Record, rows: Rows, *, preview: bool) -> list[Verdict]:
    owner = organization["id"]
    buildings = await known_buildings(owner, rows)
    read_rows = read(
        rows, lambda row, faults: premise_values(row, faults, find_building(row, buildings))
    )
    named: list[tuple[str | None, UUID | None, str | None]] = []
    for row, (values, _) in zip(rows, read_rows, strict=True):
        building = values.get("building_id")
        place = building if isinstance(building, UUID) else None
        named.append((text_of(row, "external_id"), place, text_of(row, "number")))
    found = await premises_like(owner, named=named, lock=True)
    ledger = Ledger(PREMISES, (stored(row, PREMISE_COLUMNS) for row in found), uuid7)
    verdicts = judged(read_rows, ledger.apply)
    if not preview:
        await _write(owner, ledger)
    return verdicts


async def _write(owner: UUID, ledger: Ledger) -> None:
    now, new, changed = clock.now(), ledger.new, ledger.changed
    await insert_rows(_TABLE, PREMISE_COLUMNS, owner, new, now)
    await update_rows(_TABLE, PREMISE_COLUMNS, owner, changed, now)
    renamed = [entry.id for entry in changed if entry.has_changed("number")]
    if new or renamed:
        await refresh_search(premises=[*(entry.id for entry in new), *renamed])
    if renamed:
        emit(PlacesRenamed.of_premises(owner, *renamed))
