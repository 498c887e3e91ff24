"""Passwords over GraphQL."""

import strawberry

from kvartal.audit.api import PERSONAL, SECRET
from kvartal.auth.password import service
from kvartal.auth.password.rules import (
    PasswordCommon,
    PasswordIsEmail,
    PasswordTooLong,
    PasswordTooShort,
    ResetTokenInvalid,
    WrongPassword,
)
from kvartal.auth.rules import InvalidEmail
from kvartal.auth.sign_in.graphql import DEVICE_TOKEN
from kvartal.auth.wording import client_of
from kvartal.context import Info
from kvartal.graphql.fields import PUBLIC, SIGNED_IN
from kvartal.graphql.mutation import mutation

__all__ = ["PasswordMutations"]

NEW_PASSWORD = "12 to 128 characters; not one that everybody tries."  # noqa: S105 -- a description
_REFUSED = (PasswordTooShort, PasswordTooLong, PasswordCommon, PasswordIsEmail)


@strawberry.input(description="The present password and the one to be.")
class ChangePasswordInput:
    """Input of changePassword."""

    old_password: str = strawberry.field(metadata=SECRET, description="The present password.")
    new_password: str = strawberry.field(metadata=SECRET, description=NEW_PASSWORD)


@strawberry.input(description="Whose password is to be set anew.")
class RequestPasswordResetInput:
    """Input of requestPasswordReset."""

    email: str = strawberry.field(
        metadata=PERSONAL, description="The e-mail that the employee signs in with."
    )
    device_token: str | None = strawberry.field(
        default=None, metadata=SECRET, description=DEVICE_TOKEN
    )


@strawberry.input(description="The token of a letter, and the password to be.")
class ResetPasswordInput:
    """Input of resetPassword."""

    token: str = strawberry.field(
        metadata=SECRET, description="The token that the letter's link ends with."
    )
    new_password: str = strawberry.field(metadata=SECRET, description=NEW_PASSWORD)


@strawberry.type
class PasswordMutations:
    """Mutations of passwords."""

    @mutation(
        access=SIGNED_IN,
        description="Set another password; the viewer's other sessions end. How many they were.",
        raises=(WrongPassword, *_REFUSED),
        payload="ended",
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> int:
        """Change one's password."""
        return await service.change_password(
            info.context.actor, old_password=input.old_password, new_password=input.new_password
        )

    @mutation(
        access=PUBLIC,
        description="Have a letter sent with a link that sets a password, for one hour and once;"
        " the answer does not tell whether the e-mail is an employee's. More than one a minute or"
        " five an hour from the same place are RATE_LIMITED with `retryAfter` seconds.",
        raises=(InvalidEmail,),
        unaudited="nobody is known yet; the setting of the password is recorded",
    )
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> None:
        """Ask for a link."""
        await service.request_password_reset(
            email=input.email,
            locale=info.context.locale,
            client=client_of(info, input.device_token),
        )

    @mutation(
        access=PUBLIC,
        description="Set a password by the token of a letter; all sessions of its owner end, and"
        " they sign in anew. The `deviceToken` goes with that sign-in.",
        raises=(ResetTokenInvalid, *_REFUSED),
        payload="device_token",
        secret=True,
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> str:
        """Set a password by a link."""
        return await service.reset_password(token=input.token, new_password=input.new_password)
