import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.kvartal.mail.smtp import Listening, a_certificate, listening, settings

from kvartal import mail
from kvartal.mail import Attachment, MailNotSent, Message, Refusal, Relay, way_of
from kvartal.mail import relay as relay_module
from kvartal.settings import SettingsError

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LETTER = Message(
    id=UUID(int=7),
    to="maria@example.org",
    subject="Новый пароль",
    text="Здравствуйте!\n\n" + "Очень длинная строка. " * 100 + "\n.\nКонец\n",
)


async def sent(relay: Relay, message: Message) -> None:
    """Send one letter."""
    async with relay.opened() as hand_over:
        await hand_over(message)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def plain(certificate: Path) -> Iterator[Listening]:
    with listening(certificate) as each:
        yield each


@pytest.fixture
def upgrading(certificate: Path) -> Iterator[Listening]:
    with listening(certificate, tls="starttls", with_password=True) as each:
        yield each


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[Listening]:
    with listening(certificate, tls="implicit") as each:
        yield each


async def test_a_letter_arrives_as_it_was_written(plain: Listening, frozen_clock: Freeze) -> None:
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))

    with frozen_clock(NOW), capture_logs() as logs:
        await sent(relay, LETTER)

    [envelope] = plain.server.envelopes
    letter = plain.server.letter()
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "robot@mail.example.org",
        ["maria@example.org"],
    )
    assert letter["From"] == '"Кvartal, УК «Заря»" <robot@mail.example.org>'
    assert letter["To"] == "maria@example.org"
    assert letter["Subject"] == "Новый пароль"
    assert letter["Date"] == "Fri, 20 Nov 2026 09:00:00 +0000"
    assert letter["Message-ID"] == f"<{LETTER.id}@mail.example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text
    assert isinstance(envelope.content, bytes)
    assert max(map(len, envelope.content.splitlines())) <= 78
    assert logs == [{"event": "mail.sent", "log_level": "info", "message": str(LETTER.id)}]


async def test_files_come_with_the_letter(plain: Listening) -> None:
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))
    table = Attachment(name="Ошибки.csv", media_type="text/csv", content="код;текст".encode())

    await sent(relay, replace(LETTER, attachments=(table,)))

    [attached] = plain.server.letter().iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("Ошибки.csv", "text/csv")
    assert attached.get_payload(decode=True) == table.content


async def test_a_password_travels_by_tls_alone(upgrading: Listening) -> None:
    url = "smtp://robot%40example.org:p%40ss@127.0.0.1:{port}"

    await sent(Relay.of(upgrading.settings(url)), LETTER)

    assert upgrading.server.users == [(b"robot@example.org", b"p@ss")]
    assert upgrading.server.letter()["Subject"] == "Новый пароль"


async def test_a_wrong_password_is_refused_without_being_told(upgrading: Listening) -> None:
    relay = Relay.of(upgrading.settings("smtp://robot:wrong@127.0.0.1:{port}"))

    with pytest.raises(MailNotSent, match="SMTPAuthenticationError 535"):
        await sent(relay, LETTER)

    assert upgrading.server.envelopes == []


async def test_tls_from_the_beginning(encrypted: Listening) -> None:
    await sent(Relay.of(encrypted.settings("smtps://127.0.0.1:{port}")), LETTER)

    assert encrypted.server.letter()["Subject"] == "Новый пароль"


async def test_a_server_without_tls_gets_no_mail_that_was_to_be_encrypted(
    plain: Listening,
) -> None:
    relay = Relay.of(plain.settings("smtp://robot:p%40ss@127.0.0.1:{port}"))

    with pytest.raises(MailNotSent):
        await sent(relay, LETTER)

    assert (plain.server.envelopes, plain.server.users) == ([], [])


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    upgrading: Listening, encrypted: Listening, scheme: str
) -> None:
    found = upgrading if scheme == "smtp" else encrypted
    trusting_others = found.settings(scheme + "://127.0.0.1:{port}").model_copy(
        update={"mail_ca_file": None}
    )

    with pytest.raises(MailNotSent, match="SSLCertVerificationError"):
        await sent(Relay.of(trusting_others), LETTER)

    assert found.server.envelopes == []


@pytest.mark.parametrize("answer", ["550 no {address} here", "451 {address}: later"])
async def test_a_refusal_of_the_server_does_not_name_the_recipient(
    plain: Listening, answer: str
) -> None:
    plain.server.answer = answer
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))

    with pytest.raises(MailNotSent) as refused:
        await sent(relay, LETTER)

    assert "maria" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_a_server_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "STEP_SECONDS", 0.1)

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        relay = Relay.of(settings(mail_url=f"smtp+plain://127.0.0.1:{port}"))

        with pytest.raises(MailNotSent, match="Timeout"):
            await sent(relay, LETTER)


