"""Mail: the only module that speaks SMTP. It is called from tasks, never from a request.

Delivery is at least once: who sends the same message twice gives it the same ``id``, and mail
servers throw the copy away.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import structlog

from kvartal import clock
from kvartal.errors import KvartalError
from kvartal.settings import Settings, SettingsError

__all__ = [
    "Attachment",
    "MailNotSent",
    "Mailer",
    "Message",
    "Relay",
    "configure",
    "configured",
    "send",
]

log = structlog.get_logger("kvartal.mail")

STEP_SECONDS = 15.0
WHOLE_SECONDS = 60.0
# The library's parser of addresses raises whatever it stumbles over.
_MALFORMED = (ValueError, IndexError, HeaderParseError)
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class MailNotSent(KvartalError):
    """The mail server did not take a message; the text names no person, since it is logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that comes with a letter; ``media_type``: "text/csv" and the like."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One letter of plain text to one person, perhaps with files."""

    id: UUID
    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


Mailer = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The mail server that takes our mail: by TLS unless it is said to be plain."""

    scheme: str
    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    sender: Address
    ca_file: Path | None

    @classmethod
    def of(cls, settings: Settings) -> "Relay":
        """The server that the settings name; SettingsError if they name none."""
        parts = urlsplit(settings.mail_url.get_secret_value())
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SettingsError(
                "Setting KVARTAL_MAIL_URL: must be like smtp://user:password@host:587, smtps://…,"
                " smtp+plain://…, or 'console' or 'none'"
            )
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            sender=_sender(settings.mail_from),
            ca_file=settings.mail_ca_file,
        )

    async def __call__(self, message: Message) -> None:
        """Hand the message to the server, or raise MailNotSent."""
        is_tls = self.scheme != "smtp+plain"
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await aiosmtplib.send(
                    self._wired(message),
                    hostname=self.host,
                    port=self.port,
                    username=self.username,
                    password=self.password,
                    timeout=STEP_SECONDS,
                    use_tls=self.scheme == "smtps",
                    # Said both ways: the default goes on in clear where a server offers no TLS.
                    start_tls=self.scheme == "smtp",
                    tls_context=ssl.create_default_context(cafile=self.ca_file) if is_tls else None,
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            # The server's own words name the recipient.
            raise MailNotSent(_cause(error)) from None
        log.info("mail.sent", message=str(message.id))

    def _wired(self, message: Message) -> EmailMessage:
        wired = EmailMessage(policy=SMTP)
        try:
            wired["From"] = self.sender
            wired["To"] = Address(addr_spec=message.to)
            wired["Subject"] = message.subject
        except _MALFORMED:
            raise MailNotSent("the address or the subject is malformed") from None
        wired["Date"] = format_datetime(clock.now())
        wired["Message-ID"] = f"<{message.id}@{self.sender.domain}>"
        wired["Auto-Submitted"] = "auto-generated"
        wired.set_content(message.text, cte="quoted-printable")
        for each in message.attachments:
            kind, _, form = each.media_type.partition("/")
            wired.add_attachment(each.content, maintype=kind, subtype=form, filename=each.name)
        return wired


async def to_console(message: Message) -> None:
    """Show the letter on the console: here, and only here, it is meant to be read."""
    log.info("mail.shown", to=message.to, subject=message.subject, text=message.text)


async def to_nobody(message: Message) -> None:
    """Say that nothing is sent, naming nobody."""
    log.warning("mail.not_sent", message=str(message.id), reason="KVARTAL_MAIL_URL is 'none'")


_mailer: Mailer = to_nobody


async def send(message: Message) -> None:
    """Send a letter, or raise MailNotSent: whoever runs the task tries again."""
    await _mailer(message)


def mailer_of(settings: Settings) -> Mailer:
    """Where the settings say that mail goes."""
    match settings.mail_url.get_secret_value():
        case "console":
            return to_console
        case "none" | "":
            return to_console if settings.demo else to_nobody
    return Relay.of(settings)


def configure(settings: Settings) -> None:
    """Have this process send its mail as the settings say; once, at start."""
    global _mailer
    _mailer = mailer_of(settings)


@contextmanager
def configured(mailer: Mailer) -> Iterator[None]:
    """Another mailer while the block runs, for tests."""
    global _mailer
    previous, _mailer = _mailer, mailer
    try:
        yield
    finally:
        _mailer = previous


def _sender(text: str) -> Address:
    name, _, rest = text.rpartition("<")
    try:
        return Address(display_name=name.strip().strip('"'), addr_spec=rest.rstrip("> "))
    except _MALFORMED:
        raise SettingsError(
            f"Setting KVARTAL_MAIL_FROM: {text!r} is not like Kvartal <mail@example.org>"
        ) from None


def _cause(error: Exception) -> str:
    code, cause = getattr(error, "code", None), error.__cause__
    reason = f" ({type(cause).__name__})" if cause else ""
    return f"{type(error).__name__}{f' {code}' if code else ''}{reason}"
