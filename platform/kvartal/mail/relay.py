"""The mail server that takes our mail: the only module that speaks SMTP."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from kvartal import clock
from kvartal.mail.letters import Mailer, MailNotSent, Message, Refusal
from kvartal.settings import Settings, SettingsError

__all__ = ["Relay"]

log = structlog.get_logger("kvartal.mail")

STEP_SECONDS = 15.0
WHOLE_SECONDS = 60.0
# The library's parser of addresses raises whatever it stumbles over.
_MALFORMED = (ValueError, IndexError, HeaderParseError)
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
# The server has answered: the connection stands where the next letter may begin.
_ANSWERS = (
    aiosmtplib.SMTPDataError,
    aiosmtplib.SMTPRecipientsRefused,
    aiosmtplib.SMTPSenderRefused,
)
_CLOSING = 421


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

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Mailer]:
        """A connection for many letters: made with the first, and anew if the server ends it."""
        connection = _Connection(self)
        try:
            yield connection.hand_over
        except asyncio.CancelledError:
            connection.drop()
            raise
        finally:
            await connection.part()

    def client(self) -> aiosmtplib.SMTP:
        """A client of the server, not connected yet."""
        is_tls = self.scheme != "smtp+plain"
        return aiosmtplib.SMTP(
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

    def wired(self, message: Message) -> EmailMessage:
        """The letter as it travels; MailNotSent if there can be no such letter."""
        wired = EmailMessage(policy=SMTP)
        wired["From"] = self.sender
        try:
            wired["To"] = _recipient(message.to)
        except _MALFORMED:
            raise MailNotSent("the address is malformed", Refusal.ADDRESS) from None
        try:
            wired["Subject"] = message.subject
            wired.set_content(message.text, cte="quoted-printable")
        except _MALFORMED:
            raise MailNotSent("the subject or the text is malformed", Refusal.LETTER) from None
        wired["Date"] = format_datetime(clock.now())
        wired["Message-ID"] = f"<{message.id}@{self.sender.domain}>"
        wired["Auto-Submitted"] = "auto-generated"
        for each in message.attachments:
            kind, _, form = each.media_type.partition("/")
            wired.add_attachment(each.content, maintype=kind, subtype=form, filename=each.name)
        return wired


class _Connection:
    """The connection to a server, for as many letters as there are, one after another."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client: aiosmtplib.SMTP | None = None
        self._unreachable: str | None = None

    async def hand_over(self, message: Message) -> None:
        """Send a letter, or raise MailNotSent."""
        wired = self._relay.wired(message)
        if self._unreachable is not None:
            raise MailNotSent(self._unreachable)  # each letter would wait for it again
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await self._hand_over(wired)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            if not isinstance(error, _ANSWERS):
                self.drop()  # who knows where in their talk they are
            # The server's own words name the recipient.
            raise MailNotSent(_cause(error), _refusal(error)) from None
        log.info("mail.sent", message=str(message.id))

    async def part(self) -> None:
        """Take leave, if the server still listens."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, OSError):
                self.drop()

    def drop(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()

    async def _hand_over(self, wired: EmailMessage) -> None:
        client, is_used = await self._ready()
        try:
            await client.send_message(wired)
        except aiosmtplib.SMTPSenderRefused as refused:
            # So it says that the connection is too old or has had its letters: none of this one.
            if not is_used or refused.code != _CLOSING:
                raise
            self.drop()
            await self._connect(client)
            await client.send_message(wired)

    async def _ready(self) -> tuple[aiosmtplib.SMTP, bool]:
        """A client whose connection stands, and whether it has carried letters before."""
        client = self._client
        if client is None:
            client = self._client = self._relay.client()
        elif client.is_connected:
            try:
                # One may be closed by the other side, and is asked before it gets a letter: which
                # of it arrived, nobody could tell.
                await client.rset()
            except (aiosmtplib.SMTPException, OSError):
                self.drop()
            else:
                return client, True
        await self._connect(client)
        return client, False

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            self._unreachable = _cause(error)
            raise


def _refusal(error: Exception) -> Refusal:
    """What an answer refuses: one that begins with 5 is the server's last word.

    One about policy (5.7, RFC 3463) speaks of us, not of the address.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        [said] = error.recipients  # a letter goes to one person
        is_final = 500 <= said.code < 600 and not said.message.startswith("5.7.")
        return Refusal.ADDRESS if is_final else Refusal.FOR_NOW
    if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500:
        return Refusal.LETTER
    return Refusal.FOR_NOW


def _recipient(address: str) -> Address:
    """The address, its domain as servers of all ages read it."""
    given = Address(addr_spec=address)
    return Address(username=given.username, domain=given.domain.encode("idna").decode("ascii"))


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
