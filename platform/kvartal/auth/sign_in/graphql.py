"""Signing in over GraphQL."""

import strawberry

from kvartal.audit.api import PERSONAL, SECRET
from kvartal.auth.rules import InvalidPhone
from kvartal.auth.sessions.graphql import EmployeeChannel, SessionTokens
from kvartal.auth.sign_in import service
from kvartal.auth.sign_in.rules import InvalidCode, InvalidCredentials
from kvartal.auth.wording import client_of
from kvartal.context import Info
from kvartal.graphql.fields import PUBLIC
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import encode_id, uuid_of

__all__ = ["DEVICE_TOKEN", "SignInMutations"]

DEVICE_TOKEN = "The `deviceToken` of an earlier sign-in on this device, if there was one."  # noqa: S105 -- a description


@strawberry.input(description="An employee's e-mail and password.")
class SignInEmployeeInput:
    """Input of signInEmployee."""

    email: str = strawberry.field(metadata=PERSONAL, description="E-mail; its case means nothing.")
    password: str = strawberry.field(metadata=SECRET, description="Password.")
    channel: EmployeeChannel = strawberry.field(description="The app that is signed in to.")
    device_token: str | None = strawberry.field(
        default=None, metadata=SECRET, description=DEVICE_TOKEN
    )


@strawberry.input(description="A telephone that a one-time code is wanted on.")
class RequestSignInCodeInput:
    """Input of requestSignInCode."""

    phone: str = strawberry.field(metadata=PERSONAL, description="Telephone, e.g. `+79001234567`.")
    device_token: str | None = strawberry.field(
        default=None, metadata=SECRET, description=DEVICE_TOKEN
    )


@strawberry.input(description="A resident's telephone and the code that it got.")
class SignInResidentInput:
    """Input of signInResident."""

    phone: str = strawberry.field(metadata=PERSONAL, description="Telephone, e.g. `+79001234567`.")
    code: str = strawberry.field(metadata=SECRET, description="The six digits of the code.")
    challenge: strawberry.ID | None = strawberry.field(
        default=None,
        description="The answer of requestSignInCode. Without it the code must be typed in from"
        " the same network address that it was asked for from.",
    )
    device_token: str | None = strawberry.field(
        default=None, metadata=SECRET, description=DEVICE_TOKEN
    )


@strawberry.type
class SignInMutations:
    """Mutations of signing in."""

    @mutation(
        access=PUBLIC,
        description="Sign an employee in by e-mail and password. After too many failures from the"
        " same place the answer is RATE_LIMITED with `retryAfter` seconds.",
        raises=(InvalidCredentials,),
        payload="session",
        secret=True,
    )
    async def sign_in_employee(self, info: Info, input: SignInEmployeeInput) -> SessionTokens:
        """Open an employee's session."""
        return SessionTokens.of(
            await service.sign_in_employee(
                email=input.email,
                password=input.password,
                channel=input.channel.value,
                client=client_of(info, input.device_token),
            )
        )

    @mutation(
        access=PUBLIC,
        description="Have a one-time code sent to a resident's telephone; the answer does not tell"
        " whether it is one's. At most one a minute and five a day from the same place; more are"
        " RATE_LIMITED with `retryAfter` seconds, until the resident signs in.",
        raises=(InvalidPhone,),
        payload="challenge",
        unaudited="nobody is known yet; the sign-in is recorded",
    )
    async def request_sign_in_code(
        self, info: Info, input: RequestSignInCodeInput
    ) -> strawberry.ID:
        """Ask for a code."""
        asked = await service.request_code(
            phone=input.phone, client=client_of(info, input.device_token)
        )
        return encode_id("SignInChallenge", asked.challenge)

    @mutation(
        access=PUBLIC,
        description="Sign a resident in by telephone and one-time code.",
        raises=(InvalidCode,),
        payload="session",
        secret=True,
    )
    async def sign_in_resident(self, info: Info, input: SignInResidentInput) -> SessionTokens:
        """Open a resident's session."""
        challenge = uuid_of("SignInChallenge", input.challenge) if input.challenge else None
        return SessionTokens.of(
            await service.sign_in_resident(
                phone=input.phone,
                code=input.code,
                challenge=challenge,
                client=client_of(info, input.device_token),
            )
        )
