import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from kvartal.auth import models, passwords, tokens
from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.auth.codes import CodeIssue
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.policy import policy
from kvartal.auth.rules import InvalidPhone, SessionChannel, SessionKind
from kvartal.auth.sessions import service as sessions
from kvartal.auth.sessions.rules import RefreshTokenInvalid
from kvartal.auth.sessions.service import SignedIn
from kvartal.auth.sign_in import service
from kvartal.auth.sign_in.queries import codes as code_queries
from kvartal.auth.sign_in.queries.codes import CodeAttempt
from kvartal.auth.sign_in.rules import Client, InvalidCode, InvalidCredentials
from kvartal.auth.sign_in.tasks import send_code
from kvartal.errors import RateLimited
from kvartal.housing.models import Organization, Resident
from kvartal.testing.auth_factories import Telephones, a_resident_user, a_user, an_employee
from kvartal.testing.factories import a_premise, a_resident
from kvartal.testing.watch import EmittedEvents, QueryCounter

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+79001234567"
PASSWORD = "Пароль-Марии-1"


async def an_employee_with_password(
    organization: Organization, *, is_archived: bool = False, **changes: object
) -> models.Employee:
    usual: dict[str, object] = {"email": "maria@example.org", "password": PASSWORD}
    user = await a_user(**usual | changes)  # type: ignore[arg-type] # spelled out above
    return await an_employee(
        organization, user=user, permissions=["auth.role.manage"], is_archived=is_archived
    )


async def sign_in(
    email: str = "maria@example.org",
    password: str = PASSWORD,
    channel: SessionChannel = SessionChannel.CRM,
) -> SignedIn:
    return await service.sign_in_employee(email=email, password=password, channel=channel)


async def deliver(events: EmittedEvents) -> None:
    """Do what the workers would."""
    for event in events.of(SignInCodeRequested):
        await send_code(event)
    events.clear()


async def ask_for_code(events: EmittedEvents, phone: str = PHONE) -> None:
    await service.request_code(phone=phone)
    await deliver(events)


async def is_refused(phone: str, code: str) -> bool:
    try:
        await service.sign_in_resident(phone=phone, code=code)
    except InvalidCode as error:
        return error.path == ("code",)
    return False


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize("channel", [SessionChannel.CRM, SessionChannel.EMPLOYEE_APP])
async def test_an_employee_signs_in_for_one_app(
    organization: Organization, channel: SessionChannel
) -> None:
    employee = await an_employee_with_password(organization)

    signed_in = await sign_in(channel=channel)

    actor = await sessions.authenticate(signed_in.access_token)
    assert actor == Actor(
        kind=ActorKind.EMPLOYEE,
        user_id=employee.user_id,
        session_id=signed_in.session_id,
        channel=channel,
        memberships=(
            Membership(organization.id, employee.id, frozenset({"auth.role.manage"}), True),
        ),
        expires_at=float(int(signed_in.expires_at.timestamp())),
    )


async def test_the_case_of_an_email_means_nothing(organization: Organization) -> None:
    await an_employee_with_password(organization)

    assert await sign_in(email=" Maria@EXAMPLE.org")


async def test_a_session_is_kept_without_its_secrets(
    organization: Organization, frozen_clock: Freeze
) -> None:
    employee = await an_employee_with_password(organization)

    with frozen_clock(NOW):
        signed_in = await service.sign_in_employee(
            email="maria@example.org",
            password=PASSWORD,
            channel=SessionChannel.CRM,
            client=Client(user_agent="Opera\n" * 100),
        )

    session = await models.Session.get(id=signed_in.session_id)
    [refresh] = await models.RefreshToken.filter(session_id=session.id)
    assert session.kind is SessionKind.EMPLOYEE
    assert session.channel is SessionChannel.CRM
    assert session.last_used_at == NOW
    assert session.expires_at == refresh.expires_at == signed_in.refresh_expires_at
    assert session.expires_at == NOW + policy().refresh_life
    assert signed_in.expires_at == NOW + policy().access_life
    assert len(session.user_agent or "") == 300
    assert refresh.token_hash == tokens.fingerprint(signed_in.refresh_token)
    assert (await models.User.get(id=employee.user_id)).password_hash != PASSWORD


