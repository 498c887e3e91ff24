from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kvartal.auth import models, tokens
from kvartal.auth import policy as policies
from kvartal.auth.events import PasswordChanged, PasswordLinkRequested
from kvartal.auth.password import service, tasks
from kvartal.auth.password.queries import issue_link
from kvartal.auth.policy import policy
from kvartal.auth.rules import ResetKind
from kvartal.db.connection import fetch
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Organization
from kvartal.mail import Message
from kvartal.testing.auth_factories import Mailbox, a_resident_user, a_user, an_employee

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EMAIL = "maria@example.org"


@pytest.fixture
async def owner(organization: Organization) -> models.User:
    user = await a_user(email=EMAIL, password="Пароль-Марии-1")
    await an_employee(organization, user=user)
    return user


async def a_link(
    kind: ResetKind = ResetKind.RESET,
    *,
    email: str = EMAIL,
    locale: str = "ru",
    organization: Organization | None = None,
) -> UUID:
    return await issue_link(
        email,
        kind,
        locale=locale,
        now=NOW,
        organization_id=organization.id if organization else None,
    )


async def test_the_letter_of_a_reset(
    owner: models.User, mailbox: Mailbox, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        link = await a_link()
        await tasks.mail_password_link(link)

    token = tokens.reset_token(link, policy().reset_keys[0])
    assert mailbox == [
        Message(
            id=link,
            to=EMAIL,
            subject="Новый пароль",
            text="Здравствуйте!\n"
            "\n"
            "Чтобы задать новый пароль, откройте ссылку или введите этот код на странице входа:\n"
            "\n"
            f"{token}\n"
            "\n"
            "Ссылка действует один час и только один раз.\n"
            "Если вы ее не запрашивали, ничего делать не нужно: без этого письма пароль не"
            " изменить.\n",
        )
    ]


async def test_the_letter_of_an_invitation_leads_to_the_installations_page(
    owner: models.User,
    organization: Organization,
    mailbox: Mailbox,
    frozen_clock: Freeze,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = "https://crm.example.org/password"
    monkeypatch.setattr(policies, "_policy", replace(policy(), password_url=page))
    with frozen_clock(NOW + timedelta(days=2)):
        link = await a_link(ResetKind.INVITATION, locale="en", organization=organization)
        await tasks.mail_password_link(link)

    token = tokens.reset_token(link, policy().reset_keys[0])
    assert [each.subject for each in mailbox] == ["УК «Заря»: an invitation"]
    assert f"\n{page}#{token}\n" in mailbox[0].text
    assert "УК «Заря» invites you" in mailbox[0].text


async def test_the_letter_sets_the_password(
    owner: models.User, mailbox: Mailbox, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        await tasks.mail_password_link(await a_link())
        token = mailbox[0].text.split("\n\n")[2]

        await service.reset_password(token=token, new_password="кошка спит на батарее")

    changed = await models.User.get(id=owner.id)
    assert changed.password_hash != owner.password_hash


async def test_sending_twice_sends_the_same_letter(
    owner: models.User, mailbox: Mailbox, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        link = await a_link()
        await tasks.mail_password_link(link)
        await tasks.mail_password_link(link)

    first, second = mailbox
    assert first == second


@pytest.mark.parametrize(
    "case",
    ["nobody's", "only a resident's", "barred", "left the organization", "used", "expired", "gone"],
)
async def test_no_letter_is_sent_that_nobody_may_use(
    owner: models.User,
    organization: Organization,
    mailbox: Mailbox,
    frozen_clock: Freeze,
    case: str,
) -> None:
    link, moment = await a_link(), NOW
    match case:
        case "nobody's":
            link = await a_link(email="nobody@example.org")
        case "only a resident's":
            await a_resident_user(organization, user=await a_user(email="ivan@example.org"))
            link = await a_link(email="ivan@example.org")
        case "barred":
            await models.User.filter(id=owner.id).update(is_active=False)
        case "left the organization":
            await models.Employee.filter(user_id=owner.id).update(archived_at=NOW)
        case "used":
            await models.PasswordReset.all().update(used_at=NOW)
        case "expired":
            moment = NOW + timedelta(hours=1)
        case "gone":
            link = uuid7()

    with frozen_clock(moment):
        await tasks.mail_password_link(link)

    assert mailbox == []


async def test_the_owner_is_told_that_the_password_has_been_changed(
    owner: models.User, mailbox: Mailbox
) -> None:
    change = uuid7()

    await tasks.mail_password_notice(owner.id, change)
    await tasks.mail_password_notice(uuid7(), change)

    assert [(each.id, each.to, each.subject) for each in mailbox] == [
        (change, EMAIL, "Пароль изменен")
    ]


async def test_the_outbox_holds_neither_token_nor_email(
    owner: models.User, mailbox: Mailbox
) -> None:
    await service.request_password_reset(email=EMAIL)
    link = (await models.PasswordReset.get()).id
    async with unit_of_work():
        await tasks.send_link(PasswordLinkRequested(link))
        await tasks.send_notice(PasswordChanged(owner.id, link))

    rows = await fetch(
        "SELECT e.payload::text AS event, d.payload::text AS call, d.target"
        " FROM kvartal_delivery d LEFT JOIN kvartal_event e ON d.event_id = e.id ORDER BY d.target"
    )
    assert [(row["event"], row["call"], row["target"]) for row in rows] == [
        (f'{{"link_id": "{link}"}}', None, "kvartal.auth.password.send_link"),
        (None, f'{{"link_id": "{link}"}}', "kvartal.mail_password_link"),
        (
            None,
            f'{{"user_id": "{owner.id}", "change_id": "{link}"}}',
            "kvartal.mail_password_notice",
        ),
    ]
    assert mailbox == []


def test_the_handlers_have_their_wire_names() -> None:
    assert [(each.event.name, each.name) for each in tasks.HANDLERS] == [
        ("kvartal.password_link_requested", "kvartal.auth.password.send_link"),
        ("kvartal.password_changed", "kvartal.auth.password.send_notice"),
    ]
