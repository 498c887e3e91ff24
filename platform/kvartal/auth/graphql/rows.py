"""The viewer, sessions and service tokens as the schema shows them."""

from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.auth import models, service
from kvartal.auth.actor import Membership
from kvartal.auth.rules import SessionChannel
from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import encode_id
from kvartal.housing import loaders, sources
from kvartal.housing.graphql.rows import Organization, Premise
from kvartal.housing.queries import all_visible

__all__ = [
    "EmployeeChannel",
    "EmployeeViewer",
    "IssuedServiceToken",
    "ResidentViewer",
    "ServiceToken",
    "ServiceViewer",
    "SessionTokens",
    "Viewer",
    "ViewerMembership",
]

PERMISSIONS = "Codes of the rights (права) carried, e.g. `meters.reading.submit`."


class EmployeeChannel(Enum):
    """The apps that employees sign in to."""

    CRM = SessionChannel.CRM
    EMPLOYEE_APP = SessionChannel.EMPLOYEE_APP


describe_enum(
    EmployeeChannel,
    "The app that an employee's session is opened for (канал приема); it stays that.",
    CRM="The web CRM.",
    EMPLOYEE_APP="The employees' mobile app.",
)


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
        record = await info.context.load(loaders.OrganizationById, self.organization_uuid)
        return Organization.of(record)


@strawberry.type(description="A resident who is signed in (житель).")
class ResidentViewer:
    """A resident as the viewer."""

    full_name: str = strawberry.field(description="Surname, name and patronymic (ФИО).")

    @strawberry.field(description="Their premises (помещения), by address.")
    async def premises(self, info: Info) -> list[Premise]:
        """All premises of the resident."""
        rows = await all_visible(sources.PREMISES, info.context.actor)
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

    @strawberry.field(description="The organization that issued it (юрлицо).")
    async def organization(self, info: Info) -> Organization:
        """Its organization."""
        record = await info.context.load(loaders.OrganizationById, self.organization_uuid)
        return Organization.of(record)


Viewer = Annotated[
    ResidentViewer | EmployeeViewer | ServiceViewer,
    strawberry.union("Viewer", description="Who is signed in, by the kind of their credential."),
]


@strawberry.type(description="Tokens of a session; nobody can show them again.")
class SessionTokens:
    """What a client keeps of its session."""

    access_token: str = strawberry.field(description="Goes with each request as a bearer token.")
    expires_at: datetime = strawberry.field(description="When the access token ends.")
    refresh_token: str = strawberry.field(
        description="Gets new tokens once; using it twice ends the session."
    )
    refresh_expires_at: datetime = strawberry.field(
        description="When the refresh token ends, and the session with it."
    )

    @classmethod
    def of(cls, signed_in: service.SignedIn) -> "SessionTokens":
        """The tokens of a sign-in."""
        return cls(
            access_token=signed_in.access_token,
            expires_at=signed_in.expires_at,
            refresh_token=signed_in.refresh_token,
            refresh_expires_at=signed_in.refresh_expires_at,
        )


@strawberry.type(description="An integrator's credential in one organization.")
class ServiceToken:
    """A service token, without its text."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    title: str = strawberry.field(description="What it is called.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    revoked_at: datetime | None = strawberry.field(description="When it was put out of use.")

    @classmethod
    def of(cls, row: models.ServiceToken) -> "ServiceToken":
        """The token in a row."""
        return cls(
            id=encode_id("ServiceToken", row.id),
            title=row.title,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )


@strawberry.type(description="A new service token with its text, which is shown this once.")
class IssuedServiceToken:
    """A service token that has just been made."""

    token: str = strawberry.field(description="Goes with each request as a bearer token.")
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    service_token: ServiceToken = strawberry.field(description="The token as it is kept.")
