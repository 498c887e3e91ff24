from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from kvartal.auth import models, tokens
from kvartal.auth.actor import Actor
from kvartal.auth.events import PasswordChanged, PasswordLinkRequested
from kvartal.auth.password import service
from kvartal.auth.password.queries import issue_link
from kvartal.auth.password.rules import PasswordIsEmail, ResetTokenInvalid, WrongPassword
from kvartal.auth.policy import policy
from kvartal.auth.rules import InvalidEmail, ResetKind, SessionChannel
from kvartal.auth.sessions.service import authenticate, open_session
from kvartal.auth.sign_in.rules import Client, InvalidCredentials
from kvartal.auth.sign_in.service import sign_in_employee
from kvartal.errors import Forbidden, RateLimited, Unauthenticated
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.watch import EmittedEvents

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EMAIL, OLD, NEW = "maria@example.org", "Пароль-Марии-1", "кошка спит на батарее"


@pytest.fixture
async def employee(organization: Organization) -> models.Employee:
    return await an_employee(organization, user=await a_user(email=EMAIL, password=OLD))


async def hash_of(employee: models.Employee) -> str | None:
    return (await models.User.get(id=employee.user_id)).password_hash


async def signs_in(password: str) -> bool:
    try:
        await sign_in_employee(email=EMAIL, password=password, channel=SessionChannel.CRM)
    except InvalidCredentials:
        return False
    return True


async def a_link(kind: ResetKind = ResetKind.RESET, email: str = EMAIL) -> str:
    """The token of a new link."""
    link = await issue_link(email, kind, locale="ru", now=NOW)
    return tokens.reset_token(link, policy().reset_keys[0])


async def test_the_password_is_changed_by_the_present_one_and_other_sessions_end(
    employee: models.Employee, organization: Organization, events: EmittedEvents
) -> None:
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    own = await open_session(employee.user_id, SessionChannel.CRM)
    others = [
        await open_session(employee.user_id, channel)
        for channel in (SessionChannel.EMPLOYEE_APP, SessionChannel.RESIDENT_APP)
    ]
    actor = await authenticate(own.access_token)

    ended = await service.change_password(actor, old_password=OLD, new_password=NEW)

    assert ended == 2
    assert [await signs_in(each) for each in (OLD, NEW)] == [False, True]
    assert await authenticate(own.access_token) == actor
    for each in others:
        with pytest.raises(Unauthenticated):
            await authenticate(each.access_token)
    assert [each.user_id for each in events.of(PasswordChanged)] == [employee.user_id]


@pytest.mark.parametrize("case", ["wrong", "empty", "none was set", "a resident's"])
async def test_nobody_changes_a_password_without_the_present_one(
    employee: models.Employee, organization: Organization, events: EmittedEvents, case: str
) -> None:
    other = await open_session(employee.user_id, SessionChannel.CRM)
    if case == "none was set":
        await models.User.filter(id=employee.user_id).update(password_hash=None)
    actor = await actor_of(employee)
    if case == "a resident's":
        actor = await actor_of(await a_resident_user(organization))
    before = await hash_of(employee)

    with pytest.raises(WrongPassword) as refused:
        await service.change_password(
            actor, old_password="" if case == "empty" else "Иной пароль-2", new_password=NEW
        )

    assert refused.value.path == ("old_password",)
    assert await hash_of(employee) == before
    assert await authenticate(other.access_token)
    assert events.of(PasswordChanged) == []


async def test_a_new_password_that_somebody_would_guess_is_refused(
    employee: models.Employee,
) -> None:
    actor = await actor_of(employee)

    with pytest.raises(PasswordIsEmail):
        await service.change_password(actor, old_password=OLD, new_password="maria-19850101")

    assert await signs_in(OLD)


