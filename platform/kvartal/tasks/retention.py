"""The sweeps: what is done need not be kept for ever."""

from datetime import timedelta

from kvartal import clock
from kvartal.db.connection import execute
from kvartal.graphql.idempotency import sweep_keys
from kvartal.tasks.actors import actor, cron

__all__ = ["sweep_idempotency_keys", "sweep_outbox"]

KEPT = timedelta(days=7)


@cron("20 1 * * *")
@actor("kvartal.sweep_outbox")
async def sweep_outbox() -> None:
    """Delete deliveries done a week ago, events without any left, and old cron claims."""
    before = clock.now() - KEPT
    await execute("DELETE FROM kvartal_delivery WHERE done_at < $1", before)
    await execute(
        "DELETE FROM kvartal_event e WHERE created_at < $1"
        " AND NOT EXISTS (SELECT 1 FROM kvartal_delivery d WHERE d.event_id = e.id)",
        before,
    )
    await execute("DELETE FROM kvartal_cron_claim WHERE occurs_at < $1", before)


@cron("40 * * * *")
@actor("kvartal.sweep_idempotency_keys")
async def sweep_idempotency_keys() -> None:
    """Delete the idempotency keys of more than a day ago, and the answers kept with them."""
    await sweep_keys()
