"""What sign-in leaves to the workers: sending codes, and forgetting what has expired."""

import structlog

from kvartal import clock
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.policy import policy
from kvartal.auth.queries.codes import code_to_send, delete_expired_codes
from kvartal.auth.queries.sessions import delete_expired_refresh_tokens
from kvartal.events import on
from kvartal.tasks import actor, cron

__all__ = ["HANDLERS", "auth_cleanup", "send_code"]

log = structlog.get_logger("kvartal.auth")


async def send_code(requested: SignInCodeRequested) -> None:
    """Send the code, if it is still awaited and its telephone is a resident's."""
    found = await code_to_send(requested.code_id, now=clock.now())
    if found is not None:
        phone, issue = found
        await policy().sender.send(phone, policy().code(issue))


HANDLERS = (on(SignInCodeRequested, send_code),)


@cron("20 23 * * *")
@actor("kvartal.auth_cleanup")
async def auth_cleanup() -> None:
    """Forget codes and refresh tokens that have expired."""
    now = clock.now()
    codes = await delete_expired_codes(now=now)
    refresh_tokens = await delete_expired_refresh_tokens(now=now)
    log.info("auth.cleaned", codes=codes, refresh_tokens=refresh_tokens)
