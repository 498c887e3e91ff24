"""A letter, and what may come of sending it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kvartal.errors import KvartalError

__all__ = ["Attachment", "MailNotSent", "Mailer", "Message", "Refusal"]


class Refusal(StrEnum):
    """What a mail server refuses: a letter for now, its address for good, or it for good."""

    FOR_NOW = "FOR_NOW"
    ADDRESS = "ADDRESS"
    LETTER = "LETTER"


class MailNotSent(KvartalError):
    """The mail server did not take a message; the text names no person, since it is logged."""

    def __init__(self, cause: str, refusal: Refusal = Refusal.FOR_NOW) -> None:
        super().__init__(cause)
        self.refusal = refusal


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
