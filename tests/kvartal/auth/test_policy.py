"""Changing the installation's secret: what the former one made goes on for its time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from kvartal.auth import models, tokens
from kvartal.auth import policy as policies
from kvartal.auth.codes import CodeIssue
from kvartal.auth.password.queries import issue_link
from kvartal.auth.password.service import reset_password
from kvartal.auth.policy import Policy, policy
from kvartal.auth.rules import ResetKind, SessionChannel
from kvartal.auth.sessions.service import authenticate, open_session, refresh_session
from kvartal.auth.sign_in.queries.codes import issue_code
from kvartal.auth.sign_in.rules import InvalidCode
from kvartal.auth.sign_in.service import sign_in_resident
from kvartal.errors import Unauthenticated
from kvartal.housing.models import Organization
from kvartal.settings import Settings
from kvartal.testing.auth_factories import a_resident_user, a_user, an_employee

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FORMER, PRESENT = "the former secret of 32 characters", "the present secret of 32 letters.."
PHONE = "+79001234567"


def settings(secret: str, old: str = "") -> Settings:
    return Settings(
        database_url="postgres://localhost/kvartal",
        redis_url="redis://localhost",
        secret_key=secret,
        secret_keys_old=old,
    )


@pytest.fixture
def living_by(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., AbstractContextManager[None]]:
    @contextmanager
    def live(secret: str, old: str = "") -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(policies, "_policy", Policy.of(settings(secret, old)))
            yield

    return live


LivingBy = Callable[..., AbstractContextManager[None]]


@pytest.mark.usefixtures("db")
async def test_a_session_goes_on_under_the_new_key(
    organization: Organization, living_by: LivingBy
) -> None:
    employee = await an_employee(organization)
    with living_by(FORMER):
        former = await open_session(employee.user_id, SessionChannel.CRM)

    with living_by(PRESENT, FORMER):
        assert await authenticate(former.access_token)
        present = await refresh_session(refresh_token=former.refresh_token)
    with living_by(PRESENT):
        assert await authenticate(present.access_token)
        with pytest.raises(Unauthenticated):
            await authenticate(former.access_token)
    # A process that has not been restarted yet knows the coming key.
    with living_by(FORMER, PRESENT):
        assert await authenticate(present.access_token)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("is_known", [True, False])
async def test_a_code_that_is_on_its_way_is_right_while_its_key_is_known(
    organization: Organization, living_by: LivingBy, frozen_clock: Freeze, is_known: bool
) -> None:
    await a_resident_user(organization, user=await a_user(phone=PHONE))
    with frozen_clock(NOW):
        code_id = await issue_code(PHONE, "address:unknown", now=NOW)
        with living_by(FORMER):
            code = policy().code(CodeIssue(code_id, NOW))

        with living_by(PRESENT, FORMER if is_known else ""):
            if is_known:
                assert await sign_in_resident(phone=PHONE, code=code)
            else:
                with pytest.raises(InvalidCode):
                    await sign_in_resident(phone=PHONE, code=code)


@pytest.mark.usefixtures("db", "quick_argon")
async def test_a_letter_and_a_device_outlive_their_key(
    organization: Organization, living_by: LivingBy, frozen_clock: Freeze
) -> None:
    user = await a_user(email="maria@example.org", password="Пароль-Марии-1")
    await an_employee(organization, user=user)
    with frozen_clock(NOW):
        link = await issue_link("maria@example.org", ResetKind.RESET, locale="ru", now=NOW)
        with living_by(FORMER):
            token = tokens.reset_token(link, policy().reset_keys[0])
            device = tokens.device_token(link, user.id, policy().device_keys[0])

        with living_by(PRESENT, FORMER):
            assert tokens.device_of(device, user.id, policy().device_keys) == link
            assert await reset_password(token=token, new_password="кошка спит на батарее")

    assert (await models.User.get(id=user.id)).password_hash != user.password_hash


def test_the_first_key_signs_and_all_are_named() -> None:
    made = Policy.of(settings(PRESENT, f" {FORMER} ,, {FORMER}x "))

    present, former, _ = made.access_signing
    assert made.access_key == present == Policy.of(settings(PRESENT)).access_key
    assert former == Policy.of(settings(FORMER)).access_key
    assert list(made.access_keys) == [tokens.key_id(each) for each in made.access_signing]


def test_an_accepted_key_is_as_long_as_the_present_one() -> None:
    with pytest.raises(ValidationError, match="at least 32 characters"):
        settings(PRESENT, f"{FORMER},short")


def test_keys_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_SECRET_KEYS_OLD", f"{FORMER}, {PRESENT}")
    read = Settings(
        database_url="postgres://localhost/kvartal",
        redis_url="redis://localhost",
        secret_key=PRESENT,
    )

    assert [each.get_secret_value() for each in read.secret_keys_old] == [FORMER, PRESENT]
    assert FORMER not in repr(read)
