"""One connection for many letters, with servers that end it whenever they like."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosmtplib
import pytest
from tests.kvartal.mail.smtp import Listening, a_certificate, listening, settings

from kvartal.mail import MailNotSent, Message, Refusal, Relay
from kvartal.mail import relay as relay_module

LETTER = Message(id=UUID(int=7), to="maria@example.org", subject="Поверка", text="Пора.\n")

Says = Callable[[int, str], str | None]
"""What a server says to the command of a connection, counted from 1; None: it hangs up."""


class Talker:
    """A mail server that says what a test wants it to say, and keeps what it has taken."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.connections = 0
        self.commands: list[tuple[int, str]] = []
        self.taken = 0
        self.silent_at: str | None = None
        self.held = asyncio.Event()
        self.released = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._open.add(writer)
        writer.write(b"220 talker\r\n")
        while line := (await reader.readline()).decode().strip():
            command = line.partition(" ")[0]
            self.commands.append((number, command))
            if command == "DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            if (number, command) == (1, self.silent_at):
                self.held.set()
                await self.released.wait()
            answer = self.says(number, command)
            if answer is None:
                break
            if command == "DATA" and answer.startswith("250"):
                self.taken += 1
            writer.write(f"{answer}\r\n".encode())
        self._open.discard(writer)
        writer.close()

    def hang_up(self) -> None:
        """End what is open, as a server does that has waited long enough."""
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def talking(says: Says) -> AsyncIterator[tuple[Talker, Relay]]:
    talker = Talker(says)
    async with await asyncio.start_server(talker.talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            yield talker, Relay.of(settings(mail_url=f"smtp+plain://127.0.0.1:{port}"))
        finally:
            talker.released.set()


def agrees(_: int, command: str) -> str:
    return "221 bye" if command == "QUIT" else "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture(params=["smtp+plain", "smtp", "smtps"])
def relay_of(
    request: pytest.FixtureRequest, certificate: Path
) -> Iterator[tuple[Listening, Relay]]:
    """A server of each kind: in clear, with STARTTLS and a password, with TLS."""
    tls = {"smtp": "starttls", "smtps": "implicit"}.get(request.param, "none")
    user = "robot:p%40ss@" if tls == "starttls" else ""
    with listening(certificate, tls=tls, with_password=tls == "starttls") as found:
        yield found, Relay.of(found.settings(f"{request.param}://{user}127.0.0.1:{{port}}"))


async def test_a_batch_goes_over_one_connection_whatever_is_refused(
    relay_of: tuple[Listening, Relay],
) -> None:
    found, relay = relay_of
    found.server.refused = {
        "gone@example.org": "550 5.1.1 {address} is unknown",
        "later@example.org": "450 4.2.0 {address} is greylisted",
    }
    refusals = []

    async with relay.opened() as hand_over:
        for address in ("a@b.org", "gone@example.org", "later@example.org", "c@d.org"):
            try:
                await hand_over(replace(LETTER, to=address))
            except MailNotSent as error:
                refusals.append((str(error), error.refusal))
        found.server.data_answer = "554 5.6.0 what is this"
        with pytest.raises(MailNotSent) as refused:
            await hand_over(LETTER)
        found.server.data_answer = "250 taken"
        await hand_over(LETTER)

    assert [each.rcpt_tos for each in found.server.envelopes] == [
        ["a@b.org"],
        ["c@d.org"],
        [LETTER.to],
    ]
    assert refusals == [
        ("SMTPRecipientsRefused", Refusal.ADDRESS),
        ("SMTPRecipientsRefused", Refusal.FOR_NOW),
    ]
    assert refused.value.refusal is Refusal.LETTER
    assert found.server.peers == 1
    assert len(found.server.users) == (1 if relay.username else 0)


async def test_an_idle_connection_that_has_ended_is_made_anew() -> None:
    async with talking(agrees) as (talker, relay), relay.opened() as hand_over:
        await hand_over(LETTER)
        talker.hang_up()
        await hand_over(LETTER)

    assert (talker.connections, talker.taken) == (2, 2)


@pytest.mark.parametrize("command", ["RSET", "MAIL"])
async def test_a_server_that_closes_at_the_next_letter_gets_it_over_another_connection(
    command: str,
) -> None:
    def tires(connection: int, said: str) -> str:
        begun = talker.commands.count((connection, said))
        is_tired = connection == 1 and said == command and begun == (2 if said == "MAIL" else 1)
        return "421 4.7.0 enough letters" if is_tired else agrees(connection, said)

    async with talking(tires) as (talker, relay), relay.opened() as hand_over:
        await hand_over(LETTER)
        await hand_over(LETTER)

    assert (talker.connections, talker.taken) == (2, 2)


async def test_a_server_that_closes_at_the_first_letter_is_not_asked_again_at_once() -> None:
    def busy(connection: int, said: str) -> str:
        return "421 4.3.2 busy" if said == "MAIL" else agrees(connection, said)

    async with talking(busy) as (talker, relay), relay.opened() as hand_over:
        with pytest.raises(MailNotSent, match="SMTPSenderRefused 421") as refused:
            await hand_over(LETTER)

    assert refused.value.refusal is Refusal.FOR_NOW
    assert talker.connections == 1


async def test_a_letter_that_a_connection_took_with_it_is_not_sent_twice_at_once() -> None:
    """Whether it has arrived nobody knows; the next letter has a connection of its own."""

    def drops(connection: int, said: str) -> str | None:
        return None if (connection, said) == (1, "DATA") else agrees(connection, said)

    async with talking(drops) as (talker, relay), relay.opened() as hand_over:
        with pytest.raises(MailNotSent) as refused:
            await hand_over(LETTER)
        taken = talker.taken
        await hand_over(LETTER)

    assert refused.value.refusal is Refusal.FOR_NOW
    assert (taken, talker.taken, talker.connections) == (0, 1, 2)


async def test_a_slow_server_is_left_and_its_late_answer_belongs_to_no_other_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "STEP_SECONDS", 0.2)

    async with talking(agrees) as (talker, relay):
        talker.silent_at = "RCPT"
        async with relay.opened() as hand_over:
            with pytest.raises(MailNotSent, match="Timeout") as refused:
                await hand_over(LETTER)
            talker.released.set()
            await hand_over(LETTER)

    assert refused.value.refusal is Refusal.FOR_NOW
    assert (talker.connections, talker.taken) == (2, 1)


