"""Who acts: the credential's owner as resolvers and services see it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

__all__ = ["ANONYMOUS", "Actor", "ActorKind", "Membership", "work_of"]


class ActorKind(StrEnum):
    """What kind of credential the request carries."""

    ANONYMOUS = "ANONYMOUS"
    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class Membership:
    """What the actor may do in one organization (юрлицо).

    ``employee_id`` is the employee, or the service token of an integrator; ``all_buildings`` tells
    whether the access table is to be asked at all.
    """

    organization_id: UUID
    employee_id: UUID
    permissions: frozenset[str]
    all_buildings: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """The present user: a resident by ``user_id``, staff and services by ``memberships``."""

    kind: ActorKind
    user_id: UUID | None = None
    session_id: UUID | None = None
    channel: str = "API"
    memberships: tuple[Membership, ...] = ()
    expires_at: float | None = None

    @property
    def is_anonymous(self) -> bool:
        """Nobody is signed in."""
        return self.kind is ActorKind.ANONYMOUS

    @property
    def is_resident(self) -> bool:
        """A resident: sees what belongs to their premises."""
        return self.kind is ActorKind.RESIDENT

    def may(self, permission: str, organization_id: UUID | None = None) -> bool:
        """Whether a membership (in ``organization_id``, or in any) carries the permission."""
        return any(
            permission in membership.permissions
            for membership in self.memberships
            if organization_id is None or membership.organization_id == organization_id
        )


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)


def work_of(organization_id: UUID, permissions: Collection[str], channel: str = "API") -> Actor:
    """An organization's own work, which runs by itself in all of its buildings with these rights.

    It is nobody's: what it saves has no user.
    """
    member = Membership(organization_id, organization_id, frozenset(permissions), True)
    return Actor(kind=ActorKind.SERVICE, channel=channel, memberships=(member,))
