"""Sessions: telling who acts, opening, refreshing, listing and ending."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.rules import AuditActorKind
from kvartal.audit.service import SignIn, own_act, signed_in
from kvartal.auth import models, tokens
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind
from kvartal.auth.limits.service import counted_apart
from kvartal.auth.policy import policy
from kvartal.auth.rules import SessionChannel, kind_of
from kvartal.auth.service_tokens.queries import memberships_of_tokens, service_token_state
from kvartal.auth.sessions import queries
from kvartal.auth.sessions.rules import MAX_SESSIONS, USE_NOTED_EVERY, RefreshTokenInvalid
from kvartal.auth.sessions.topics import person_topic
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, Unauthenticated
from kvartal.gathered import Gathered
from kvartal.live import touch

__all__ = [
    "SignedIn",
    "authenticate",
    "employee_by_id",
    "open_session",
    "own_sessions",
    "refresh_session",
    "revoke_other_sessions",
    "revoke_session",
    "session_of",
    "sign_out",
    "still",
]

log = structlog.get_logger("kvartal.auth")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets when it signs in: the only copy of its tokens.

    ``device_token``: of a sign-in alone; a refresh has none to give.
    """

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    session_id: UUID
    channel: SessionChannel
    device_token: str | None = field(default=None, repr=False)


async def authenticate(token: str | None) -> Actor:
    """Who a request's credential stands for; Unauthenticated if it is not to be trusted."""
    if token is None:
        return ANONYMOUS
    if tokens.is_service_token(token):
        return await _service_actor(token)
    return await _person_actor(token)


async def _service_actor(token: str) -> Actor:
    now = clock.now()
    state = await service_token_state(
        tokens.fingerprint(token), now=now, touch_before=now - USE_NOTED_EVERY
    )
    if state is None or state.is_revoked:
        raise Unauthenticated("TOKEN_INVALID")
    if state.expires_at is not None and state.expires_at <= now:
        raise Unauthenticated("TOKEN_EXPIRED")
    return Actor(
        kind=ActorKind.SERVICE,
        memberships=(state.membership,),
        expires_at=state.expires_at.timestamp() if state.expires_at else None,
    )


async def _person_actor(token: str) -> Actor:
    now = clock.now()
    claims = tokens.read_access_token(token, policy().access_keys, now=now)
    state = await queries.session_state(claims.session_id, now=now)
    if state is None or not state.is_live:
        raise Unauthenticated("TOKEN_INVALID")
    return Actor(
        kind=ActorKind(state.kind),
        user_id=state.user_id,
        session_id=claims.session_id,
        channel=state.channel,
        memberships=state.memberships,
        expires_at=claims.expires_at.timestamp(),
    )


async def employee_by_id(user_id: UUID, *, channel: str) -> Actor:
    """An employee with their present rights, for what they have started and a worker carries out.

    They need not be signed in any more. Somebody who is no employee any more may do nothing.
    """
    return Actor(
        kind=ActorKind.EMPLOYEE,
        user_id=user_id,
        channel=channel,
        memberships=await queries.memberships_of_user(user_id),
    )


async def still(actor: Actor) -> Actor:
    """The actor with their present rights; Unauthenticated if their credential has been revoked.

    For what lives longer than a request.
    """
    now = clock.now()
    if actor.kind is ActorKind.SERVICE:
        found = await memberships_of_tokens(
            [each.employee_id for each in actor.memberships], now=now
        )
        if len(found) != len(actor.memberships):
            raise Unauthenticated("TOKEN_INVALID")
        return replace(actor, memberships=found)
    if actor.session_id is None:
        return actor
    state = await _states.get(actor.session_id)
    if state is None or not state.is_live:
        raise Unauthenticated("TOKEN_INVALID")
    return replace(actor, memberships=state.memberships)


async def _present_states(session_ids: Sequence[UUID]) -> dict[UUID, queries.SessionState]:
    return await queries.session_states(session_ids, now=clock.now())


# When something changes, thousands of subscriptions ask at once what their sessions are worth.
_states = Gathered(_present_states)


