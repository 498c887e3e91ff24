"""Sessions over GraphQL: refreshed, listed and ended."""

from datetime import datetime
from enum import Enum

import strawberry

from kvartal.audit.api import SECRET
from kvartal.auth.rules import SessionChannel, SessionKind
from kvartal.auth.sessions import service
from kvartal.auth.sessions.queries import OwnSession
from kvartal.auth.sessions.rules import RefreshTokenInvalid
from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import PUBLIC, SIGNED_IN, query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import encode_id, uuid_of

__all__ = ["EmployeeChannel", "SessionMutations", "SessionQueries", "SessionTokens"]


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
describe_enum(
    SessionChannel,
    "The app that a session was opened for (канал приема).",
    RESIDENT_APP="The residents' mobile app.",
    EMPLOYEE_APP="The employees' mobile app.",
    CRM="The web CRM.",
)
describe_enum(
    SessionKind,
    "In which capacity somebody is signed in.",
    RESIDENT="As a resident (житель).",
    EMPLOYEE="As an employee (сотрудник).",
)


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
    device_token: str | None = strawberry.field(
        description="Of a sign-in. Keep it after signing out and send it with the next sign-in:"
        " then nobody else's failures can bar this device. It opens nothing by itself."
    )

    @classmethod
    def of(cls, signed_in: service.SignedIn) -> "SessionTokens":
        """The tokens of a sign-in."""
        return cls(
            access_token=signed_in.access_token,
            expires_at=signed_in.expires_at,
            refresh_token=signed_in.refresh_token,
            refresh_expires_at=signed_in.refresh_expires_at,
            device_token=signed_in.device_token,
        )


@strawberry.type(description="A device that the viewer is signed in on.")
class Session:
    """One of the viewer's sessions."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    kind: SessionKind = strawberry.field(description="In which capacity.")
    channel: SessionChannel = strawberry.field(description="The app.")
    created_at: datetime = strawberry.field(description="When it was signed in.")
    last_used_at: datetime = strawberry.field(
        description="When its tokens were last renewed: no later than this it was in use."
    )
    expires_at: datetime = strawberry.field(description="When it ends unless it is used again.")
    ended_at: datetime | None = strawberry.field(description="When it was ended; null if it lives.")
    user_agent: str | None = strawberry.field(description="What the app calls itself.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, session: OwnSession, info: Info) -> "Session":
        """A session, as the one that asks sees it."""
        return cls(
            id=encode_id("Session", session.id),
            kind=session.kind,
            channel=session.channel,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            ended_at=session.revoked_at,
            user_agent=session.user_agent,
            is_current=session.id == info.context.actor.session_id,
        )


@strawberry.input(description="The refresh token to be used up.")
class RefreshSessionInput:
    """Input of refreshSession."""

    refresh_token: str = strawberry.field(
        metadata=SECRET, description="The session's latest refresh token."
    )


@strawberry.input(description="A session to be ended.")
class RevokeSessionInput:
    """Input of revokeSession."""

    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type
class SessionQueries:
    """Queries of the viewer's sessions."""

    @query(
        access=SIGNED_IN,
        description="Where the viewer is signed in, in every capacity, the last used first.",
    )
    async def sessions(self, info: Info) -> list[Session]:
        """All live sessions of the viewer."""
        return [Session.of(each, info) for each in await service.own_sessions(info.context.actor)]


@strawberry.type
class SessionMutations:
    """Mutations of sessions."""

    @mutation(
        access=PUBLIC,
        description="Change a refresh token for new tokens; it can be used once. Send no access"
        " token along: an expired one is refused.",
        raises=(RefreshTokenInvalid,),
        payload="session",
        secret=True,
        unaudited="the session was recorded when it was opened",
    )
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> SessionTokens:
        """Go on with a session."""
        return SessionTokens.of(await service.refresh_session(refresh_token=input.refresh_token))

    @mutation(access=SIGNED_IN, description="End the present session, its tokens with it.")
    async def sign_out(self, info: Info) -> None:
        """End the session."""
        await service.sign_out(info.context.actor)

    @mutation(access=SIGNED_IN, description="End one of the viewer's sessions, its tokens with it.")
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> Session:
        """End a session."""
        actor = info.context.actor
        return Session.of(await service.revoke_session(actor, uuid_of("Session", input.id)), info)

    @mutation(
        access=SIGNED_IN,
        description="End all of the viewer's sessions but the present one; how many they were.",
        payload="ended",
    )
    async def revoke_other_sessions(self, info: Info) -> int:
        """End the other sessions."""
        return await service.revoke_other_sessions(info.context.actor)
