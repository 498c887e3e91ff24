"""Photos in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor, visible_to, visible_to_staff
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal_photos.permissions import ADD

__all__ = [
    "announce",
    "building_for_photo",
    "delete_photos_of",
    "make_preview",
    "photos_by_ids",
    "photos_of_buildings",
    "photos_of_premises",
]

PHOTO = "f.id, f.building_id, f.caption, f.announced_at, f.preview"


async def photos_of_buildings(
    actor: Actor, buildings: Sequence[UUID]
) -> Mapping[UUID, list[Record]]:
    """Photos that the actor may see, by building, the oldest first."""
    found: dict[UUID, list[Record]] = {}
    for row in await _photos(actor, "f.building_id", buildings):
        found.setdefault(row["building_id"], []).append(row)
    return found


async def photos_by_ids(actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, Record]:
    """Photos that the actor may see, by id."""
    return {row["id"]: row for row in await _photos(actor, "f.id", ids)}


async def _photos(actor: Actor, column: str, keys: Sequence[UUID]) -> list[Record]:
    args = Args()
    chosen = args.add(list(keys))
    seen = visible_to(actor, args, organization="f.organization_id", building="f.building_id")
    return await fetch(
        f"SELECT {PHOTO} FROM photos_photo f WHERE {column} = ANY({chosen}::uuid[]) AND {seen}"
        " ORDER BY f.id",
        *args,
    )


async def photos_of_premises(actor: Actor, premises: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many photos the building of a premise has, for those premises that the actor sees."""
    args = Args()
    chosen = args.add(list(premises))
    seen = visible_to(
        actor, args, organization="p.organization_id", building="p.building_id", premise="p.id"
    )
    rows = await fetch(
        "SELECT p.id, count(f.id) AS photos FROM kvartal_premise p"
        " LEFT JOIN photos_photo f ON f.building_id = p.building_id"
        f" WHERE p.id = ANY({chosen}::uuid[]) AND {seen} GROUP BY p.id",
        *args,
    )
    return {row["id"]: row["photos"] for row in rows}


async def building_for_photo(actor: Actor, building_id: UUID) -> Record | None:
    """The building, locked, with the number of its photos; None if the actor may not add any."""
    args = Args()
    wanted = args.add(building_id)
    seen = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=ADD
    )
    return await fetch_one(
        "SELECT b.id, b.organization_id,"
        " (SELECT count(*) FROM photos_photo f WHERE f.building_id = b.id) AS photos"
        f" FROM kvartal_building b WHERE b.id = {wanted} AND {seen} FOR UPDATE",
        *args,
    )


async def announce(photo_id: UUID, *, at: datetime) -> None:
    """Note when the photo was announced."""
    await execute("UPDATE photos_photo SET announced_at = $2 WHERE id = $1", photo_id, at)


async def make_preview(photo_id: UUID) -> None:
    """Give the photo a preview, as if made of its caption."""
    await execute("UPDATE photos_photo SET preview = upper(caption) WHERE id = $1", photo_id)


async def delete_photos_of(before: datetime) -> None:
    """Delete photos that are older."""
    await execute("DELETE FROM photos_photo WHERE created_at < $1", before)