@pytest.mark.parametrize(
    ("case", "changes", "credentials"),
    [
        ("wrong password", {}, {"password": "иной"}),
        ("unknown e-mail", {}, {"email": "nobody@example.org"}),
        ("no e-mail at all", {}, {"email": "Мария"}),
        ("NUL in the e-mail", {}, {"email": "maria\0@example.org"}),
        ("no password was set", {"password": None}, {}),
        ("no password was set or given", {"password": None}, {"password": ""}),
        ("barred", {"is_active": False}, {}),
        ("left the organization", {"is_archived": True}, {}),
    ],
)
async def test_all_refusals_are_alike_and_take_alike(
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    changes: dict[str, object],
    credentials: dict[str, str],
) -> None:
    await an_employee_with_password(organization, **changes)  # type: ignore[arg-type] # above
    verified = []
    real = PasswordHasher.verify

    def counting(*args: Any) -> bool:
        verified.append(1)
        return real(*args)

    monkeypatch.setattr(PasswordHasher, "verify", counting)

    with pytest.raises(InvalidCredentials) as refused:
        await sign_in(**credentials)  # type: ignore[arg-type] # above

    assert (refused.value.path, refused.value.facts()) == ((), {})
    assert verified == [1]
    assert await models.Session.all().count() == 0


async def test_who_is_only_a_resident_does_not_sign_in_as_an_employee(
    organization: Organization,
) -> None:
    await a_resident_user(
        organization, user=await a_user(email="maria@example.org", password=PASSWORD)
    )

    with pytest.raises(InvalidCredentials):
        await sign_in()


async def test_an_older_hash_is_renewed_by_a_sign_in(organization: Organization) -> None:
    employee = await an_employee_with_password(organization, password=None)
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await models.User.filter(id=employee.user_id).update(password_hash=older)

    await sign_in()

    kept = (await models.User.get(id=employee.user_id)).password_hash
    assert kept != older
    assert not (await passwords.verify_password(PASSWORD, kept)).needs_rehash
    assert await sign_in()


