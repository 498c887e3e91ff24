from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from structlog.testing import capture_logs

from kvartal import mail
from kvartal.app import create_app
from kvartal.db.models import uuid7
from kvartal.host import Host
from kvartal.mail import Attachment, Message, way_of
from kvartal.mail.mailbox import KEPT, Mailbox
from kvartal.settings import Settings
from kvartal.testing.host import TestHost

LETTER = Message(
    id=UUID(int=7), to="maria@example.org", subject="Новый пароль", text="Здравствуйте!"
)


@pytest.fixture
def settings(host: TestHost) -> Settings:
    own = {"demo": True, "mail_url": SecretStr("console"), "redis_prefix": f"mail-{uuid7()}"}
    found: Settings = host.host.settings.model_copy(update=own)
    return found


@pytest.fixture
async def browser(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=Mailbox.of(settings).routes)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://demo"
    ) as client:
        yield client


async def test_the_console_shows_the_letter(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"demo": False})

    with mail.configured(Mailbox.of(elsewhere).show), capture_logs() as logs:
        await mail.send(LETTER)

    assert logs == [
        {
            "event": "mail.shown",
            "log_level": "info",
            "to": LETTER.to,
            "subject": LETTER.subject,
            "text": LETTER.text,
        }
    ]
    assert await Mailbox.of(settings).letters() == []


async def test_the_demo_keeps_letters_for_its_page(
    settings: Settings, browser: httpx.AsyncClient
) -> None:
    async with way_of(settings).opened() as mailer:
        assert "Писем пока нет" in (await browser.get("/mail")).text
        await mailer(LETTER)
        await mailer(replace(LETTER, id=UUID(int=8), subject="Второе"))

    page = await browser.get("/mail")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.index("Второе") < page.text.index("Новый пароль")
    assert "Здравствуйте!" in page.text


async def test_nothing_in_a_letter_is_read_as_html(
    settings: Settings, browser: httpx.AsyncClient
) -> None:
    hostile = "<script>alert(1)</script>"
    await Mailbox.of(settings).show(replace(LETTER, subject=hostile, text=hostile, to=hostile))

    page = await browser.get("/mail")

    assert "<script" not in page.text
    assert page.text.count("&lt;script&gt;") == 3
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none';")


async def test_files_are_downloaded(settings: Settings, browser: httpx.AsyncClient) -> None:
    table = Attachment(name="Ошибки.csv", media_type="text/html", content=b"<b>1</b>")
    await Mailbox.of(settings).show(replace(LETTER, attachments=(table,)))

    found = await browser.get(f"/mail/{LETTER.id}/0")

    assert found.content == b"<b>1</b>"
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%9E")
    assert (await browser.get(f"/mail/{LETTER.id}/1")).status_code == 404
    assert (await browser.get(f"/mail/{UUID(int=9)}/0")).status_code == 404


async def test_a_file_is_no_page_whatever_its_name(
    settings: Settings, browser: httpx.AsyncClient
) -> None:
    name = '"><img src=x>/\r\nx-evil: 1'
    file = Attachment(name=name, media_type="text/html", content=b"<b>1</b>")
    await Mailbox.of(settings).show(replace(LETTER, attachments=(file,)))

    page = await browser.get("/mail")
    found = await browser.get(f"/mail/{LETTER.id}/0")

    assert "<img" not in page.text
    assert "x-evil" not in found.headers
    assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("case", "changed", "status"),
    [
        ("demo", {}, 200),
        ("demo that is told nothing of mail", {"mail_url": SecretStr("none")}, 200),
        ("demo that sends mail", {"mail_url": SecretStr("smtp://mail.example.org")}, 404),
        ("no demo", {"demo": False}, 404),
    ],
)
async def test_only_a_demo_that_sends_none_has_the_page(
    host: TestHost, settings: Settings, case: str, changed: dict[str, object], status: int
) -> None:
    own = settings.model_copy(update=changed)
    app = create_app(Host(own, host.host.registry))
    transport = httpx.ASGITransport(app=app)

    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
        answer = await client.get("/mail")

    assert answer.status_code == status
    assert Mailbox.of(own).is_kept == (status == 200)


async def test_the_oldest_letters_go(settings: Settings) -> None:
    for number in range(KEPT + 5):
        await Mailbox.of(settings).show(replace(LETTER, subject=str(number)))

    subjects = [each["subject"] for each in await Mailbox.of(settings).letters()]

    assert subjects == [str(number) for number in reversed(range(5, KEPT + 5))]
