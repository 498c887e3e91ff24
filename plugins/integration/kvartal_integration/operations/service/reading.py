"""Who may look into the log of an organization."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.errors import NotFound

__all__ = ["require_staff_of"]


def require_staff_of(actor: Actor, organization_id: UUID) -> None:
    """NotFound unless the actor works there; what they see of its log is told by the rows."""
    if organization_id not in {each.organization_id for each in actor.memberships}:
        raise NotFound
