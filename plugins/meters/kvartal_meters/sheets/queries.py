"""Finding the places that the rows of a sheet name, with their meters, in one statement."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterable
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.sheets.rules import KnownPlaces, PlacedMeter, SheetPlace

__all__ = ["find_places"]

_METER = "m.id, m.identifier, m.serial_number, m.status"


async def find_places(
    actor: Actor,
    organization_id: UUID,
    scope: MeterScope,
    keys: Iterable[str],
    *,
    building_id: UUID | None = None,
) -> KnownPlaces:
    """The accounts (of flats' meters) or buildings (of houses') of these keys; of one building.

    A meter that belongs to no account of its premise goes with each of them.
    """
    args = Args()
    organization, named = args.add(organization_id), args.array(keys, "text")
    permitted = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=SUBMIT
    )
    here = f" AND b.id = {args.add(building_id)}" if building_id else ""
    select = _houses if scope is MeterScope.COLLECTIVE else _flats
    rows = await fetch(select(organization, f"unnest({named})", permitted, here), *args)
    return KnownPlaces(_places(rows))


def _flats(organization: str, named: str, permitted: str, here: str) -> str:
    return (
        f"SELECT g.key, a.id AS place_id, a.number AS name, {permitted} AS permitted, {_METER}"
        f" FROM {named} AS g(key) JOIN kvartal_account a ON a.organization_id = {organization}"
        " AND lower(replace(a.number, ' ', '')) = g.key AND a.archived_at IS NULL"
        f" JOIN kvartal_premise p ON p.organization_id = {organization} AND p.id = a.premise_id"
        f" JOIN kvartal_building b ON b.organization_id = {organization}"
        f" AND b.id = p.building_id{here} LEFT JOIN meters_meter m"
        f" ON m.organization_id = {organization} AND m.premise_id = p.id"
        " AND m.scope = 'INDIVIDUAL' AND (m.account_id = a.id OR m.account_id IS NULL)"
        " ORDER BY a.id, m.id"
    )


def _houses(organization: str, named: str, permitted: str, here: str) -> str:
    return (
        f"SELECT g.key, b.id AS place_id, g.key AS name, {permitted} AS permitted, {_METER}"
        f" FROM {named} AS g(key) JOIN kvartal_building b ON b.organization_id = {organization}"
        f" AND b.external_id = g.key{here} LEFT JOIN meters_meter m"
        f" ON m.organization_id = {organization} AND m.building_id = b.id"
        " AND m.scope = 'COLLECTIVE' ORDER BY b.id, m.id"
    )


def _places(rows: Iterable[Record]) -> dict[str, list[SheetPlace]]:
    found: dict[tuple[str, UUID], SheetPlace] = {}
    for row in rows:
        place = found.setdefault(
            (row["key"], row["place_id"]), SheetPlace(row["name"], row["permitted"])
        )
        if row["id"] is not None:
            is_archived = row["status"] == "ARCHIVED"
            meter = PlacedMeter(row["id"], row["identifier"], row["serial_number"], is_archived)
            place.meters.append(meter)
    by_key: dict[str, list[SheetPlace]] = {}
    for (key, _), place in found.items():
        by_key.setdefault(key, []).append(place)
    return by_key
