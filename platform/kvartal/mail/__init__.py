"""Mail: the only package that speaks SMTP. It is called from tasks, never from a request.

Delivery is at least once: who sends the same message twice gives it the same ``id``, and mail
servers throw the copy away.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog

from kvartal.mail.letters import Attachment, Mailer, MailNotSent, Message, Refusal
from kvartal.mail.mailbox import Mailbox
from kvartal.mail.relay import Relay
from kvartal.settings import Settings

__all__ = [
    "Attachment",
    "MailNotSent",
    "Mailer",
    "Message",
    "Refusal",
    "Relay",
    "configure",
    "configured",
    "is_sent",
    "opened",
    "send",
]

log = structlog.get_logger("kvartal.mail")


class Way(Protocol):
    """Where mail goes, opened for as many letters as there are."""

    def opened(self) -> AbstractAsyncContextManager[Mailer]:
        """What sends letters as long as the block runs."""
        ...


@dataclass(frozen=True, slots=True)
class _At:
    """Mail that goes to somebody here: there is nothing to open."""

    mailer: Mailer

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Mailer]:
        yield self.mailer


async def to_nobody(message: Message) -> None:
    """Say that nothing is sent, naming nobody."""
    log.warning("mail.not_sent", message=str(message.id), reason="KVARTAL_MAIL_URL is 'none'")


_NOWHERE = _At(to_nobody)
_way: Way = _NOWHERE


def is_sent() -> bool:
    """Whether this installation sends mail, or at least shows it."""
    return _way is not _NOWHERE


@asynccontextmanager
async def opened() -> AsyncIterator[Mailer]:
    """Send many letters over one connection: each is sent, or raises MailNotSent."""
    async with _way.opened() as mailer:
        yield mailer


async def send(message: Message) -> None:
    """Send a letter, or raise MailNotSent: whoever runs the task tries again."""
    async with _way.opened() as mailer:
        await mailer(message)


def way_of(settings: Settings) -> Way:
    """Where the settings say that mail goes."""
    is_shown = settings.mail_url.get_secret_value() == "console"
    is_none = settings.mail_url.get_secret_value() in {"none", ""}
    if is_shown or (is_none and settings.demo):
        return _At(Mailbox.of(settings).show)
    return _NOWHERE if is_none else Relay.of(settings)


def configure(settings: Settings) -> None:
    """Have this process send its mail as the settings say; once, at start."""
    global _way
    _way = way_of(settings)


@contextmanager
def configured(mailer: Mailer) -> Iterator[None]:
    """Another mailer while the block runs, for tests."""
    global _way
    previous, _way = _way, _At(mailer)
    try:
        yield
    finally:
        _way = previous