async def open_session(
    user_id: UUID,
    channel: SessionChannel,
    *,
    user_agent: str | None = None,
    device_token: str | None = None,
) -> SignedIn:
    """A new session of a person whose right to it has been shown."""
    now = clock.now()
    async with unit_of_work():
        if await queries.end_surplus_sessions(user_id, kept=MAX_SESSIONS - 1, now=now):
            touch(person_topic(user_id))
        session = await models.Session.create(
            user_id=user_id,
            kind=kind_of(channel),
            channel=channel,
            last_used_at=now,
            expires_at=now + policy().refresh_life,
            user_agent=_shown(user_agent),
        )
        signed_in(SignIn(AuditActorKind(kind_of(channel)), user_id, session.id, channel))
        opened = await _new_tokens(session.id, channel, now, device_token)
    log.info("auth.signed_in", session=str(session.id), channel=channel)
    return opened


async def refresh_session(*, refresh_token: str) -> SignedIn:
    """New tokens for old; a token used twice ends the session, for one of two holds it stolen."""
    counted_apart()
    now = clock.now()
    token_hash = tokens.fingerprint(refresh_token)
    async with unit_of_work():
        session = await queries.advance_session(
            token_hash, now=now, expires_at=now + policy().refresh_life
        )
        if session is not None:
            return await _new_tokens(*session, now)
        ended = await queries.end_session_of_used(token_hash, now=now)
        if ended is not None:
            touch(person_topic(ended[1]))
    # Raised after the commit, or the session would live on.
    if ended is not None:
        log.warning("auth.refresh_token_reused", session=str(ended[0]))
    raise RefreshTokenInvalid(path=("refresh_token",))


async def own_sessions(actor: Actor) -> list[queries.OwnSession]:
    """The actor's live sessions, in whatever capacity, the last used first; a token has none."""
    if actor.user_id is None:
        return []
    return await queries.live_sessions_of(actor.user_id, now=clock.now())


async def sign_out(actor: Actor) -> None:
    """End the actor's session."""
    user_id, session_id = session_of(actor)
    async with unit_of_work():
        own_act()
        await queries.end_own_session(user_id, session_id, now=clock.now())
        touch(person_topic(user_id))


async def revoke_session(actor: Actor, session_id: UUID) -> queries.OwnSession:
    """End one of the actor's sessions; one that has ended stays as it is."""
    user_id, _ = session_of(actor)
    async with unit_of_work():
        own_act()
        ended = await queries.end_own_session(user_id, session_id, now=clock.now())
        touch(person_topic(user_id))
    if ended is None:
        raise NotFound
    log.info("auth.session_revoked", session=str(session_id), by=str(actor.session_id))
    return ended


async def revoke_other_sessions(actor: Actor) -> int:
    """End all sessions of the actor but the present one; how many."""
    user_id, session_id = session_of(actor)
    async with unit_of_work():
        own_act()
        ended = await queries.end_sessions(user_id, spared=session_id, now=clock.now())
        touch(person_topic(user_id))
    log.info("auth.other_sessions_revoked", by=str(session_id), sessions=ended)
    return ended


def session_of(actor: Actor) -> tuple[UUID, UUID]:
    """The actor's user and session; Forbidden for an integrator's token, which has neither."""
    if actor.user_id is None or actor.session_id is None:
        raise Forbidden("FORBIDDEN_WITHOUT_SESSION")
    return actor.user_id, actor.session_id


async def _new_tokens(
    session_id: UUID, channel: SessionChannel, now: datetime, device_token: str | None = None
) -> SignedIn:
    expires_at = now + policy().access_life
    refresh_expires_at = now + policy().refresh_life
    refresh_token = tokens.new_refresh_token()
    await models.RefreshToken.create(
        session_id=session_id,
        token_hash=tokens.fingerprint(refresh_token),
        expires_at=refresh_expires_at,
    )
    claims = tokens.AccessClaims(session_id, expires_at)
    return SignedIn(
        access_token=tokens.sign_access_token(claims, policy().access_key, issued_at=now),
        expires_at=expires_at,
        refresh_token=refresh_token,
        refresh_expires_at=refresh_expires_at,
        session_id=session_id,
        channel=channel,
        device_token=device_token,
    )


def _shown(user_agent: str | None) -> str | None:
    """A client's name for itself, as far as people can read it."""
    readable = "".join(each for each in user_agent or "" if each.isprintable())
    return readable[:300] or None
