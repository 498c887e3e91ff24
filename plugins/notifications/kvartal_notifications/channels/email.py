"""Letters: a batch over one connection, one after another."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from kvartal import mail
from kvartal.mail import Mailer, MailNotSent, Message, Refusal
from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict

__all__ = ["Letters"]

# A notice's letter is the same in every attempt: mail servers throw the copy away.
_LETTERS = UUID("6e1c5a57-5a55-4b0b-9c57-1a3c8f0e7a11")

_VERDICTS = {
    Refusal.FOR_NOW: Verdict.LATER,
    Refusal.ADDRESS: Verdict.ADDRESS_GONE,
    Refusal.LETTER: Verdict.REFUSED,
}
_PROBLEMS = {
    Refusal.FOR_NOW: "MAIL_NOT_TAKEN",
    Refusal.ADDRESS: "MAIL_ADDRESS_REFUSED",
    Refusal.LETTER: "MAIL_LETTER_REFUSED",
}


class Letters:
    """The way by mail: through the installation's mail server."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Send each as a letter of plain text."""
        async with mail.opened() as mailer:
            return [await _sent(mailer, each) for each in batch]


async def _sent(mailer: Mailer, message: Outgoing) -> Outcome:
    letter = Message(
        id=uuid5(_LETTERS, str(message.notification_id)),
        to=message.address,
        subject=message.title,
        text=message.text,
    )
    try:
        await mailer(letter)
    except MailNotSent as error:
        return Outcome(verdict=_VERDICTS[error.refusal], problem=_PROBLEMS[error.refusal])
    return Outcome(verdict=Verdict.SENT, provider_message=str(letter.id))
