"""Queries of sign-in: who the viewer is."""

import strawberry

from kvartal.auth.actor import Actor, ActorKind
from kvartal.auth.graphql.rows import (
    EmployeeChannel,
    EmployeeViewer,
    ResidentViewer,
    ServiceViewer,
    Viewer,
    ViewerMembership,
)
from kvartal.auth.queries import viewers
from kvartal.context import Info
from kvartal.graphql.fields import PUBLIC, query

__all__ = ["AuthQueries"]


@strawberry.type
class AuthQueries:
    """Queries of the viewer."""

    @query(access=PUBLIC, description="Who is signed in; null if nobody is.")
    async def viewer(self, info: Info) -> Viewer | None:
        """The actor as they see themselves."""
        actor = info.context.actor
        match actor.kind:
            case ActorKind.RESIDENT:
                return await _resident(actor)
            case ActorKind.EMPLOYEE:
                return await _employee(actor)
            case ActorKind.SERVICE:
                return await _service(actor)
        return None


async def _resident(actor: Actor) -> ResidentViewer:
    assert actor.user_id is not None
    return ResidentViewer(full_name=await viewers.resident_name(actor.user_id))


async def _employee(actor: Actor) -> EmployeeViewer:
    assert actor.user_id is not None
    named = await viewers.employee_named(actor.user_id)
    return EmployeeViewer(
        full_name=named.full_name,
        email=named.email,
        channel=EmployeeChannel[actor.channel],
        memberships=[ViewerMembership.of(each) for each in actor.memberships],
    )


async def _service(actor: Actor) -> ServiceViewer:
    [membership] = actor.memberships
    return ServiceViewer(
        organization_uuid=membership.organization_id,
        title=await viewers.service_token_title(membership.employee_id),
        permissions=sorted(membership.permissions),
    )
