"""Letters about passwords, sent by the workers."""

from uuid import UUID

from kvartal import clock, mail
from kvartal.auth import tokens
from kvartal.auth.events import PasswordChanged, PasswordLinkRequested
from kvartal.auth.password.letters import link_letter, notice_letter
from kvartal.auth.password.queries import address_of, link_to_send
from kvartal.auth.policy import policy
from kvartal.events import on
from kvartal.tasks import actor, enqueue

__all__ = ["HANDLERS", "mail_password_link", "mail_password_notice"]


@actor("kvartal.mail_password_link", time_limit_seconds=90)
async def mail_password_link(link_id: UUID) -> None:
    """Send the link, if it is still awaited and its e-mail is that of somebody who may sign in."""
    link = await link_to_send(link_id, now=clock.now())
    if link is not None:
        token = tokens.reset_token(link.id, policy().reset_keys[0])
        await mail.send(link_letter(link, token, policy().password_url))


@actor("kvartal.mail_password_notice", time_limit_seconds=90)
async def mail_password_notice(user_id: UUID, change_id: UUID) -> None:
    """Tell the owner that their password has been changed."""
    found = await address_of(user_id)
    if found is not None:
        await mail.send(notice_letter(change_id, found[0]))


# A handler's transaction is no place to wait for a mail server: the actors wait outside of any.
async def send_link(requested: PasswordLinkRequested) -> None:
    """Have the letter with the link sent."""
    await enqueue(mail_password_link, requested.link_id)


async def send_notice(changed: PasswordChanged) -> None:
    """Have the owner told."""
    await enqueue(mail_password_notice, changed.user_id, changed.change_id)


HANDLERS = (on(PasswordLinkRequested, send_link), on(PasswordChanged, send_notice))
