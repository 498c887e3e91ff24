"""The handlers of sign-in, and the nightly forgetting of what has expired."""

import structlog

from kvartal import clock
from kvartal.auth.limits.queries import delete_full_budgets
from kvartal.auth.password.queries import delete_expired_links
from kvartal.auth.password.tasks import HANDLERS as PASSWORD_HANDLERS
from kvartal.auth.sessions.queries import delete_dead_sessions, delete_expired_refresh_tokens
from kvartal.auth.sign_in.queries.codes import delete_expired_codes
from kvartal.auth.sign_in.queries.people import delete_forgotten_addresses
from kvartal.auth.sign_in.tasks import HANDLERS as SIGN_IN_HANDLERS
from kvartal.retention.policy import retention
from kvartal.retention.sweeping import swept
from kvartal.tasks import actor, cron

__all__ = ["HANDLERS", "auth_cleanup"]

log = structlog.get_logger("kvartal.auth")

HANDLERS = (*SIGN_IN_HANDLERS, *PASSWORD_HANDLERS)


@cron("20 23 * * *")
@actor("kvartal.auth_cleanup", time_limit_seconds=3600)
async def auth_cleanup() -> None:
    """Forget codes, links and tokens that have expired, sessions long dead, unused addresses."""
    now = clock.now()
    ended, unused = now - retention().session, now - retention().address
    log.info(
        "auth.cleaned",
        codes=await swept("codes", lambda n: delete_expired_codes(now=now, limit=n)),
        links=await swept("links", lambda n: delete_expired_links(now=now, limit=n)),
        refresh_tokens=await swept(
            "refresh_tokens", lambda n: delete_expired_refresh_tokens(now=now, limit=n)
        ),
        sessions=await swept(
            "sessions", lambda n: delete_dead_sessions(ended_before=ended, limit=n)
        ),
        addresses=await swept(
            "addresses", lambda n: delete_forgotten_addresses(unused_since=unused, limit=n)
        ),
        budgets=await swept("budgets", lambda n: delete_full_budgets(now=now, limit=n)),
    )
