"""Who may register in an organization."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.errors import Forbidden, NotFound
from kvartal.plugin import Permission

__all__ = ["require_right"]


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
