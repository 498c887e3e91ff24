from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from kvartal import clock
from kvartal.auth import models
from kvartal.auth import policy as policies
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.policy import Policy
from kvartal.auth.sign_in.service import request_code, sign_in_resident
from kvartal.auth.sign_in.tasks import send_code
from kvartal.auth.tasks import HANDLERS, auth_cleanup
from kvartal.db.connection import fetch
from kvartal.db.models import uuid7
from kvartal.retention import sweeping
from kvartal.settings import Settings
from kvartal.testing.auth_factories import a_resident_user, a_user
from kvartal.testing.factories import an_organization

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PHONE = "+79001234567"


def on_the_console(monkeypatch: pytest.MonkeyPatch, *, demo: bool = False) -> None:
    settings = Settings(
        database_url="postgres://localhost/kvartal",
        redis_url="redis://localhost",
        secret_key="a secret of thirty-two characters",
        code_delivery="console",
        demo=demo,
    )
    monkeypatch.setattr(policies, "_policy", Policy.of(settings))


async def a_request() -> SignInCodeRequested:
    await request_code(phone=PHONE)
    return SignInCodeRequested((await models.OneTimeCode.get(phone=PHONE)).id)


async def test_the_handlers_have_their_wire_names() -> None:
    assert [(each.event.name, each.name) for each in HANDLERS] == [
        ("kvartal.sign_in_code_requested", "kvartal.auth.sign_in.send_code"),
        ("kvartal.password_link_requested", "kvartal.auth.password.send_link"),
        ("kvartal.password_changed", "kvartal.auth.password.send_notice"),
    ]


async def test_the_outbox_holds_neither_code_nor_telephone() -> None:
    requested = await a_request()

    rows = await fetch(
        "SELECT e.payload::text AS event, d.payload::text AS call, d.target"
        " FROM kvartal_event e LEFT JOIN kvartal_delivery d ON d.event_id = e.id"
        " WHERE e.name = 'kvartal.sign_in_code_requested'"
    )
    assert [(row["event"], row["call"], row["target"]) for row in rows] == [
        (f'{{"code_id": "{requested.code_id}"}}', None, "kvartal.auth.sign_in.send_code")
    ]


async def test_sending_twice_sends_the_same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_console(monkeypatch)
    await a_resident_user(await an_organization(), user=await a_user(phone=PHONE))
    requested = await a_request()

    with capture_logs() as logs:
        await send_code(requested)
        await send_code(requested)

    assert [(each["event"], each["phone"]) for each in logs] == [("auth.code", PHONE)] * 2
    assert logs[0]["code"] == logs[1]["code"] != "000000"
    assert await sign_in_resident(phone=PHONE, code=logs[0]["code"])


async def test_the_demos_code_is_six_noughts(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_console(monkeypatch, demo=True)
    await a_resident_user(await an_organization(), user=await a_user(phone=PHONE))
    requested = await a_request()

    with capture_logs() as logs:
        await send_code(requested)

    assert [each["code"] for each in logs] == ["000000"]
    assert await sign_in_resident(phone=PHONE, code="000000")


@pytest.mark.parametrize("case", ["used", "expired", "gone"])
async def test_a_code_that_nobody_awaits_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    on_the_console(monkeypatch)
    await a_resident_user(await an_organization(), user=await a_user(phone=PHONE))
    requested = await a_request()
    match case:
        case "used":
            await models.OneTimeCode.all().update(used_at=NOW)
        case "expired":
            await models.OneTimeCode.all().update(expires_at=clock.now())
        case "gone":
            requested = SignInCodeRequested(uuid7())

    with capture_logs() as logs:
        await send_code(requested)

    assert logs == []


async def everything(expires_at: datetime, number: int) -> None:
    """One row of each kind that is forgotten when it expires then."""
    user = await a_user()
    session = await models.Session.create(
        user=user,
        kind="EMPLOYEE",
        channel="CRM",
        last_used_at=NOW,
        expires_at=NOW + timedelta(days=60),
    )
    await models.RefreshToken.create(
        session=session, token_hash=f"{number:064}", expires_at=expires_at
    )
    await models.OneTimeCode.create(
        phone=f"+7900123456{number}", place="unknown", issued_at=NOW, expires_at=expires_at
    )
    await models.PasswordReset.create(
        email="a@b.ru", kind="RESET", locale="ru", issued_at=NOW, expires_at=expires_at
    )
    await models.KnownAddress.create(
        user=user, address="unknown", last_used_at=expires_at - timedelta(days=180)
    )
    await models.AttemptBudget.create(key=f"{number:064}", spent_until=expires_at)


async def test_the_cleanup_forgets_what_has_expired_and_nothing_else() -> None:
    with clock.frozen(NOW):
        for number, seconds in enumerate((-1, 0, 1)):
            await everything(NOW + timedelta(seconds=seconds), number)

        with capture_logs() as logs:
            await auth_cleanup()
            await auth_cleanup()

    forgotten = ("codes", "links", "refresh_tokens", "addresses", "budgets")
    assert [[each[kind] for kind in forgotten] for each in logs] == [[2] * 5, [0] * 5]
    assert [each["sessions"] for each in logs] == [0, 0]
    assert [each.phone for each in await models.OneTimeCode.all()] == ["+79001234562"]
    assert [each.token_hash for each in await models.RefreshToken.all()] == [f"{2:064}"]
    assert [each.key for each in await models.AttemptBudget.all()] == [f"{2:064}"]


@pytest.mark.parametrize(
    ("expired", "revoked", "is_kept"),
    [
        (None, None, True),
        (30, None, False),
        (29, None, True),
        (None, 30, False),
        (None, 29, True),
        (29, 30, False),
    ],
)
async def test_a_session_is_kept_for_thirty_days_after_its_end(
    expired: int | None, revoked: int | None, is_kept: bool
) -> None:
    session = await models.Session.create(
        user=await a_user(),
        kind="EMPLOYEE",
        channel="CRM",
        last_used_at=NOW,
        expires_at=NOW + timedelta(days=-expired if expired else 60),
        revoked_at=NOW - timedelta(days=revoked) if revoked else None,
    )
    await models.RefreshToken.create(
        session=session, token_hash=f"{1:064}", expires_at=NOW + timedelta(days=1)
    )

    with clock.frozen(NOW):
        await auth_cleanup()

    assert await models.Session.all().count() == int(is_kept)
    assert await models.RefreshToken.all().count() == int(is_kept)


async def test_the_cleanup_goes_on_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    for number in range(5):
        await models.AttemptBudget.create(key=f"{number:064}", spent_until=NOW)

    with clock.frozen(NOW), capture_logs() as logs:
        await auth_cleanup()

    assert [each["budgets"] for each in logs] == [5]
    assert await models.AttemptBudget.all().count() == 0


async def test_the_cleanup_runs_nightly_and_is_called_without_arguments() -> None:
    assert auth_cleanup.name == "kvartal.auth_cleanup"
    assert auth_cleanup.schedule is not None
    assert auth_cleanup.schedule.expression == "20 23 * * *"
    assert auth_cleanup.call({}).arguments == "{}"
