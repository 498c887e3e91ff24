"""Letters about passwords, as people read them."""

from uuid import UUID

from kvartal.auth.password.queries import LinkToSend
from kvartal.auth.rules import ResetKind
from kvartal.mail import Message
from kvartal.text import say

__all__ = ["link_letter", "link_of", "notice_letter"]

_SUBJECTS = {
    ResetKind.RESET: "letter.reset.subject",
    ResetKind.INVITATION: "letter.invitation.subject",
}
_TEXTS = {
    ResetKind.RESET: "letter.reset.text",
    ResetKind.INVITATION: "letter.invitation.text",
}


def link_of(token: str, page: str | None) -> str:
    """The link of a token; without a page of the installation's own the token alone."""
    # After the sign, so that neither servers' logs nor other pages learn it.
    return f"{page}#{token}" if page else token


def link_letter(link: LinkToSend, token: str, page: str | None) -> Message:
    """The letter with a link."""
    facts = {
        "link": link_of(token, page),
        "organization": link.organization,
    }
    return Message(
        id=link.id,
        to=link.email,
        subject=say(_SUBJECTS[link.kind], link.locale, **facts),
        text=say(_TEXTS[link.kind], link.locale, **facts),
    )


def notice_letter(change_id: UUID, email: str) -> Message:
    """The letter that tells an owner that their password has been changed, maybe not by them."""
    return Message(
        id=change_id,
        to=email,
        subject=say("letter.password_changed.subject", "ru"),
        text=say("letter.password_changed.text", "ru"),
    )
