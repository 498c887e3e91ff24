"""The viewer: who is signed in, as the schema shows them."""

from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.auth.sessions.graphql import EmployeeChannel
from kvartal.auth.viewer import queries
from kvartal.auth.wording import PERMISSIONS
from kvartal.context import Info
from kvartal.graphql.fields import PUBLIC, query
from kvartal.housing.graphql.rows import Organization, Premise
from kvartal.housing.loaders import OrganizationById
from kvartal.housing.queries.rows import all_visible
from kvartal.housing.sources import PREMISES

__all__ = ["ViewerQueries"]


@strawberry.type(description="An organization in which the viewer works, with their rights there.")
class ViewerMembership:
    """A membership of the viewer."""

    organization_uuid: strawberry.Private[UUID]
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    all_buildings: bool = strawberry.field(
        description="Whether all buildings are accessible, those to come included."
    )

    @classmethod
    def of(cls, membership: Membership) -> "ViewerMembership":
        """The membership of an actor."""
        return cls(
            organization_uuid=membership.organization_id,
            permissions=sorted(membership.permissions),
            all_buildings=membership.all_buildings,
        )

    @strawberry.field(description="The organization (юрлицо).")
    async def organization(self, info: Info) -> Organization:
        """Its organization."""
        record = await info.context.load(OrganizationById, self.organization_uuid)
        return Organization.of(record)


@strawberry.type(description="A resident who is signed in (житель).")
class ResidentViewer:
    """A resident as the viewer."""

    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")

    @strawberry.field(description="Their premises (помещения), by address.")
    async def premises(self, info: Info) -> list[Premise]:
        """All premises of the resident."""
        rows = await all_visible(PREMISES, info.context.actor)
        return [Premise.of(row) for row in rows]


@strawberry.type(description="An employee who is signed in (сотрудник).")
class EmployeeViewer:
    """An employee as the viewer."""

    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")
    email: str | None = strawberry.field(description="The e-mail that they sign in with.")
    channel: EmployeeChannel = strawberry.field(description="The app of this session.")
    memberships: list[ViewerMembership] = strawberry.field(
        description="The organizations they work in."
    )


@strawberry.type(description="An integrator's service token.")
class ServiceViewer:
    """A service token as the viewer."""

    organization_uuid: strawberry.Private[UUID]
    title: str = strawberry.field(description="What the token is called.")
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    all_buildings: bool = strawberry.field(
        description="Whether all buildings are accessible, those to come included."
    )

    @strawberry.field(description="The organization that issued it (юрлицо).")
    async def organization(self, info: Info) -> Organization:
        """Its organization."""
        record = await info.context.load(OrganizationById, self.organization_uuid)
        return Organization.of(record)


Viewer = Annotated[
    ResidentViewer | EmployeeViewer | ServiceViewer,
    strawberry.union("Viewer", description="Who is signed in, by the kind of their credential."),
]


@strawberry.type
class ViewerQueries:
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
    return ResidentViewer(full_name=await queries.resident_name(actor.user_id))


async def _employee(actor: Actor) -> EmployeeViewer:
    assert actor.user_id is not None
    named = await queries.employee_named(actor.user_id)
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
        title=await queries.service_token_title(membership.employee_id),
        permissions=sorted(membership.permissions),
        all_buildings=membership.all_buildings,
    )
