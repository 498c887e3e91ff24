"""Changing one's password, and setting it by a link that only the mailbox gets.

The link's token is derived from the row's id by a key of the installation, as one-time codes are.
A random token would have to travel from the request to the worker through the outbox, where a
reader of the database would find it; a derived one is stored nowhere, not even as a hash.
"""

from uuid import UUID, uuid4

import structlog

from kvartal import clock
from kvartal.audit.rules import AuditActorKind
from kvartal.audit.service import SignIn, own_act, signed_in
from kvartal.auth import passwords, tokens
from kvartal.auth.actor import Actor
from kvartal.auth.events import PasswordChanged, PasswordLinkRequested
from kvartal.auth.limits.rules import reset_budgets, session_budgets
from kvartal.auth.limits.service import give_back, spend
from kvartal.auth.password import queries
from kvartal.auth.password.rules import ResetTokenInvalid, WrongPassword, check_password
from kvartal.auth.policy import policy
from kvartal.auth.rules import InvalidEmail, ResetKind, normal_email
from kvartal.auth.sessions.queries import end_sessions
from kvartal.auth.sessions.service import session_of
from kvartal.auth.sessions.topics import person_topic
from kvartal.auth.sign_in.queries.people import credentials_of, set_password_hash
from kvartal.auth.sign_in.rules import Client
from kvartal.auth.sign_in.service import visitor_of
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.live import touch

__all__ = ["change_password", "invite", "request_password_reset", "reset_password"]

log = structlog.get_logger("kvartal.auth")


async def request_password_reset(
    *, email: str, locale: str = "ru", client: Client | None = None
) -> None:
    """Have a link sent, if the e-mail is that of somebody who may sign in: nothing tells if so."""
    client = client or Client()
    account = normal_email(email)
    if account is None:
        raise InvalidEmail(path=("email",))
    found = await credentials_of(account, address=client.origin.address)
    if await spend(reset_budgets(account, visitor_of(client, found))):
        async with unit_of_work():
            link = await queries.issue_link(
                account, ResetKind.RESET, locale=locale, now=clock.now()
            )
            emit(PasswordLinkRequested(link_id=link))


async def invite(email: str, *, organization_id: UUID, locale: str) -> None:
    """Have a link sent to a new employee, by which they set their first password."""
    async with unit_of_work():
        link = await queries.issue_link(
            email,
            ResetKind.INVITATION,
            organization_id=organization_id,
            locale=locale,
            now=clock.now(),
        )
        emit(PasswordLinkRequested(link_id=link))


async def reset_password(*, token: str, new_password: str) -> str:
    """Set a password by a link, which ends all sessions; the device token of who did it."""
    link = tokens.reset_of(token, policy().reset_keys)
    owner = await queries.owner_of_link(link, now=clock.now()) if link else None
    if link is None or owner is None:
        raise ResetTokenInvalid(path=("token",))
    check_password(new_password, email=owner.email, common=queries.common_words())
    kept = await passwords.hash_password(new_password)
    now = clock.now()
    async with unit_of_work():
        await queries.lock_user(owner.user_id)
        if not await queries.use_link(link, now=now):
            raise ResetTokenInvalid(path=("token",))
        await queries.set_password(owner.user_id, kept, now=now)
        await queries.void_links(owner.email, now=now)
        await end_sessions(owner.user_id, now=now)
        touch(person_topic(owner.user_id))
        signed_in(SignIn(AuditActorKind.EMPLOYEE, owner.user_id))
        emit(PasswordChanged(user_id=owner.user_id, change_id=uuid7()))
    log.info("auth.password_reset", user=str(owner.user_id))
    return tokens.device_token(uuid4(), owner.user_id, policy().device_keys[0])


async def change_password(actor: Actor, *, old_password: str, new_password: str) -> int:
    """Set a password by the present one, which ends the other sessions; how many they were."""
    user_id, session_id = session_of(actor)
    budgets = session_budgets(session_id)
    await spend(budgets)
    email, old = await queries.address_of(user_id) or ("", None)
    verdict = await passwords.verify_password(old_password, old)
    if not (verdict.is_right and old):
        raise WrongPassword(path=("old_password",))
    await give_back(budgets)
    check_password(new_password, email=email, common=queries.common_words())
    new = await passwords.hash_password(new_password)
    now = clock.now()
    async with unit_of_work():
        await queries.lock_user(user_id)
        if not await set_password_hash(user_id, old=old, new=new, now=now):
            raise WrongPassword(path=("old_password",))
        await queries.void_links(email, now=now)
        ended = await end_sessions(user_id, spared=session_id, now=now)
        touch(person_topic(user_id))
        own_act()
        emit(PasswordChanged(user_id=user_id, change_id=uuid7()))
    log.info("auth.password_changed", user=str(user_id), by=str(session_id), ended=ended)
    return ended
