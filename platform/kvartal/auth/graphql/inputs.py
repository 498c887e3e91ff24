"""What the mutations of sign-in and of service tokens take."""

from datetime import datetime

import strawberry

from kvartal.auth.graphql.rows import EmployeeChannel

__all__ = [
    "CreateServiceTokenInput",
    "RefreshSessionInput",
    "RequestSignInCodeInput",
    "RevokeServiceTokenInput",
    "SignInEmployeeInput",
    "SignInResidentInput",
]


@strawberry.input(description="An employee's e-mail and password.")
class SignInEmployeeInput:
    """Input of signInEmployee."""

    email: str = strawberry.field(description="E-mail; its case means nothing.")
    password: str = strawberry.field(description="Password.")
    channel: EmployeeChannel = strawberry.field(description="The app that is signed in to.")


@strawberry.input(description="A telephone that a one-time code is wanted on.")
class RequestSignInCodeInput:
    """Input of requestSignInCode."""

    phone: str = strawberry.field(description="Telephone, e.g. `+79001234567`.")


@strawberry.input(description="A resident's telephone and the code that it got.")
class SignInResidentInput:
    """Input of signInResident."""

    phone: str = strawberry.field(description="Telephone, e.g. `+79001234567`.")
    code: str = strawberry.field(description="The six digits of the code.")


@strawberry.input(description="The refresh token to be used up.")
class RefreshSessionInput:
    """Input of refreshSession."""

    refresh_token: str = strawberry.field(description="The session's latest refresh token.")


@strawberry.input(description="A service token to be made.")
class CreateServiceTokenInput:
    """Input of createServiceToken."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization whose data it opens, all buildings of it."
    )
    title: str = strawberry.field(description="By what people find it again; 100 characters.")
    permissions: list[str] = strawberry.field(
        description="Codes of rights (права); only such as the viewer has in the organization."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends; never unless said."
    )


@strawberry.input(description="A service token to be put out of use.")
class RevokeServiceTokenInput:
    """Input of revokeServiceToken."""

    id: strawberry.ID = strawberry.field(description="Its id.")
