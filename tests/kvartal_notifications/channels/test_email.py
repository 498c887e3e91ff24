"""The channel of letters, over a real mail server."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from tests.kvartal.mail.smtp import Listening, a_certificate, listening, settings
from tests.kvartal_notifications.channels.conftest import a_message, told

from kvartal import mail
from kvartal.mail import Relay
from kvartal_notifications.channels.email import Letters
from kvartal_notifications.channels.port import DeliveryChannel
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.channels.service import channel_of


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """The installation's mail server."""
    with listening(a_certificate(tmp_path)) as found:
        monkeypatch.setattr(mail, "_way", Relay.of(found.settings("smtp+plain://127.0.0.1:{port}")))
        yield found


def letters() -> DeliveryChannel:
    found = channel_of(NotificationChannel.EMAIL)
    assert found is not None
    return found


async def test_a_batch_goes_over_one_connection_with_an_outcome_for_each(
    server: Listening,
) -> None:
    server.server.refused = {
        "gone@example.org": "550 5.1.1 unknown",
        "policy@example.org": "550 5.7.1 no mail from you",
        "later@example.org": "451 4.3.0 later",
    }
    addresses = [
        "a@b.org",
        "gone@example.org",
        "policy@example.org",
        "later@example.org",
        "c@d.org",
    ]

    outcomes = await letters().send([a_message(each) for each in [*addresses, "malformed"]])

    assert told(outcomes) == [
        ("SENT", None),
        ("ADDRESS_GONE", "MAIL_ADDRESS_REFUSED"),
        ("LATER", "MAIL_NOT_TAKEN"),
        ("LATER", "MAIL_NOT_TAKEN"),
        ("SENT", None),
        ("ADDRESS_GONE", "MAIL_ADDRESS_REFUSED"),
    ]
    assert [each.rcpt_tos for each in server.server.envelopes] == [["a@b.org"], ["c@d.org"]]
    assert server.server.peers == 1


async def test_a_letter_says_the_same_in_every_attempt(server: Listening) -> None:
    message = a_message("maria@example.org", notification_id=UUID(int=5))
    other = a_message("maria@example.org", notification_id=UUID(int=6))

    outcomes = [*await letters().send([message, other]), *await letters().send([message])]

    first, second, again = (
        message_from_bytes(each.content, policy=default)  # type: ignore[arg-type] # it is bytes
        for each in server.server.envelopes
    )
    assert first["Subject"] == message.title
    assert first.get_payload(decode=True) == f"{message.text}\r\n".encode()
    assert first.get_content_type() == "text/plain"
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]
    assert [f"<{each.provider_message}@mail.example.org>" for each in outcomes] == [
        first["Message-ID"],
        second["Message-ID"],
        again["Message-ID"],
    ]


async def test_a_letter_that_is_refused_for_good_leaves_the_address_alone(
    server: Listening,
) -> None:
    server.server.data_answer = "554 5.6.0 what is this"

    outcomes = await letters().send([a_message("maria@example.org")])

    assert told(outcomes) == [("REFUSED", "MAIL_LETTER_REFUSED")]


async def test_a_title_of_two_lines_is_the_letters_fault(server: Listening) -> None:
    hostile = a_message("maria@example.org", title="a\nBcc: thief@example.org")

    outcomes = await letters().send([hostile, a_message("c@d.org")])

    assert told(outcomes) == [("REFUSED", "MAIL_LETTER_REFUSED"), ("SENT", None)]
    assert [each.rcpt_tos for each in server.server.envelopes] == [["c@d.org"]]


async def test_a_server_that_is_away_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_way", Relay.of(settings(mail_url="smtp+plain://127.0.0.1:1")))

    outcomes = await letters().send([a_message("a@b.org"), a_message("c@d.org")])

    assert told(outcomes) == [("LATER", "MAIL_NOT_TAKEN")] * 2


async def test_an_installation_without_mail_has_no_such_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "_way", None)
    mail.configure(settings(mail_url="none"))

    assert channel_of(NotificationChannel.EMAIL) is None


async def test_nothing_to_send_asks_nobody(server: Listening) -> None:
    assert await Letters().send([]) == []
    assert server.server.peers == 0
