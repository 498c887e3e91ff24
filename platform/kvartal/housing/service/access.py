"""The way to a row of the estate for whoever wants to change it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from kvartal.audit.api import watch
from kvartal.auth.actor import Actor
from kvartal.db.models import VersionedRow
from kvartal.errors import DomainError, Forbidden, NotFound, VersionConflict
from kvartal.housing.queries import rows
from kvartal.housing.rules import ExternalIdTaken
from kvartal.housing.sources import Source
from kvartal.plugin import Permission

__all__ = [
    "ADDRESS_LENGTH",
    "EXTERNAL_ID_LENGTH",
    "NAME_LENGTH",
    "NUMBER_LENGTH",
    "check_version",
    "external_id_of",
    "require",
    "require_all",
    "require_all_buildings",
]

ADDRESS_LENGTH = 500
NUMBER_LENGTH = 50
EXTERNAL_ID_LENGTH = 100
NAME_LENGTH = 200


async def require(actor: Actor, source: Source, key: UUID, permission: Permission) -> None:
    """NotFound if the actor does not see the row, Forbidden if they may not change it."""
    if await rows.sees(source, actor, key, permission):
        return
    if await rows.sees(source, actor, key):
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission.code)
    raise NotFound


async def require_all(
    actor: Actor, source: Source, keys: Iterable[UUID], permission: Permission
) -> None:
    """As ``require``, for several rows: one that is out of reach fails them all."""
    sees, may = await rows.may_all(source, actor, keys, permission)
    if not sees:
        raise NotFound
    if not may:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission.code)


def require_all_buildings(actor: Actor, organization_id: UUID, permission: Permission) -> None:
    """Forbidden unless the actor has the permission for whatever the organization will own."""
    if not any(
        each.all_buildings and permission.code in each.permissions
        for each in actor.memberships
        if each.organization_id == organization_id
    ):
        raise Forbidden("FORBIDDEN_ALL_BUILDINGS")


def check_version(row: VersionedRow, expected: int | None) -> None:
    """VersionConflict if somebody else has changed the row meanwhile.

    The audit log will tell what becomes of it.
    """
    if expected not in {None, row.version}:
        raise VersionConflict(version=row.version, path=("expected_version",))
    watch(row)


def external_id_of(table: str) -> Mapping[str, DomainError]:
    """The refusal of an external id that another row of the table has."""
    return {f"kvartal_{table}_external_id": ExternalIdTaken(path=("external_id",))}