async def test_a_stolen_session_does_not_guess_the_password_for_long(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        stolen, own = await actor_of(employee), await actor_of(employee)
        for _ in range(10):
            with pytest.raises(WrongPassword):
                await service.change_password(stolen, old_password="Иной", new_password=NEW)

        with pytest.raises(RateLimited):
            await service.change_password(stolen, old_password=OLD, new_password=NEW)
        await service.change_password(own, old_password=OLD, new_password=NEW)

    assert await signs_in(NEW)


async def test_a_service_token_has_no_password(organization: Organization) -> None:
    actor = await actor_of(await a_service_token(organization))

    with pytest.raises(Forbidden):
        await service.change_password(actor, old_password=OLD, new_password=NEW)


@pytest.mark.parametrize("email", [EMAIL, " Maria@EXAMPLE.org ", "nobody@example.org"])
async def test_a_link_is_asked_for_any_email_alike(
    employee: models.Employee, events: EmittedEvents, frozen_clock: Freeze, email: str
) -> None:
    with frozen_clock(NOW):
        await service.request_password_reset(email=email, locale="en")

    row = await models.PasswordReset.get()
    assert (row.email, row.kind, row.locale) == (email.strip().lower(), "RESET", "en")
    assert row.expires_at == NOW + timedelta(hours=1)
    assert [each.link_id for each in events.of(PasswordLinkRequested)] == [row.id]


async def test_a_link_for_what_is_no_email_is_refused(events: EmittedEvents) -> None:
    with pytest.raises(InvalidEmail) as refused:
        await service.request_password_reset(email="Мария")

    assert refused.value.path == ("email",)
    assert events == []


async def test_the_password_is_set_by_a_link_and_all_sessions_end(
    employee: models.Employee, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        await sign_in_employee(
            email=EMAIL, password=OLD, channel=SessionChannel.CRM, client=Client("10.0.0.66")
        )
        session = await open_session(employee.user_id, SessionChannel.CRM)
        token = await a_link()

        device_token = await service.reset_password(token=token, new_password=NEW)

        with pytest.raises(Unauthenticated):
            await authenticate(session.access_token)
        assert [await signs_in(each) for each in (OLD, NEW)] == [False, True]
    assert tokens.device_of(device_token, employee.user_id, policy().device_keys)
    assert len(events.of(PasswordChanged)) == 1
    # Where a thief may have signed in is no longer known.
    known = [each.address for each in await models.KnownAddress.all()]
    assert "10.0.0.66" not in known


def forged(case: str, link: UUID, token: str) -> str:
    match case:
        case "unknown":
            return tokens.reset_token(uuid4(), policy().reset_keys[0])
        case "of another installation":
            return tokens.reset_token(link, b"another key")
        case "tampered with":
            return ("B" if token[0] == "A" else "A") + token[1:]
        case "no token":
            return "Мария\0"
    return token


async def spoil(case: str, employee: models.Employee) -> None:
    match case:
        case "used":
            await models.PasswordReset.all().update(used_at=NOW)
        case "barred":
            await models.User.filter(id=employee.user_id).update(is_active=False)
        case "left the organization":
            await models.Employee.filter(id=employee.id).update(archived_at=NOW)
        case "of nobody's e-mail":
            await models.PasswordReset.all().update(email="nobody@example.org")


@pytest.mark.parametrize(
    "case",
    [
        "used",
        "expired",
        "unknown",
        "of another installation",
        "tampered with",
        "no token",
        "barred",
        "left the organization",
        "of nobody's e-mail",
    ],
)
async def test_a_link_that_is_worth_nothing_sets_no_password(
    employee: models.Employee, events: EmittedEvents, frozen_clock: Freeze, case: str
) -> None:
    with frozen_clock(NOW):
        token = await a_link()
        session = await open_session(employee.user_id, SessionChannel.CRM)
    await spoil(case, employee)
    before = await hash_of(employee)

    given = forged(case, (await models.PasswordReset.get()).id, token)
    moment = NOW + timedelta(hours=1) if case == "expired" else NOW
    with frozen_clock(moment), pytest.raises(ResetTokenInvalid) as refused:
        await service.reset_password(token=given, new_password=NEW)

    assert refused.value.path == ("token",)
    assert await hash_of(employee) == before
    assert (await models.Session.get(id=session.session_id)).revoked_at is None
    assert events.of(PasswordChanged) == []


async def test_a_refused_password_does_not_use_up_the_link(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        token = await a_link()
        with pytest.raises(PasswordIsEmail):
            await service.reset_password(token=token, new_password="maria-19850101")

        await service.reset_password(token=token, new_password=NEW)

        assert await signs_in(NEW)


@pytest.mark.parametrize("how", ["by another link", "by the present password"])
async def test_a_password_that_was_set_voids_all_links(
    employee: models.Employee, frozen_clock: Freeze, how: str
) -> None:
    with frozen_clock(NOW):
        links = [await a_link(), await a_link(ResetKind.INVITATION)]
        if how == "by another link":
            await service.reset_password(token=await a_link(), new_password=NEW)
        else:
            actor = await actor_of(employee)
            await service.change_password(actor, old_password=OLD, new_password=NEW)

        for each in links:
            with pytest.raises(ResetTokenInvalid):
                await service.reset_password(token=each, new_password="совсем другой пароль")

        assert await signs_in(NEW)


async def test_a_link_of_a_stranger_leaves_the_owners_link_alone(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        token = await a_link()
        await service.request_password_reset(email=EMAIL, client=Client("10.0.0.1"))

        await service.reset_password(token=token, new_password=NEW)

        assert await signs_in(NEW)


async def test_neither_the_database_nor_the_log_holds_a_token_or_a_password(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW), capture_logs() as logs:
        token = await a_link()
        device_token = await service.reset_password(token=token, new_password=NEW)
        actor: Actor = await actor_of(employee)
        await service.change_password(actor, old_password=NEW, new_password="ещё один пароль")

    rows = [
        *await models.PasswordReset.all().values(),
        *await models.User.all().values(),
        *await models.Session.all().values(),
    ]
    written = f"{rows} {logs}"
    for secret in (token, device_token, tokens.fingerprint(token), NEW, "ещё один пароль"):
        assert secret not in written
    assert [each["event"] for each in logs if each["event"] != "auth.signed_in"] == [
        "auth.password_reset",
        "auth.password_changed",
    ]
    assert EMAIL not in str(logs)
