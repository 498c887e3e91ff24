"""Questions about stored files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, execute, fetch

__all__ = [
    "attach_own",
    "delete_files",
    "delete_old",
    "delete_orphans",
    "file_by_id",
    "files_by_ids",
    "files_of",
    "uploaders_of",
    "without_row",
]

_COLUMNS = (
    "id, organization_id, name, media_type, size, uploader_id, owner_kind, owner_id, created_at"
)


async def file_by_id(file_id: UUID) -> Record | None:
    """A file, for whoever holds a link to it."""
    return (await files_by_ids([file_id])).get(file_id)


async def files_by_ids(ids: Collection[UUID]) -> dict[UUID, Record]:
    """Files by id, whoever may see them."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM kvartal_stored_file WHERE id = ANY($1::uuid[])",  # noqa: S608 -- constants
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def files_of(owner_kind: str, owners: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
    """The files of each owner, oldest first; whoever asks has seen to it that owners are seen."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM kvartal_stored_file"  # noqa: S608 -- constants
        " WHERE owner_kind = $1 AND owner_id = ANY($2::uuid[]) ORDER BY created_at, id",
        owner_kind,
        list(owners),
    )
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["owner_id"], []).append(row)
    return found


async def attach_own(
    ids: Collection[UUID],
    *,
    organization_id: UUID,
    uploaders: Collection[UUID],
    owner_kind: str,
    owner_id: UUID,
    now: datetime,
) -> set[UUID]:
    """Let uploads that belong to nothing belong to an owner; those for which it was so."""
    rows = await fetch(
        "UPDATE kvartal_stored_file SET owner_kind = $4, owner_id = $5, updated_at = $6"
        " WHERE id = ANY($1::uuid[]) AND organization_id = $2 AND uploader_id = ANY($3::uuid[])"
        " AND owner_id IS NULL RETURNING id",
        list(ids),
        organization_id,
        list(uploaders),
        owner_kind,
        owner_id,
        now,
    )
    return {row["id"] for row in rows}


async def delete_files(ids: Collection[UUID]) -> None:
    """Forget the rows of files; their content is another matter."""
    await execute("DELETE FROM kvartal_stored_file WHERE id = ANY($1::uuid[])", list(ids))


async def delete_orphans(before: datetime, *, limit: int) -> list[UUID]:
    """Forget uploads from before then that belong to nothing; their ids."""
    rows = await fetch(
        "DELETE FROM kvartal_stored_file WHERE id = ANY(ARRAY(SELECT id FROM kvartal_stored_file"
        " WHERE owner_id IS NULL AND created_at < $1 LIMIT $2)) RETURNING id",
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def delete_old(
    owner_kind: str, before: datetime, *, limit: int, but: Collection[str]
) -> list[UUID]:
    """Forget files of such owners from before then, save those of some media types; their ids."""
    rows = await fetch(
        "DELETE FROM kvartal_stored_file WHERE id = ANY(ARRAY(SELECT id FROM kvartal_stored_file"
        " WHERE owner_kind = $1 AND created_at < $2 AND media_type <> ALL($3::text[])"
        " LIMIT $4)) RETURNING id",
        owner_kind,
        before,
        list(but),
        limit,
    )
    return [row["id"] for row in rows]


async def without_row(ids: Sequence[UUID]) -> list[UUID]:
    """Those of the ids that no file has."""
    rows = await fetch(
        "SELECT k.id FROM unnest($1::uuid[]) AS k(id) WHERE NOT EXISTS"
        " (SELECT 1 FROM kvartal_stored_file f WHERE f.id = k.id)",
        list(ids),
    )
    return [row["id"] for row in rows]


def uploaders_of(actor: Actor) -> set[UUID]:
    """The ids under which an actor uploads: a person's, or a service token's."""
    if actor.user_id is not None:
        return {actor.user_id}
    # lint-skip: tenant-filter -- who uploads, not who sees
    return {each.employee_id for each in actor.memberships}
