"""Mutations of sign-in and of service tokens."""

import strawberry

from kvartal.auth import rules, service
from kvartal.auth.graphql.inputs import (
    CreateServiceTokenInput,
    RefreshSessionInput,
    RequestSignInCodeInput,
    RevokeServiceTokenInput,
    SignInEmployeeInput,
    SignInResidentInput,
)
from kvartal.auth.graphql.rows import IssuedServiceToken, ServiceToken, SessionTokens
from kvartal.context import Info
from kvartal.graphql.fields import PUBLIC, SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.permissions import ROLE_MANAGE

__all__ = ["AuthMutations"]


@strawberry.type
class AuthMutations:
    """Mutations of auth."""

    @mutation(
        access=PUBLIC,
        description="Sign an employee in by e-mail and password.",
        raises=(rules.InvalidCredentials,),
        payload="session",
    )
    async def sign_in_employee(self, info: Info, input: SignInEmployeeInput) -> SessionTokens:
        """Open an employee's session."""
        return SessionTokens.of(
            await service.sign_in_employee(
                email=input.email, password=input.password, channel=input.channel.value
            )
        )

    @mutation(
        access=PUBLIC,
        description="Have a one-time code sent to a resident's telephone; the answer does not tell"
        " whether it is one's. At most one a minute.",
        raises=(rules.InvalidPhone,),
    )
    async def request_sign_in_code(self, info: Info, input: RequestSignInCodeInput) -> None:
        """Ask for a code."""
        await service.request_code(phone=input.phone)

    @mutation(
        access=PUBLIC,
        description="Sign a resident in by telephone and one-time code.",
        raises=(rules.InvalidCode,),
        payload="session",
    )
    async def sign_in_resident(self, info: Info, input: SignInResidentInput) -> SessionTokens:
        """Open a resident's session."""
        return SessionTokens.of(await service.sign_in_resident(phone=input.phone, code=input.code))

    @mutation(
        access=PUBLIC,
        description="Change a refresh token for new tokens; it can be used once. Send no access"
        " token along: an expired one is refused.",
        raises=(rules.RefreshTokenInvalid,),
        payload="session",
    )
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> SessionTokens:
        """Go on with a session."""
        return SessionTokens.of(await service.refresh_session(refresh_token=input.refresh_token))

    @mutation(access=SIGNED_IN, description="End the present session, its tokens with it.")
    async def sign_out(self, info: Info) -> None:
        """End the session."""
        await service.sign_out(info.context.actor)

    @mutation(
        access=ROLE_MANAGE,
        description="Make a token for an integrator; it can do no more than who makes it.",
        raises=(
            rules.PermissionNotHeld,
            rules.NeedsAllBuildings,
            rules.TokenTitleInvalid,
            rules.TokenExpiryPast,
        ),
        payload="issued",
    )
    async def create_service_token(
        self, info: Info, input: CreateServiceTokenInput
    ) -> IssuedServiceToken:
        """Make a service token."""
        made = await service.create_service_token(
            info.context.actor,
            organization_id=uuid_of("Organization", input.organization_id),
            title=input.title,
            permissions=input.permissions,
            expires_at=input.expires_at,
        )
        return IssuedServiceToken(
            token=made.token,
            permissions=made.permissions,
            service_token=ServiceToken.of(made.row),
        )

    @mutation(
        access=ROLE_MANAGE,
        description="Put an integrator's token out of use, for good.",
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
