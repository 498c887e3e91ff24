from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from kvartal.auth import models, tokens
from kvartal.auth.actor import ActorKind
from kvartal.auth.policy import policy
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions import service
from kvartal.auth.sessions.rules import MAX_SESSIONS, RefreshTokenInvalid
from kvartal.auth.sessions.service import SignedIn
from kvartal.errors import Forbidden, NotFound, Unauthenticated
from kvartal.housing.models import Organization, Resident
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)

pytestmark = pytest.mark.usefixtures("db")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
async def employee(organization: Organization) -> models.Employee:
    return await an_employee(organization)


async def sign_in(
    employee: models.Employee, channel: SessionChannel = SessionChannel.CRM
) -> SignedIn:
    return await service.open_session(employee.user_id, channel)


async def test_a_refresh_gives_new_tokens_of_the_same_session(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        first = await sign_in(employee, SessionChannel.EMPLOYEE_APP)

    later = NOW + timedelta(days=1)
    with frozen_clock(later):
        second = await service.refresh_session(refresh_token=first.refresh_token)
        actor = await service.authenticate(second.access_token)

    session = await models.Session.get(id=first.session_id)
    assert second.session_id == first.session_id
    assert second.refresh_token != first.refresh_token
    assert actor.channel == "EMPLOYEE_APP"
    assert session.last_used_at == later
    assert session.expires_at == second.refresh_expires_at == later + policy().refresh_life


async def test_a_refresh_token_used_twice_ends_the_session_of_both_holders(
    employee: models.Employee,
) -> None:
    first = await sign_in(employee)
    second = await service.refresh_session(refresh_token=first.refresh_token)
    elsewhere = await sign_in(employee)

    with capture_logs() as logs, pytest.raises(RefreshTokenInvalid):
        await service.refresh_session(refresh_token=first.refresh_token)

    with pytest.raises(RefreshTokenInvalid):
        await service.refresh_session(refresh_token=second.refresh_token)
    with pytest.raises(Unauthenticated):
        await service.authenticate(second.access_token)
    assert await service.authenticate(elsewhere.access_token)
    assert logs == [
        {
            "event": "auth.refresh_token_reused",
            "log_level": "warning",
            "session": str(first.session_id),
        }
    ]


@pytest.mark.parametrize(
    "case", ["unknown", "expired", "signed out", "barred", "left the organization"]
)
async def test_a_refresh_token_that_is_worth_nothing_is_refused(
    employee: models.Employee, frozen_clock: Freeze, case: str
) -> None:
    with frozen_clock(NOW):
        signed_in = await sign_in(employee)
        match case:
            case "signed out":
                await service.sign_out(await service.authenticate(signed_in.access_token))
            case "barred":
                await models.User.filter(id=employee.user_id).update(is_active=False)
            case "left the organization":
                await models.Employee.filter(id=employee.id).update(archived_at=NOW)
    token = tokens.new_refresh_token() if case == "unknown" else signed_in.refresh_token
    moment = NOW + policy().refresh_life if case == "expired" else NOW

    with frozen_clock(moment), pytest.raises(RefreshTokenInvalid) as refused:
        await service.refresh_session(refresh_token=token)

    assert refused.value.path == ("refresh_token",)
    assert await models.RefreshToken.all().count() == 1


async def test_a_resident_who_is_one_no_more_does_not_go_on(
    organization: Organization,
) -> None:
    user = await a_resident_user(organization)
    signed_in = await service.open_session(user.id, SessionChannel.RESIDENT_APP)
    await Resident.all().delete()

    with pytest.raises(RefreshTokenInvalid):
        await service.refresh_session(refresh_token=signed_in.refresh_token)
    with pytest.raises(Unauthenticated):
        await service.authenticate(signed_in.access_token)


async def test_a_sign_out_ends_one_session(employee: models.Employee) -> None:
    first, second = await sign_in(employee), await sign_in(employee)

    await service.sign_out(await service.authenticate(first.access_token))

    with pytest.raises(Unauthenticated):
        await service.authenticate(first.access_token)
    assert await service.authenticate(second.access_token)


async def test_the_sessions_of_all_capacities_are_listed_the_last_used_first(
    organization: Organization, frozen_clock: Freeze
) -> None:
    employee = await an_employee(organization)
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    stranger = await an_employee(organization)
    await sign_in(stranger)
    with frozen_clock(NOW):
        at_work = await sign_in(employee)
        ended = await sign_in(employee)
        await service.sign_out(await service.authenticate(ended.access_token))
    with frozen_clock(NOW + timedelta(minutes=1)):
        at_home = await sign_in(employee, SessionChannel.RESIDENT_APP)
    with frozen_clock(NOW + timedelta(minutes=2)):
        await service.refresh_session(refresh_token=at_work.refresh_token)
        actor = await service.authenticate(at_home.access_token)

        listed = await service.own_sessions(actor)

    assert [each.id for each in listed] == [at_work.session_id, at_home.session_id]
    assert [each.kind for each in listed] == ["EMPLOYEE", "RESIDENT"]
    assert [each.created_at for each in listed] == [NOW, NOW + timedelta(minutes=1)]
    assert [each.last_used_at for each in listed] == [
        NOW + timedelta(minutes=2),
        NOW + timedelta(minutes=1),
    ]


async def test_an_expired_session_is_not_listed(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        await sign_in(employee)
        actor = await actor_of(employee)
    with frozen_clock(NOW + policy().refresh_life):
        assert await service.own_sessions(actor) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        ("Opera/9.80\r\n(Windows)", "Opera/9.80(Windows)"),
        ("Браузер\0", "Браузер"),
        ("x" * 1000, "x" * 300),
    ],
)
async def test_a_session_remembers_what_the_app_calls_itself(
    employee: models.Employee, sent: str | None, kept: str | None
) -> None:
    opened = await service.open_session(employee.user_id, SessionChannel.CRM, user_agent=sent)

    assert (await models.Session.get(id=opened.session_id)).user_agent == kept