async def test_a_full_queue_renews_no_hash_but_refuses_nobody(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = await an_employee_with_password(organization, password=None)
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await models.User.filter(id=employee.user_id).update(password_hash=older)

    async def full(_: str) -> str:
        raise RateLimited(retry_after=5)

    monkeypatch.setattr(passwords, "hash_password", full)

    assert await sign_in()
    assert (await models.User.get(id=employee.user_id)).password_hash == older


async def test_a_silent_refusal_takes_as_long_as_a_wrong_password(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_employee_with_password(organization)
    verified: list[str | bytes] = []
    real = PasswordHasher.verify

    def counting(hasher: PasswordHasher, kept: str | bytes, password: str | bytes) -> bool:
        verified.append(kept)
        return real(hasher, kept, password)

    async def stopped(_: object) -> bool:
        return False

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    monkeypatch.setattr(service, "spend", stopped)

    with pytest.raises(InvalidCredentials):
        await sign_in()

    # The right password, but compared with nobody's.
    assert verified == [passwords._dummy_hash()]


async def test_a_resident_signs_in_by_the_code_that_was_sent(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    user = await a_resident_user(organization, user=await a_user(phone=PHONE))

    await ask_for_code(events, "8 (900) 123-45-67")
    signed_in = await service.sign_in_resident(phone="+7 900 1234567", code=telephones.code)

    assert [phone for phone, _ in telephones.got] == [PHONE]
    assert await sessions.authenticate(signed_in.access_token) == Actor(
        kind=ActorKind.RESIDENT,
        user_id=user.id,
        session_id=signed_in.session_id,
        channel="RESIDENT_APP",
        expires_at=float(int(signed_in.expires_at.timestamp())),
    )


async def test_the_first_sign_in_makes_the_user_of_all_residents_with_the_telephone(
    telephones: Telephones, events: EmittedEvents
) -> None:
    here = await a_resident(await a_premise(), phone=PHONE)
    there = await a_resident(await a_premise(), phone=PHONE)
    other = await a_resident(await a_premise(), phone="+79001234568")

    await ask_for_code(events)
    signed_in = await service.sign_in_resident(phone=PHONE, code=telephones.code)

    actor = await sessions.authenticate(signed_in.access_token)
    user = await models.User.get(phone=PHONE)
    assert actor.user_id == user.id
    assert {each.id for each in await Resident.filter(user_id=user.id)} == {here.id, there.id}
    assert (await Resident.get(id=other.id).values("user_id"))["user_id"] is None


async def test_a_resident_of_another_persons_keeps_their_user(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    mother = await a_user(phone="+79001234568")
    shared = await a_resident(await a_premise(), user=mother, phone=PHONE)
    await a_resident(await a_premise(), phone=PHONE)

    await ask_for_code(events)
    await service.sign_in_resident(phone=PHONE, code=telephones.code)

    assert (await Resident.get(id=shared.id).values("user_id"))["user_id"] == mother.id


async def test_a_code_works_once(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await ask_for_code(events)

    assert not await is_refused(PHONE, telephones.code)
    assert await is_refused(PHONE, telephones.code)


async def test_a_code_is_of_one_telephone(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await a_resident_user(organization, user=await a_user(phone="+79001234568"))
    await ask_for_code(events, "+79001234568")
    await ask_for_code(events, PHONE)

    assert await is_refused("+79001234568", telephones.code)


async def test_a_code_is_tried_five_times_and_no_more(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await ask_for_code(events)

    for _ in range(5):
        assert await is_refused(PHONE, another(telephones.code))

    assert await is_refused(PHONE, telephones.code)


async def test_the_fifth_guess_may_be_right(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await ask_for_code(events)

    for _ in range(4):
        assert await is_refused(PHONE, another(telephones.code))

    assert not await is_refused(PHONE, telephones.code)


@pytest.mark.parametrize(("seconds", "refused"), [(299, False), (300, True)])
async def test_a_code_lives_five_minutes(
    organization: Organization,
    telephones: Telephones,
    events: EmittedEvents,
    frozen_clock: Freeze,
    seconds: int,
    refused: bool,
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    with frozen_clock(NOW):
        await ask_for_code(events)

    with frozen_clock(NOW + timedelta(seconds=seconds)):
        assert await is_refused(PHONE, telephones.code) is refused


async def test_a_code_asked_for_within_a_minute_is_not_sent_and_the_wait_is_told(
    organization: Organization,
    telephones: Telephones,
    events: EmittedEvents,
    frozen_clock: Freeze,
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))

    with frozen_clock(NOW):
        await ask_for_code(events)
    with frozen_clock(NOW + timedelta(seconds=59)):
        with pytest.raises(RateLimited) as limited:
            await ask_for_code(events)

        assert limited.value.facts == {"retry_after": 1}
        assert len(telephones.got) == 1
        assert not await is_refused(PHONE, telephones.code)


async def test_who_has_just_signed_in_may_ask_for_a_code_at_once(
    organization: Organization, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))

    for second in range(8):
        with frozen_clock(NOW + timedelta(seconds=second)):
            await ask_for_code(events)
            assert not await is_refused(PHONE, telephones.code)

    assert len(set(telephones.got)) == 8


async def test_a_new_code_replaces_the_former_and_its_guesses(
    organization: Organization,
    telephones: Telephones,
    events: EmittedEvents,
    frozen_clock: Freeze,
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    with frozen_clock(NOW):
        await ask_for_code(events)
        former = telephones.code
        for _ in range(5):
            assert await is_refused(PHONE, another(former))

    with frozen_clock(NOW + timedelta(seconds=60)):
        await ask_for_code(events)

        assert telephones.code != former
        assert await is_refused(PHONE, former)
        assert not await is_refused(PHONE, telephones.code)


@pytest.mark.parametrize("known", [True, False])
async def test_asking_for_a_code_does_the_same_for_any_telephone(
    organization: Organization, events: EmittedEvents, queries: QueryCounter, known: bool
) -> None:
    if known:
        await a_resident_user(organization, user=await a_user(phone=PHONE))

    with queries.exactly(5):
        await service.request_code(phone=PHONE)
        await asyncio.sleep(0)  # asyncpg tells its loggers a turn of the loop later

    assert len(events.of(SignInCodeRequested)) == 1


@pytest.mark.parametrize("case", ["nobody's", "an employee's", "a barred resident's"])
async def test_a_telephone_that_is_no_residents_gets_nothing_and_lets_nobody_in(
    organization: Organization, telephones: Telephones, events: EmittedEvents, case: str
) -> None:
    if case == "an employee's":
        await an_employee(organization, user=await a_user(phone=PHONE))
    if case == "a barred resident's":
        await a_resident_user(organization, user=await a_user(phone=PHONE, is_active=False))

    await ask_for_code(events)

    code = await models.OneTimeCode.get(phone=PHONE)
    right = policy().code(CodeIssue(code.id, code.issued_at))
    assert telephones.got == []
    assert await is_refused(PHONE, right)
    assert await models.Session.all().count() == 0


@pytest.mark.parametrize("phone", [PHONE, "no telephone"])
async def test_a_code_that_was_never_asked_for_is_refused(db: None, phone: str) -> None:
    assert await is_refused(phone, "123456")


async def test_a_code_for_no_telephone_is_refused_at_once(events: EmittedEvents) -> None:
    with pytest.raises(InvalidPhone) as refused:
        await service.request_code(phone="Мария")

    assert refused.value.path == ("phone",)
    assert events == []


async def test_a_code_used_by_somebody_faster_opens_no_session(
    organization: Organization,
    telephones: Telephones,
    events: EmittedEvents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    await ask_for_code(events)
    real = code_queries.attempt_code

    async def overtaken(phone: str, **asked: Any) -> CodeAttempt | None:
        attempt = await real(phone, **asked)
        assert attempt is not None
        assert await code_queries.use_code(attempt.issue, now=asked["now"])
        return attempt

    monkeypatch.setattr(code_queries, "attempt_code", overtaken)

    assert await is_refused(PHONE, telephones.code)
    assert await models.Session.all().count() == 0


async def test_who_is_both_has_sessions_of_either_kind(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    employee = await an_employee_with_password(organization, phone=PHONE)
    user = await models.User.get(id=employee.user_id)
    await a_resident_user(organization, user=user)

    at_work = await sessions.authenticate((await sign_in()).access_token)
    await ask_for_code(events)
    at_home = await sessions.authenticate(
        (await service.sign_in_resident(phone=PHONE, code=telephones.code)).access_token
    )

    assert at_work.user_id == at_home.user_id == user.id
    assert (at_work.kind, at_work.channel) == (ActorKind.EMPLOYEE, "CRM")
    assert (at_home.kind, at_home.channel) == (ActorKind.RESIDENT, "RESIDENT_APP")
    assert len(at_work.memberships) == 1
    assert at_home.memberships == ()


async def test_no_secret_is_logged_or_shown(
    organization: Organization, telephones: Telephones, events: EmittedEvents
) -> None:
    await an_employee_with_password(organization, phone=PHONE)
    await a_resident_user(organization, user=await models.User.get(phone=PHONE))

    with capture_logs() as logs:
        at_work = await sign_in()
        with pytest.raises(InvalidCredentials):
            await sign_in(password="Неверный-1")
        await ask_for_code(events)
        assert await is_refused(PHONE, another(telephones.code))
        at_home = await service.sign_in_resident(phone=PHONE, code=telephones.code)
        again = await sessions.refresh_session(refresh_token=at_home.refresh_token)
        with pytest.raises(RefreshTokenInvalid):
            await sessions.refresh_session(refresh_token=at_home.refresh_token)

    written = f"{logs} {at_work!r} {at_home!r} {again!r} {policy()!r}"
    secrets = {telephones.code, another(telephones.code), PASSWORD, "Неверный-1", PHONE}
    for each in (at_work, at_home, again):
        secrets |= {each.access_token, each.refresh_token, each.device_token or each.access_token}
    secrets |= {tokens.fingerprint(each.refresh_token) for each in (at_work, at_home, again)}
    assert [each["event"] for each in logs] == [
        "auth.signed_in",
        "auth.signed_in",
        "auth.refresh_token_reused",
    ]
    assert [secret for secret in secrets if secret in written] == []
    assert "maria@example.org" not in written
