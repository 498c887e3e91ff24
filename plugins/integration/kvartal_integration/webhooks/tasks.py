"""What the workers do about webhooks: hear events, tell of them, and forget."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.events import on
from kvartal.retention.sweeping import swept
from kvartal.sealing import seal
from kvartal.settings import settings_of
from kvartal.tasks import actor, cron, enqueue
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.webhooks import queries
from kvartal_integration.webhooks.rules import KEPT_DAYS, WebhookEvent, next_attempt
from kvartal_integration.webhooks.service import Target, attempt, tell
from kvartal_integration.webhooks.service.managing import secret_place
from kvartal_integration.webhooks.service.telling import Facts, gone, meters, readings
from kvartal_meters.api import (
    MeterChanged,
    MeterDeleted,
    MetersRegistered,
    ReadingAccepted,
    ReadingCorrected,
    ReadingDeleted,
    ReadingsRegistered,
    ReadingsReviewed,
    VerificationLapsed,
)

__all__ = ["HANDLERS", "sweep_webhook_deliveries", "tell_due_webhooks", "tell_webhook"]

log = structlog.get_logger("kvartal_integration.webhooks")

# One run tells one address for so long at most; what is left waits for the next minute.
RUN = timedelta(seconds=50)


async def tell_reading_accepted(heard: ReadingAccepted) -> None:
    """A reading of a month that had none."""
    await _tell(
        heard.organization_id,
        _of_readings(
            heard.organization_id,
            {
                WebhookEvent.READING_ACCEPTED: [heard.reading_id],
                WebhookEvent.READING_RECALCULATED: _known(heard.following_id),
            },
        ),
    )


async def tell_reading_corrected(heard: ReadingCorrected) -> None:
    """A reading with other values."""
    await _tell(
        heard.organization_id,
        _of_readings(
            heard.organization_id,
            {
                WebhookEvent.READING_CORRECTED: [heard.reading_id],
                WebhookEvent.READING_RECALCULATED: _known(heard.following_id),
            },
        ),
    )


async def tell_readings_reviewed(heard: ReadingsReviewed) -> None:
    """Readings that the staff have found right."""
    found = readings(heard.organization_id, heard.reading_ids)
    await _tell(heard.organization_id, {WebhookEvent.READING_REVIEWED: found})


async def tell_reading_deleted(heard: ReadingDeleted) -> None:
    """A reading that is no more."""
    found = gone("readings", "Reading", [heard.reading_id])
    await _tell(heard.organization_id, {WebhookEvent.READING_DELETED: found})


async def tell_readings_registered(heard: ReadingsRegistered) -> None:
    """Readings of another system, in one message of each kind."""
    await _tell(
        heard.organization_id,
        _of_readings(
            heard.organization_id,
            {
                WebhookEvent.READING_ACCEPTED: heard.accepted_ids,
                WebhookEvent.READING_CORRECTED: heard.corrected_ids,
                WebhookEvent.READING_RECALCULATED: heard.following_ids,
            },
        ),
    )


async def tell_meter_changed(heard: MeterChanged) -> None:
    """A meter's card, or its place in the archive."""
    found = meters(heard.organization_id, [heard.meter_id])
    await _tell(heard.organization_id, {WebhookEvent.METER_CHANGED: found})


async def tell_meters_registered(heard: MetersRegistered) -> None:
    """Meters of another system, in one message."""
    ids = (*heard.created_ids, *heard.updated_ids, *heard.archived_ids)
    found = meters(heard.organization_id, ids)
    await _tell(heard.organization_id, {WebhookEvent.METER_CHANGED: found})


async def tell_verification_lapsed(heard: VerificationLapsed) -> None:
    """Meters that the night has put «На поверке»."""
    found = meters(heard.organization_id, heard.meter_ids)
    await _tell(heard.organization_id, {WebhookEvent.METER_CHANGED: found})


async def tell_meter_deleted(heard: MeterDeleted) -> None:
    """A meter that is no more, and its readings with it."""
    found = gone("meters", "Meter", [heard.meter_id])
    await _tell(heard.organization_id, {WebhookEvent.METER_DELETED: found})


HANDLERS = (
    on(ReadingAccepted, tell_reading_accepted),
    on(ReadingCorrected, tell_reading_corrected),
    on(ReadingDeleted, tell_reading_deleted),
    on(ReadingsRegistered, tell_readings_registered),
    on(ReadingsReviewed, tell_readings_reviewed),
    on(MeterChanged, tell_meter_changed),
    on(MetersRegistered, tell_meters_registered),
    on(VerificationLapsed, tell_verification_lapsed),
    on(MeterDeleted, tell_meter_deleted),
)


def _of_readings(
    organization_id: UUID, ids: Mapping[WebhookEvent, Sequence[UUID]]
) -> Mapping[WebhookEvent, Facts]:
    """The facts of those kinds that have happened to any reading."""
    return {event: readings(organization_id, those) for event, those in ids.items() if those}


def _known(following_id: UUID | None) -> Sequence[UUID]:
    return [] if following_id is None else [following_id]


async def _tell(organization_id: UUID, events: Mapping[WebhookEvent, Facts]) -> None:
    for webhook_id in await tell(organization_id, events):
        await enqueue(tell_webhook, webhook_id)


@actor("integration.tell_webhook", time_limit_seconds=120)
async def tell_webhook(webhook_id: UUID) -> None:
    """Tell an address of all that is due; of the rest later, once it does not answer.

    So a dead address holds up one worker's attempt a minute, however much waits for it.
    """
    until = clock.now() + RUN
    while clock.now() < until:
        waiting = await queries.claim_due(webhook_id, now=clock.now())
        if waiting is None or await _is_silent(waiting):
            return


async def _is_silent(waiting: Record) -> bool:
    """Make an attempt and note how it went; whether there was no answer at all."""
    opened = seal().open(waiting["secret_sealed"], secret_place(waiting["webhook_id"]))
    target = Target(waiting["url"], opened, waiting["event_id"], waiting["payload"].encode())
    allowed = settings_of(IntegrationSettings).allowed_hosts
    answer = await attempt(target, now=clock.now(), allowed=allowed)
    now, due_at = clock.now(), None
    if answer.problem is not None:
        due_at = next_attempt(waiting["attempts"], waiting["created_at"], now)
    await queries.note_attempt(
        waiting["id"], now=now, answered=answer.status, problem=answer.problem, due_at=due_at
    )
    log.info(
        "integration.webhook_tried",
        told=answer.problem is None,
        webhook=str(waiting["webhook_id"]),
        delivery=str(waiting["id"]),
        attempts=waiting["attempts"],
        status=answer.status,
    )
    return answer.is_silent


@cron("* * * * *")
@actor("integration.tell_due_webhooks")
async def tell_due_webhooks() -> None:
    """Have the addresses tried again for which something is due."""
    async with unit_of_work():
        for webhook_id in await queries.webhooks_due(now=clock.now()):
            await enqueue(tell_webhook, webhook_id)


@cron("10 2 * * *")
@actor("integration.sweep_webhook_deliveries", time_limit_seconds=3600)
async def sweep_webhook_deliveries() -> None:
    """Delete the log of what webhooks were told more than a month ago."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    deleted = await swept(
        "webhook_deliveries", lambda n: queries.delete_old_deliveries(before=before, limit=n)
    )
    log.info("integration.webhook_deliveries_swept", deliveries=deleted)