async def test_one_session_too_many_ends_the_one_unused_for_longest(
    employee: models.Employee, frozen_clock: Freeze
) -> None:
    opened = []
    for minute in range(MAX_SESSIONS + 2):
        with frozen_clock(NOW + timedelta(minutes=minute)):
            opened.append(await sign_in(employee))

    live = await models.Session.filter(revoked_at=None)
    assert {each.id for each in live} == {each.session_id for each in opened[2:]}


async def test_a_session_is_revoked_from_another_one(employee: models.Employee) -> None:
    stolen, own = await sign_in(employee), await sign_in(employee)
    actor = await service.authenticate(own.access_token)

    ended = await service.revoke_session(actor, stolen.session_id)
    again = await service.revoke_session(actor, stolen.session_id)

    assert ended.revoked_at is not None
    assert again.revoked_at == ended.revoked_at
    with pytest.raises(Unauthenticated):
        await service.authenticate(stolen.access_token)
    with pytest.raises(RefreshTokenInvalid):
        await service.refresh_session(refresh_token=stolen.refresh_token)
    assert await service.authenticate(own.access_token) == actor


async def test_a_strangers_session_does_not_exist(organization: Organization) -> None:
    theirs = await sign_in(await an_employee(organization))
    actor = await actor_of(await an_employee(organization))

    with pytest.raises(NotFound):
        await service.revoke_session(actor, theirs.session_id)

    assert await service.authenticate(theirs.access_token)


async def test_all_other_sessions_are_revoked_at_once(organization: Organization) -> None:
    employee = await an_employee(organization)
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    stranger = await sign_in(await an_employee(organization))
    others = [await sign_in(employee), await sign_in(employee, SessionChannel.RESIDENT_APP)]
    own = await sign_in(employee)
    actor = await service.authenticate(own.access_token)

    assert await service.revoke_other_sessions(actor) == 2
    assert await service.revoke_other_sessions(actor) == 0

    for each in others:
        with pytest.raises(Unauthenticated):
            await service.authenticate(each.access_token)
    assert await service.authenticate(own.access_token)
    assert await service.authenticate(stranger.access_token)


async def test_a_service_token_has_no_sessions(organization: Organization) -> None:
    actor = await actor_of(await a_service_token(organization))
    theirs = await sign_in(await an_employee(organization))

    assert await service.own_sessions(actor) == []
    for attempt in (
        service.sign_out(actor),
        service.revoke_session(actor, theirs.session_id),
        service.revoke_other_sessions(actor),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await service.authenticate(theirs.access_token)


async def test_signing_out_as_a_resident_leaves_the_employee_signed_in(
    organization: Organization,
) -> None:
    employee = await an_employee(organization)
    await a_resident_user(organization, user=await models.User.get(id=employee.user_id))
    at_work = await sign_in(employee)
    at_home = await sign_in(employee, SessionChannel.RESIDENT_APP)

    await service.sign_out(await service.authenticate(at_home.access_token))

    assert (await service.authenticate(at_work.access_token)).kind is ActorKind.EMPLOYEE