async def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MailNotSent, match="Connect"):
        await sent(Relay.of(settings(mail_url="smtp+plain://127.0.0.1:1")), LETTER)


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Новый\nBcc: thief@example.org"},
        {"to": "maria@example.org, thief@example.org"},
        {"to": "maria@example.org\nBcc: thief@example.org"},
        {"to": ""},
    ],
    ids=str,
)
async def test_nobody_adds_a_header_or_a_recipient(
    plain: Listening, changed: dict[str, Any]
) -> None:
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))

    with pytest.raises(MailNotSent, match="malformed"):
        await sent(relay, replace(LETTER, **changed))

    assert plain.server.envelopes == []


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://mail", 587),
        ("smtps://mail", 465),
        ("smtp+plain://mail", 25),
        ("smtp://mail:26", 26),
    ],
)
def test_each_way_has_its_usual_port(url: str, port: int) -> None:
    assert Relay.of(settings(mail_url=url)).port == port


@pytest.mark.parametrize("url", ["http://mail", "mail.example.org:25", "smtp://", "smtp:mail"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="KVARTAL_MAIL_URL"):
        way_of(settings(mail_url=url))


@pytest.mark.parametrize("sender", ["Kvartal", "Kvartal <>", "Kvartal <a b>"])
def test_a_sender_that_is_none_stops_the_start(sender: str) -> None:
    with pytest.raises(SettingsError, match="KVARTAL_MAIL_FROM"):
        way_of(settings(mail_url="smtp://mail", mail_from=sender))


@pytest.mark.parametrize("sender", ["mail@example.org", "<mail@example.org>"])
def test_a_sender_needs_no_name(sender: str) -> None:
    relay = Relay.of(settings(mail_url="smtp://mail", mail_from=sender))

    assert str(relay.sender) == "mail@example.org"


def test_the_relay_does_not_show_its_password() -> None:
    assert "s3cret" not in repr(Relay.of(settings(mail_url="smtp://robot:s3cret@mail")))


async def test_many_letters_go_over_one_connection(plain: Listening) -> None:
    """One that is refused leaves the connection to the next."""
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))

    async with relay.opened() as hand_over:
        for number in range(3):
            await hand_over(replace(LETTER, id=UUID(int=number)))
        plain.server.answer = "550 5.1.1 no such user"
        with pytest.raises(MailNotSent):
            await hand_over(LETTER)
        plain.server.answer = "250 OK"
        await hand_over(LETTER)

    assert len(plain.server.envelopes) == 4
    assert plain.server.peers == 1


@pytest.mark.parametrize(
    ("answer", "data", "refusal"),
    [
        ("550 5.1.1 no such user", "250 taken", Refusal.ADDRESS),
        ("553 no", "250 taken", Refusal.ADDRESS),
        ("550 5.7.1 your network is not welcome", "250 taken", Refusal.FOR_NOW),
        ("450 4.2.1 later", "250 taken", Refusal.FOR_NOW),
        ("250 OK", "554 5.6.0 what is this", Refusal.LETTER),
        ("250 OK", "451 later", Refusal.FOR_NOW),
    ],
)
async def test_what_is_refused_is_told(
    plain: Listening, answer: str, data: str, refusal: Refusal
) -> None:
    plain.server.answer, plain.server.data_answer = answer, data
    relay = Relay.of(plain.settings("smtp+plain://127.0.0.1:{port}"))

    with pytest.raises(MailNotSent) as refused:
        await sent(relay, LETTER)

    assert refused.value.refusal is refusal


@pytest.mark.parametrize("url", ["none", ""])
async def test_without_a_server_nothing_is_sent_and_nobody_named(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_way", None)
    mail.configure(settings(mail_url=url))

    with capture_logs() as logs:
        await mail.send(LETTER)

    assert [each["event"] for each in logs] == ["mail.not_sent"]
    assert "maria" not in str(logs)
    assert not mail.is_sent()


async def test_a_server_makes_it_an_installation_that_sends(
    plain: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_way", None)
    mail.configure(plain.settings("smtp+plain://127.0.0.1:{port}"))

    async with mail.opened() as mailer:
        await mailer(LETTER)

    assert mail.is_sent()
    assert plain.server.letter()["To"] == LETTER.to
