"""Starting an exchange: by hand, or what has fallen due by its schedule."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog

from kvartal import clock
from kvartal.audit.api import belongs_to
from kvartal.auth.api import Actor
from kvartal_integration.operations.rules import Direction, OperationKind, Trigger
from kvartal_integration.operations.service import DueOperation, start, start_scheduled
from kvartal_integration.schedules import queries
from kvartal_integration.schedules.queries import Scheduled
from kvartal_integration.schedules.rules import ConnectionMissing, PathsMissing
from kvartal_integration.schedules.service.access import exchange_of

__all__ = ["start_by_hand", "start_due"]

log = structlog.get_logger("kvartal_integration.schedules")

# Schedulers and workers may be away for so long, e.g. while they are upgraded; what fell due before
# is missed, and comes with its next time.
WITHIN = timedelta(minutes=10)


async def start_by_hand(
    actor: Actor, organization_id: UUID, kind: OperationKind, *, locale: str, preview: bool = False
) -> UUID:
    """A new operation as the form stands («Запустить сейчас»); the caller enqueues its task.

    PathsMissing, ConnectionMissing or OperationRunning if there is nothing to be run, or one runs.
    """
    exchange = await exchange_of(actor, organization_id)
    belongs_to(organization_id)
    setup = exchange.setups[kind.direction]
    if kind.direction is Direction.IMPORT and not setup.paths:
        raise PathsMissing
    if not exchange.is_connected:
        raise ConnectionMissing
    return await start(
        organization_id,
        kind,
        trigger=Trigger.PERSON,
        started_by_id=actor.user_id,
        locale=locale,
        request={**setup.request, **({"preview": True} if preview else {})},
    )


async def start_due(kind: OperationKind) -> list[UUID]:
    """New operations for all schedules that have fallen due; the caller enqueues their tasks.

    Each time of a schedule has one operation, however often and by whomever it is asked for. One
    that falls due while the former still runs is left out, and the log of operations says so.
    """
    now = clock.now()
    due = [
        DueOperation(
            id=uuid5(each.organization_id, f"{kind.value} {moment.timestamp():.0f}"),
            organization_id=each.organization_id,
            request=each.setup.request,
        )
        for each in await queries.scheduled(kind.direction)
        if (moment := _fell_due(each, now)) is not None
    ]
    if not due:
        return []
    started = await start_scheduled(kind, due)
    if started.left_out:
        log.warning("schedules.left_out", kind=kind.value, operations=len(started.left_out))
    return started.ids


def _fell_due(each: Scheduled, now: datetime) -> datetime | None:
    """When it has fallen due by the form as it stands: not before that was saved."""
    zone = clock.timezone(each.timezone)
    moment = each.setup.schedule.latest(now, zone, within=WITHIN)
    return moment if moment is not None and moment >= each.saved_at else None
