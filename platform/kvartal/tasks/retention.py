"""The sweeps: what is done need not be kept for ever."""

from datetime import datetime

import structlog

from kvartal import clock
from kvartal.audit.api import record
from kvartal.audit.queries import delete_old_entries
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.idempotency import sweep_keys
from kvartal.retention.policy import retention
from kvartal.retention.sweeping import delete, swept
from kvartal.tasks.actors import actor, cron

__all__ = ["sweep_audit_log", "sweep_idempotency_keys", "sweep_outbox"]

log = structlog.get_logger("kvartal.tasks")


@cron("20 1 * * *")
@actor("kvartal.sweep_outbox", time_limit_seconds=3600)
async def sweep_outbox() -> None:
    """Delete old deliveries, done or given up, events without any left, and old cron claims."""
    now = clock.now()
    done, failed = now - retention().outbox, now - retention().failed
    log.info(
        "tasks.outbox_swept",
        deliveries=await swept("deliveries", lambda n: _done_deliveries(done, n)),
        failed=await swept("failed_deliveries", lambda n: _failed_deliveries(failed, n)),
        events=await swept("events", lambda n: _silent_events(done, n)),
        claims=await swept("cron_claims", lambda n: _claims(done, n)),
    )


@cron("40 * * * *")
@actor("kvartal.sweep_idempotency_keys")
async def sweep_idempotency_keys() -> None:
    """Delete the idempotency keys of more than a day ago, and the answers kept with them."""
    log.info("tasks.idempotency_swept", keys=await swept("idempotency_keys", sweep_keys))


@cron("50 1 * * *")
@actor("kvartal.sweep_audit_log", time_limit_seconds=3600)
async def sweep_audit_log() -> None:
    """Delete the rows of the audit log that are older than it goes back, and leave one of that."""
    kept = retention().audit
    if kept is None:
        return
    before = clock.now() - kept
    entries = await swept("audit", lambda n: delete_old_entries(before=before, limit=n))
    log.info("tasks.audit_swept", entries=entries)
    if entries:
        async with unit_of_work():
            record(sweep_audit_log.name, facts={"deleted": entries, "before": before})


async def _done_deliveries(before: datetime, limit: int) -> int:
    return await delete(
        "DELETE FROM kvartal_delivery WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_delivery WHERE done_at < $1 LIMIT $2))",
        before,
        limit,
    )


async def _failed_deliveries(before: datetime, limit: int) -> int:
    return await delete(
        "DELETE FROM kvartal_delivery WHERE id = ANY(ARRAY(SELECT id FROM kvartal_delivery"
        " WHERE failed_at < $1 AND done_at IS NULL LIMIT $2))",
        before,
        limit,
    )


async def _silent_events(before: datetime, limit: int) -> int:
    return await delete(
        "DELETE FROM kvartal_event WHERE id = ANY(ARRAY(SELECT e.id FROM kvartal_event e"
        " WHERE e.created_at < $1 AND NOT EXISTS"
        " (SELECT 1 FROM kvartal_delivery d WHERE d.event_id = e.id) LIMIT $2))",
        before,
        limit,
    )


async def _claims(before: datetime, limit: int) -> int:
    return await delete(
        "DELETE FROM kvartal_cron_claim WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_cron_claim WHERE occurs_at < $1 LIMIT $2))",
        before,
        limit,
    )
