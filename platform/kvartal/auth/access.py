"""The only tenant filter: which rows the actor may see, as a condition of SQL."""
# ruff: noqa: S608 -- columns are checked against a pattern, values are parameters

import re
from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.db.sql import Args
from kvartal.errors import Forbidden, KvartalError, NotFound
from kvartal.plugin import Permission

__all__ = [
    "require_right",
    "visible_to",
    "visible_to_resident_of",
    "visible_to_staff",
    "works_with",
]

NOTHING = "FALSE"

# Which table tells the buildings of those who may not work with all of them.
_GRANTS = {
    ActorKind.EMPLOYEE: ("kvartal_building_access", "employee_id"),
    ActorKind.SERVICE: ("kvartal_service_token_building", "service_token_id"),
}

# A bare column would be read as one of the inner tables' own, and the condition hold for all.
_COLUMN = re.compile(r"(?!kv_)[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")


class AccessError(KvartalError):
    """The filter is asked for in a way that could let strangers in: a programmer's mistake."""


def visible_to(
    actor: Actor,
    args: Args,
    *,
    organization: str,
    building: str | None = None,
    premise: str | None = None,
    permission: Permission | str | None = None,
) -> str:
    """The condition that the actor may see a row; each expression is a column with its alias.

    Staff see the rows of their organizations, in which they have ``permission`` if one is given:
    all of them, or those of the buildings that they may work with. A row without a building
    belongs to the organization as a whole. Residents see what belongs to a premise of theirs;
    without ``premise``, to the building of one; without both, to the organization of one. Whether
    a resident has a permission is known of a ``Permission``, not of its bare code.

    A NULL premise is nobody's: say ``CASE`` or OR two conditions where it means the building's.
    """
    _check_columns(organization, building, premise)
    if actor.kind is ActorKind.RESIDENT:
        return _to_resident(actor, args, organization, building, premise, permission)
    return visible_to_staff(
        actor, args, organization=organization, building=building, permission=permission
    )


def visible_to_staff(
    actor: Actor,
    args: Args,
    *,
    organization: str,
    building: str | None = None,
    permission: Permission | str | None = None,
) -> str:
    """As ``visible_to``, for what residents never see."""
    _check_columns(organization, building, None)
    if actor.kind not in _GRANTS:
        return NOTHING
    code = permission.code if isinstance(permission, Permission) else permission
    memberships = [each for each in actor.memberships if code is None or code in each.permissions]
    whole = [each for each in memberships if each.all_buildings or building is None]
    partial = [each for each in memberships if each not in whole]
    conditions = []
    if whole:
        conditions.append(_one_of(args, organization, [each.organization_id for each in whole]))
    if partial and building is not None:
        conditions.append(_granted(args, actor.kind, partial, organization, building))
    return f"({' OR '.join(conditions)})" if conditions else NOTHING


def visible_to_resident_of(user: str, *, organization: str, premise: str) -> str:
    """As ``visible_to``, for the resident whose user a column tells: of many, each their own."""
    _check_columns(organization, user, premise)
    return _lived_in(user, organization, "", f" AND kv_residency.premise_id = {premise}")


def works_with(
    args: Args, *, employee: str, building: UUID | None = None, permission: str | None = None
) -> str:
    """The condition that an employee, a row under this alias, may sign in and work there today.

    ``building``: with this building; ``permission``: and with this right. It tells to whom
    something goes that nobody has asked for.
    """
    _check_columns(f"{employee}.id", None, None)
    conditions = [
        f"{employee}.archived_at IS NULL",
        f"EXISTS (SELECT FROM kvartal_user kv_user WHERE kv_user.id = {employee}.user_id"
        " AND kv_user.is_active)",
    ]
    if building is not None:
        conditions.append(
            f"({employee}.all_buildings OR EXISTS (SELECT FROM kvartal_building_access kv_access"
            f" WHERE kv_access.organization_id = {employee}.organization_id"
            f" AND kv_access.employee_id = {employee}.id"
            f" AND kv_access.building_id = {args.add(building)}))"
        )
    if permission is not None:
        conditions.append(
            "EXISTS (SELECT FROM kvartal_employee_role kv_has JOIN kvartal_role_permission kv_right"
            " ON kv_right.organization_id = kv_has.organization_id"
            " AND kv_right.role_id = kv_has.role_id"
            f" WHERE kv_has.organization_id = {employee}.organization_id"
            f" AND kv_has.employee_id = {employee}.id"
            f" AND kv_right.permission = {args.add(permission)})"
        )
    return f"({' AND '.join(conditions)})"


def require_right(actor: Actor, organization_id: UUID, permission: Permission) -> None:
    """NotFound in an organization that is not the actor's, Forbidden without the permission there.

    Which of its rows are theirs is asked with the rows.
    """
    if actor.may(permission.code, organization_id):
        return
    # lint-skip: tenant-filter -- it tells strangers from those who lack a right, no row is chosen
    if any(each.organization_id == organization_id for each in actor.memberships):
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission.code)
    raise NotFound


def _one_of(args: Args, column: str, ids: Sequence[UUID]) -> str:
    if len(ids) == 1:
        return f"{column} = {args.add(ids[0])}"
    return f"{column} = ANY({args.add(list(ids))}::uuid[])"


def _granted(
    args: Args,
    kind: ActorKind,
    memberships: Sequence[Membership],
    organization: str,
    building: str,
) -> str:
    table, holder = _GRANTS[kind]
    organizations = [each.organization_id for each in memberships]
    employees = [each.employee_id for each in memberships]
    own = _one_of(args, organization, organizations)
    pairs = f"{args.add(organizations)}::uuid[], {args.add(employees)}::uuid[]"
    return (
        f"({own} AND EXISTS (SELECT 1 FROM {table} kv_access"
        f" WHERE kv_access.building_id = {building}"
        f" AND kv_access.organization_id = {organization}"
        f" AND (kv_access.organization_id, kv_access.{holder})"
        f" IN (SELECT kv_pair.o, kv_pair.e FROM unnest({pairs}) AS kv_pair(o, e))))"
    )


def _to_resident(
    actor: Actor,
    args: Args,
    organization: str,
    building: str | None,
    premise: str | None,
    permission: Permission | str | None,
) -> str:
    if isinstance(permission, Permission) and not permission.for_residents:
        return NOTHING
    if actor.user_id is None:
        return NOTHING
    joins, place = "", ""
    if premise is not None:
        place = f" AND kv_residency.premise_id = {premise}"
    elif building is not None:
        joins = (
            " JOIN kvartal_premise kv_premise ON kv_premise.id = kv_residency.premise_id"
            " AND kv_premise.organization_id = kv_residency.organization_id"
        )
        place = f" AND kv_premise.building_id = {building}"
    return _lived_in(args.add(actor.user_id), organization, joins, place)


def _lived_in(user: str, organization: str, joins: str, place: str) -> str:
    return (
        "(EXISTS (SELECT 1 FROM kvartal_resident kv_resident JOIN kvartal_residency kv_residency"
        " ON kv_residency.resident_id = kv_resident.id"
        f" AND kv_residency.organization_id = kv_resident.organization_id{joins}"
        f" WHERE kv_resident.user_id = {user}"
        f" AND kv_resident.organization_id = {organization}{place}))"
    )


def _check_columns(organization: str, building: str | None, premise: str | None) -> None:
    for column in (organization, building, premise):
        if column is not None and not _COLUMN.fullmatch(column):
            raise AccessError(f"{column!r} is not a column with its alias, like `m.building_id`")
    if premise is not None and building is None:
        raise AccessError("a premise without its building would show staff foreign buildings")
