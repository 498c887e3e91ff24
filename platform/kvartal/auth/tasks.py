"""The handlers of sign-in, and the nightly forgetting of what has expired."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from kvartal import clock
from kvartal.auth.limits.queries import delete_full_budgets
from kvartal.auth.password.queries import delete_expired_links
from kvartal.auth.password.tasks import HANDLERS as PASSWORD_HANDLERS
from kvartal.auth.sessions.queries import delete_dead_sessions, delete_expired_refresh_tokens
from kvartal.auth.sessions.rules import SESSION_KEPT
from kvartal.auth.sign_in.queries.codes import delete_expired_codes
from kvartal.auth.sign_in.queries.people import delete_forgotten_addresses
from kvartal.auth.sign_in.tasks import HANDLERS as SIGN_IN_HANDLERS
from kvartal.tasks import actor, cron

__all__ = ["HANDLERS", "auth_cleanup"]

log = structlog.get_logger("kvartal.auth")

HANDLERS = (*SIGN_IN_HANDLERS, *PASSWORD_HANDLERS)

ADDRESS_KEPT = timedelta(days=180)
# A statement must not take longer than its time-out, however much there is.
BATCH = 10_000


@cron("20 23 * * *")
@actor("kvartal.auth_cleanup", time_limit_seconds=3600)
async def auth_cleanup() -> None:
    """Forget codes, links and tokens that have expired, sessions long dead, unused addresses."""
    now = clock.now()
    log.info(
        "auth.cleaned",
        codes=await _all(lambda: delete_expired_codes(now=now, limit=BATCH)),
        links=await _all(lambda: delete_expired_links(now=now, limit=BATCH)),
        refresh_tokens=await _all(lambda: delete_expired_refresh_tokens(now=now, limit=BATCH)),
        sessions=await _all(
            lambda: delete_dead_sessions(ended_before=now - SESSION_KEPT, limit=BATCH)
        ),
        addresses=await _all(
            lambda: delete_forgotten_addresses(unused_since=now - ADDRESS_KEPT, limit=BATCH)
        ),
        budgets=await _all(lambda: delete_full_budgets(now=now, limit=BATCH)),
    )


async def _all(delete_some: Callable[[], Awaitable[int]]) -> int:
    """Delete batch after batch until one is not full; how many rows went."""
    deleted = batch = await delete_some()
    while batch == BATCH:
        batch = await delete_some()
        deleted += batch
    return deleted
