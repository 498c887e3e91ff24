"""Signing in and out, telling who acts, and integrators' tokens."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.auth import codes, models, passwords, rules, tokens
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.policy import policy
from kvartal.auth.queries import codes as code_queries
from kvartal.auth.queries import sessions
from kvartal.auth.queries.service_tokens import service_token_state
from kvartal.auth.rules import SessionChannel
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, Unauthenticated
from kvartal.events import emit
from kvartal.permissions import ROLE_MANAGE

__all__ = [
    "IssuedServiceToken",
    "SignedIn",
    "authenticate",
    "create_service_token",
    "open_session",
    "refresh_session",
    "request_code",
    "revoke_service_token",
    "sign_in_employee",
    "sign_in_resident",
    "sign_out",
]

log = structlog.get_logger("kvartal.auth")

# Writing at each request would cost more than the answer is worth.
USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets when it signs in: the only copy of both tokens."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    session_id: UUID
    channel: SessionChannel


@dataclass(frozen=True, slots=True)
class IssuedServiceToken:
    """A new service token with its text, which is never shown again."""

    row: models.ServiceToken
    permissions: list[str]
    token: str = field(repr=False)


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
    state = await sessions.session_state(claims.session_id, now=now)
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


async def sign_in_employee(
    *, email: str, password: str, channel: SessionChannel, user_agent: str | None = None
) -> SignedIn:
    """Sign an employee in; a stranger gets the same answer after the same time."""
    known = rules.normal_email(email)
    found = await sessions.credentials_of(known) if known else None
    kept = found.password_hash if found else None
    verdict = await passwords.verify_password(password, kept)
    if not (found and found.may_sign_in and verdict.is_right):
        raise rules.InvalidCredentials
    newer = await passwords.hash_password(password) if verdict.needs_rehash else None
    async with unit_of_work():
        if kept and newer:
            await sessions.set_password_hash(found.user_id, old=kept, new=newer, now=clock.now())
        return await open_session(found.user_id, channel, user_agent=user_agent)


async def request_code(*, phone: str) -> None:
    """Have a one-time code sent, if the telephone is a resident's: nothing tells if it is."""
    number = rules.normal_phone(phone)
    if number is None:
        raise rules.InvalidPhone(path=("phone",))
    async with unit_of_work():
        code_id = await code_queries.issue_code(number, now=clock.now())
        if code_id is not None:
            emit(SignInCodeRequested(code_id=code_id))


async def sign_in_resident(*, phone: str, code: str, user_agent: str | None = None) -> SignedIn:
    """Sign a resident in by the code that their telephone got."""
    number = rules.normal_phone(phone)
    now = clock.now()
    # Counted outside the unit of work: a wrong guess must not be rolled back.
    attempt = await code_queries.attempt_code(number, now=now) if number else None
    if number is None or attempt is None:
        raise rules.InvalidCode(path=("code",))
    is_right = codes.is_code_of(rules.normal_code(code), policy().code(attempt.issue))
    if not (is_right and attempt.is_residents):
        raise rules.InvalidCode(path=("code",))
    async with unit_of_work():
        if not await code_queries.use_code(attempt.issue, now=now):
            raise rules.InvalidCode(path=("code",))
        user_id = await code_queries.resident_with(number)
        return await open_session(user_id, SessionChannel.RESIDENT_APP, user_agent=user_agent)


async def open_session(
    user_id: UUID, channel: SessionChannel, *, user_agent: str | None = None
) -> SignedIn:
    """A new session of a person whose right to it has been shown."""
    now = clock.now()
    async with unit_of_work():
        session = await models.Session.create(
            user_id=user_id,
            kind=rules.kind_of(channel),
            channel=channel,
            last_used_at=now,
            expires_at=now + policy().refresh_life,
            user_agent=user_agent[:300] if user_agent else None,
        )
        signed_in = await _new_tokens(session.id, channel, now)
    log.info("auth.signed_in", session=str(session.id), channel=channel)
    return signed_in


async def refresh_session(*, refresh_token: str) -> SignedIn:
    """New tokens for old; a token used twice ends the session, for one of two holds it stolen."""
    now = clock.now()
    token_hash = tokens.fingerprint(refresh_token)
    async with unit_of_work():
        session = await sessions.advance_session(
            token_hash, now=now, expires_at=now + policy().refresh_life
        )
        if session is not None:
            return await _new_tokens(*session, now)
        ended = await sessions.end_session_of_used(token_hash, now=now)
    # Raised after the commit, or the session would live on.
    if ended is not None:
        log.warning("auth.refresh_token_reused", session=str(ended))
    raise rules.RefreshTokenInvalid(path=("refresh_token",))


async def _new_tokens(session_id: UUID, channel: SessionChannel, now: datetime) -> SignedIn:
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
    )


async def sign_out(actor: Actor) -> None:
    """End the actor's session."""
    if actor.session_id is None:
        raise Forbidden("FORBIDDEN_WITHOUT_SESSION")
    async with unit_of_work():
        await sessions.end_session(actor.session_id, now=clock.now())


async def create_service_token(
    actor: Actor,
    *,
    organization_id: UUID,
    title: str,
    permissions: list[str],
    expires_at: datetime | None = None,
) -> IssuedServiceToken:
    """Make a token for an integrator, with no right that its maker does not have."""
    maker = _manager_in(actor, organization_id)
    asked = sorted(set(permissions))
    rules.check_service_token(
        title=title,
        permissions=permissions,
        expires_at=expires_at,
        held=maker.permissions,
        all_buildings=maker.all_buildings,
        now=clock.now(),
    )
    token = tokens.new_service_token()
    async with unit_of_work():
        row = await models.ServiceToken.create(
            organization_id=organization_id,
            title=title.strip(),
            token_hash=tokens.fingerprint(token),
            expires_at=expires_at,
        )
        await models.ServiceTokenPermission.bulk_create(
            models.ServiceTokenPermission(
                organization_id=organization_id, service_token_id=row.id, permission=permission
            )
            for permission in asked
        )
    log.info("auth.service_token_created", token=str(row.id), by=str(maker.employee_id))
    return IssuedServiceToken(row, asked, token)


async def revoke_service_token(actor: Actor, *, token_id: UUID) -> models.ServiceToken:
    """Put an integrator's token out of use; doing so again changes nothing."""
    async with unit_of_work():
        mine = [each.organization_id for each in actor.memberships]
        row = await models.ServiceToken.filter(id=token_id, organization_id__in=mine).first()
        if row is None:
            raise NotFound
        manager = _manager_in(actor, row.organization_id)
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            await row.save(update_fields=["revoked_at", "updated_at"])
    log.info("auth.service_token_revoked", token=str(row.id), by=str(manager.employee_id))
    return row


def _manager_in(actor: Actor, organization_id: UUID) -> Membership:
    """The employee who may hand out tokens there; a token makes no tokens, or it never dies."""
    for membership in actor.memberships:
        if membership.organization_id == organization_id:
            if actor.kind is ActorKind.EMPLOYEE and ROLE_MANAGE.code in membership.permissions:
                return membership
            raise Forbidden("FORBIDDEN_PERMISSION", permission=ROLE_MANAGE.code)
    raise NotFound