async def test_a_letter_takes_no_longer_than_a_minute_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "WHOLE_SECONDS", 0.05)
    waiting = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await waiting.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        relay = Relay.of(settings(mail_url=f"smtp+plain://127.0.0.1:{port}"))
        async with relay.opened() as hand_over:
            with pytest.raises(MailNotSent, match="TimeoutError") as refused:
                await hand_over(LETTER)
        waiting.set()

    assert refused.value.refusal is Refusal.FOR_NOW


async def test_a_server_that_is_not_there_is_not_waited_for_by_each_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    async def refuse(self: aiosmtplib.SMTP) -> None:
        tried.append(self.hostname)
        raise aiosmtplib.SMTPConnectTimeoutError("Timed out connecting to mail.example.org")

    monkeypatch.setattr(aiosmtplib.SMTP, "connect", refuse)
    relay = Relay.of(settings(mail_url="smtp://mail.example.org"))
    refusals = []

    async with relay.opened() as hand_over:
        for _ in range(3):
            with pytest.raises(MailNotSent, match="SMTPConnectTimeoutError") as refused:
                await hand_over(LETTER)
            refusals.append(refused.value.refusal)

    assert tried == ["mail.example.org"]
    assert refusals == [Refusal.FOR_NOW] * 3


async def test_certificates_that_cannot_be_read_are_no_fault_of_the_letter(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    relay = Relay.of(settings(mail_url="smtps://127.0.0.1:1", mail_ca_file=broken))

    async with relay.opened() as hand_over:
        with pytest.raises(MailNotSent, match="SSLError") as refused:
            await hand_over(LETTER)

    assert refused.value.refusal is Refusal.FOR_NOW


async def test_who_is_stopped_in_a_letter_hangs_up() -> None:
    async with talking(agrees) as (talker, relay):
        talker.silent_at = "RCPT"

        async def run() -> None:
            async with relay.opened() as hand_over:
                await hand_over(LETTER)

        task = asyncio.create_task(run())
        await talker.held.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert [command for _, command in talker.commands] == ["EHLO", "MAIL", "RCPT"]


async def test_a_server_that_does_not_say_goodbye_is_left_all_the_same() -> None:
    def mute(connection: int, said: str) -> str | None:
        return None if said == "QUIT" else agrees(connection, said)

    def rude(connection: int, said: str) -> str | None:
        return "500 no" if said == "QUIT" else agrees(connection, said)

    for says in (mute, rude):
        async with talking(says) as (talker, relay), relay.opened() as hand_over:
            await hand_over(LETTER)

        assert talker.taken == 1


async def test_who_opens_mail_and_sends_none_makes_no_connection() -> None:
    async with talking(agrees) as (talker, relay), relay.opened():
        pass

    assert talker.connections == 0


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"to": "maria"}, Refusal.ADDRESS),
        ({"to": "мария@example.org"}, Refusal.ADDRESS),
        ({"to": f"maria@{'x' * 70}.org"}, Refusal.ADDRESS),
        ({"to": "maria@example.org\x00"}, Refusal.ADDRESS),
        ({"subject": "a\nBcc: thief@example.org"}, Refusal.LETTER),
    ],
    ids=str,
)
async def test_what_can_be_no_letter_is_refused_for_good_and_reaches_nobody(
    changed: dict[str, Any], refusal: Refusal
) -> None:
    letter = replace(LETTER, **changed)

    async with talking(agrees) as (talker, relay), relay.opened() as hand_over:
        with pytest.raises(MailNotSent, match="malformed") as refused:
            await hand_over(letter)

    assert refused.value.refusal is refusal
    assert talker.connections == 0


async def test_a_domain_may_be_russian() -> None:
    async with talking(agrees) as (talker, relay), relay.opened() as hand_over:
        await hand_over(replace(LETTER, to="maria@почта.рф"))

    assert talker.taken == 1


async def test_a_text_that_cannot_be_sent_raises_nothing_else() -> None:
    async with talking(agrees) as (talker, relay), relay.opened() as hand_over:
        with pytest.raises(MailNotSent) as refused:
            await hand_over(replace(LETTER, text="\ud800"))

    assert refused.value.refusal is Refusal.LETTER
    assert talker.taken == 0
