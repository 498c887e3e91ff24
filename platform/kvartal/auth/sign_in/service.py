"""Signing in: employees by e-mail and password, residents by a code on their telephone."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

from kvartal import clock
from kvartal.auth import codes, passwords, tokens
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.limits.rules import (
    Visitor,
    code_guess_budgets,
    code_request_budgets,
    password_budgets,
)
from kvartal.auth.limits.service import give_back, spend
from kvartal.auth.policy import policy
from kvartal.auth.rules import InvalidPhone, SessionChannel, normal_email, normal_phone
from kvartal.auth.sessions.service import SignedIn, open_session
from kvartal.auth.sign_in.queries import codes as code_queries
from kvartal.auth.sign_in.queries import people
from kvartal.auth.sign_in.rules import Client, InvalidCode, InvalidCredentials, normal_code
from kvartal.db.transaction import unit_of_work
from kvartal.errors import RateLimited
from kvartal.events import emit

__all__ = ["request_code", "sign_in_employee", "sign_in_resident", "visitor_of"]

# Whose device tokens nobody has: a token is checked as long for a stranger as for a user.
_NOBODY = UUID(int=0)
_NO_EMAIL = "?"


async def sign_in_employee(
    *, email: str, password: str, channel: SessionChannel, client: Client | None = None
) -> SignedIn:
    """Sign an employee in; a stranger gets the same answer after the same time."""
    client = client or Client()
    account = normal_email(email) or _NO_EMAIL
    found = await people.credentials_of(account, address=client.origin.address)
    visitor = visitor_of(client, found)
    budgets = password_budgets(account, visitor)
    counts = await spend(budgets)
    # A silent refusal takes as long as a wrong password, and is one.
    kept = found.password_hash if counts else None
    verdict = await passwords.verify_password(password, kept, is_stranger=visitor.is_stranger)
    if not (verdict.is_right and kept and found.user_id and found.may_sign_in):
        raise InvalidCredentials
    await give_back(budgets)
    newer = await _rehashed(password) if verdict.needs_rehash else None
    async with unit_of_work():
        if newer:
            await people.set_password_hash(found.user_id, old=kept, new=newer, now=clock.now())
        return await _signed_in(found.user_id, channel, client, visitor)


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A code that may have been sent: ``challenge`` names it when it is typed in."""

    challenge: UUID


async def request_code(*, phone: str, client: Client | None = None) -> CodeRequest:
    """Have a one-time code sent, if the telephone is a resident's: nothing tells if it is."""
    client = client or Client()
    number = normal_phone(phone)
    if number is None:
        raise InvalidPhone(path=("phone",))
    known = await people.person_with_phone(number, address=client.origin.address)
    visitor = visitor_of(client, known)
    counts = await spend(code_request_budgets(number, visitor))
    now = clock.now()
    async with unit_of_work():
        if not counts:
            return CodeRequest(await code_queries.silent_issue(number, visitor.place, now=now))
        code_id = await code_queries.issue_code(number, visitor.place, now=now)
        emit(SignInCodeRequested(code_id=code_id))
    return CodeRequest(code_id)


async def sign_in_resident(
    *, phone: str, code: str, challenge: UUID | None = None, client: Client | None = None
) -> SignedIn:
    """Sign a resident in by the code that their telephone got."""
    client = client or Client()
    number = normal_phone(phone)
    if number is None:
        raise InvalidCode(path=("code",))
    known = await people.person_with_phone(number, address=client.origin.address)
    visitor = visitor_of(client, known)
    budgets = code_guess_budgets(visitor)
    await spend(budgets)
    now = clock.now()
    # Counted outside the unit of work: a wrong guess must not be rolled back.
    attempt = await code_queries.attempt_code(
        number, place=visitor.place, challenge=challenge, now=now
    )
    if attempt is None or not _is_right(code, attempt):
        raise InvalidCode(path=("code",))
    await give_back(budgets + code_request_budgets(number, visitor))
    async with unit_of_work():
        if not await code_queries.use_code(attempt.issue, now=now):
            raise InvalidCode(path=("code",))
        user_id = await people.resident_with(number)
        return await _signed_in(user_id, SessionChannel.RESIDENT_APP, client, visitor)


def visitor_of(client: Client, known: people.Known) -> Visitor:
    """What is known of who tries to get into an account."""
    device = tokens.device_of(
        client.device_token or "", known.user_id or _NOBODY, policy().device_keys
    )
    return Visitor(client.origin, device, known.has_signed_in_here)


async def _signed_in(
    user_id: UUID, channel: SessionChannel, client: Client, visitor: Visitor
) -> SignedIn:
    device = visitor.device or uuid4()
    await people.remember_address(user_id, client.origin.address, now=clock.now())
    return await open_session(
        user_id,
        channel,
        user_agent=client.user_agent,
        device_token=tokens.device_token(device, user_id, policy().device_keys[0]),
    )


async def _rehashed(password: str) -> str | None:
    # A right password is not refused because the queue is full: next time, then.
    with suppress(RateLimited):
        return await passwords.hash_password(password)
    return None


def _is_right(code: str, attempt: code_queries.CodeAttempt) -> bool:
    given = normal_code(code)
    # Compared with each, should the key be changed while the code is on its way.
    matches = [codes.is_code_of(given, each) for each in policy().codes(attempt.issue)]
    return any(matches) and attempt.is_residents
