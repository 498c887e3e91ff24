"""Carrying what is due: a portion is taken, and sent in small batches.

What is taken is a lease, in the database. A worker that dies before a batch has begun has done
nothing, and the next one takes it anew. One that dies in a batch leaves it begun: what of it has
arrived nobody knows, so it is sent once more, with the same ids, and then never again.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.db.connection import Record
from kvartal_notifications.channels.port import DeliveryChannel, Outcome, Verdict
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.delivery import queries
from kvartal_notifications.delivery.rules import BATCHES, LEASE, Fate, before_sending, fate_of
from kvartal_notifications.delivery.service.counting import CARRIED
from kvartal_notifications.delivery.service.preparing import (
    Taken,
    circumstances,
    message_of,
    taken,
)
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.preferences.devices.service import forget, live_devices

__all__ = ["deliver"]

log = structlog.get_logger("kvartal_notifications.delivery")

_SOON = 0.05


async def deliver(until: datetime | None = None, *, waits: bool = True) -> Counter[str]:
    """Carry what is due, and no portion after ``until``; how many came to which status.

    ``waits``: also for what falls due before then.
    """
    counts: Counter[str] = Counter()
    while until is None or clock.now() < until:
        now = clock.now()
        lease = now + LEASE
        # lint-skip: query-in-loop -- each takes five hundred
        claimed = await queries.claim(now=now, until=lease)
        if claimed:
            counts += await _carry(claimed, lease)
            continue
        due = await queries.next_due() if until is not None and waits else None
        if until is None or due is None or due >= until:
            break
        await asyncio.sleep(max((due - now).total_seconds(), _SOON))
    return counts


async def _carry(claimed: Sequence[Record], lease: datetime) -> Counter[str]:
    """Send a portion, each way at its own pace."""
    counts = Counter(row["status"] for row in claimed if row["due_at"] is None)
    rows = [row for row in claimed if row["due_at"] is not None]
    wanted = [row["device_id"] for row in rows if row["device_id"] is not None]
    devices = await live_devices(wanted) if wanted else {}
    now = clock.now()
    ended: dict[UUID, Fate] = {}
    ways: dict[DeliveryChannel, list[Taken]] = {}
    for delivery in (taken(row, devices) for row in rows):
        fate, way = before_sending(circumstances(delivery, now), now), delivery.way
        if fate is None and way is not None:
            ways.setdefault(way, []).append(delivery)
        elif fate is not None:
            ended[delivery.id] = fate
    await queries.settle(ended, lease=lease, now=now)
    counts.update(each.status for each in ended.values())
    for row in claimed:
        if row["due_at"] is None or row["id"] in ended:
            fate = ended.get(row["id"])
            CARRIED.labels(row["channel"], fate.status if fate else row["status"]).inc()
    for found in await asyncio.gather(*(_send(*each, lease) for each in ways.items())):
        counts += found
    return counts


async def _send(way: DeliveryChannel, waiting: Sequence[Taken], lease: datetime) -> Counter[str]:
    """Send one way's deliveries, a batch after another."""
    counts: Counter[str] = Counter()
    size = BATCHES[waiting[0].channel]
    for batch in [waiting[start : start + size] for start in range(0, len(waiting), size)]:
        now = clock.now()
        until = now + LEASE
        # lint-skip: query-in-loop -- each begins a batch
        begun = await queries.begin([each.id for each in batch], lease=lease, now=now, until=until)
        ours = [each for each in batch if each.id in begun]
        if ours:
            outcomes = await way.send([message_of(each) for each in ours])
            counts += await _note(ours, outcomes, until)
    return counts


async def _note(
    batch: Sequence[Taken], outcomes: Sequence[Outcome], lease: datetime
) -> Counter[str]:
    """Note what came of a batch; addresses that are no more are not tried again."""
    now = clock.now()
    told = list(zip(batch, outcomes, strict=True))
    fates = {
        each.id: fate_of(outcome, circumstances(each, now), each.row["attempts"] + 1, now)
        for each, outcome in told
    }
    await queries.settle(fates, lease=lease, now=now)
    gone = [(each, o) for each, o in told if o.verdict is Verdict.ADDRESS_GONE]
    if devices := [each.device.id for each, _ in gone if each.device is not None]:
        await forget(devices)
    refused = {
        each.address: outcome.problem or Verdict.ADDRESS_GONE
        for each, outcome in gone
        if each.channel is NotificationChannel.EMAIL and each.address is not None
    }
    if refused:
        await queries.suppress(refused, now=now)
    counts = Counter(str(each.status) for each in fates.values())
    for status, number in counts.items():
        CARRIED.labels(batch[0].channel, status).inc(number)
    log.info(
        "notifications.batch_sent",
        channel=batch[0].channel,
        sent=counts[DeliveryStatus.SENT],
        later=counts[DeliveryStatus.PENDING],
        failed=counts[DeliveryStatus.FAILED],
    )
    return counts
