"""Integrators' tokens over GraphQL."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.auth.authority.rules import NeedsAllBuildings, PermissionNotHeld
from kvartal.auth.service_tokens import service
from kvartal.auth.service_tokens.loaders import BuildingsByServiceToken
from kvartal.auth.service_tokens.queries import KeptToken
from kvartal.auth.service_tokens.rules import TokenExpiryPast, TokenTitleInvalid
from kvartal.auth.wording import PERMISSIONS, OfOrganization
from kvartal.context import Info
from kvartal.graphql.fields import query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import encode_id, uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.graphql.rows import Building
from kvartal.housing.sources import BUILDINGS
from kvartal.permissions import ROLE_MANAGE

__all__ = ["ServiceTokenMutations", "ServiceTokenQueries"]


@strawberry.type(description="An integrator's credential in one organization.")
class ServiceToken:
    """A service token, without its text."""

    uuid: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    title: str = strawberry.field(description="What it is called.")
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    all_buildings: bool = strawberry.field(
        description="Whether it opens all buildings, those to come included."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to five minutes; null: never yet."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was put out of use.")

    @classmethod
    def of(cls, token: KeptToken) -> "ServiceToken":
        """The token as it is kept."""
        return cls(
            uuid=token.id,
            id=encode_id("ServiceToken", token.id),
            title=token.title,
            permissions=list(token.permissions),
            all_buildings=token.all_buildings,
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )

    @strawberry.field(
        description="The buildings that it opens, as far as the viewer sees them, by address; none"
        " are listed if it opens all."
    )
    async def buildings(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of its buildings."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(BuildingsByServiceToken, (self.uuid, page))
        return connected(page, rows, Building.of, BUILDINGS.order)


@strawberry.type(description="A new service token with its text, which is shown this once.")
class IssuedServiceToken:
    """A service token that has just been made."""

    token: str = strawberry.field(description="Goes with each request as a bearer token.")
    permissions: list[str] = strawberry.field(description=PERMISSIONS)
    service_token: ServiceToken = strawberry.field(description="The token as it is kept.")


@strawberry.input(description="A service token to be made.")
class CreateServiceTokenInput:
    """Input of createServiceToken."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization whose data it opens."
    )
    title: str = strawberry.field(description="By what people find it again; 100 characters.")
    permissions: list[str] = strawberry.field(
        description="Codes of rights (права); only such as the viewer has in the organization."
    )
    building_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="The only buildings that it opens; unless said all, those to come included.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends; never unless said."
    )


@strawberry.input(description="A service token to be put out of use.")
class RevokeServiceTokenInput:
    """Input of revokeServiceToken."""

    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type
class ServiceTokenQueries:
    """Queries of service tokens."""

    @query(
        access=ROLE_MANAGE,
        description="The integrators' tokens of an organization, the newest first.",
    )
    async def service_tokens(
        self,
        info: Info,
        organization_id: OfOrganization,
        include_revoked: Annotated[
            bool, strawberry.argument(description="Also those that were put out of use.")
        ] = False,
    ) -> list[ServiceToken]:
        """The tokens of an organization."""
        found = await service.list_service_tokens(
            info.context.actor,
            uuid_of("Organization", organization_id),
            with_revoked=include_revoked,
        )
        return [ServiceToken.of(each) for each in found]


@strawberry.type
class ServiceTokenMutations:
    """Mutations of service tokens."""

    @mutation(
        access=ROLE_MANAGE,
        description="Make a token for an integrator; it can do no more than who makes it.",
        raises=(PermissionNotHeld, NeedsAllBuildings, TokenTitleInvalid, TokenExpiryPast),
        payload="issued",
        secret=True,
    )
    async def create_service_token(
        self, info: Info, input: CreateServiceTokenInput
    ) -> IssuedServiceToken:
        """Make a service token."""
        ids = input.building_ids
        made = await service.create_service_token(
            info.context.actor,
            organization_id=uuid_of("Organization", input.organization_id),
            title=input.title,
            permissions=input.permissions,
            building_ids=None if ids is None else [uuid_of("Building", each) for each in ids],
            expires_at=input.expires_at,
        )
        return IssuedServiceToken(
            token=made.token,
            permissions=list(made.row.permissions),
            service_token=ServiceToken.of(made.row),
        )

    @mutation(
        access=ROLE_MANAGE,
        description="Put an integrator's token out of use, at once and for good.",
        payload="service_token",
    )
    async def revoke_service_token(
        self, info: Info, input: RevokeServiceTokenInput
    ) -> ServiceToken:
        """Revoke a service token."""
        token_id = uuid_of("ServiceToken", input.id)
        return ServiceToken.of(
            await service.revoke_service_token(info.context.actor, token_id=token_id)
        )
