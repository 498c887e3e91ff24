"""The nightly check of verification, and ordering a verification for a meter."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import listed, record
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, NotFound, Refused
from kvartal.events import emit
from kvartal.home.api import building_topic
from kvartal.live import touch
from kvartal.services.api import OrderSource, order_service
from kvartal_meters.events import VerificationLapsed
from kvartal_meters.meters.rules import MeterScope, MeterStatus, VerificationReason
from kvartal_meters.verification import queries
from kvartal_meters.verification.queries import Lapsed
from kvartal_meters.verification.rules import refusal_to_order

__all__ = ["LapsedCounts", "check_verification", "order_verification"]

EVENT_METERS = 500

LapsedCounts = Mapping[UUID, Mapping[VerificationReason, int]]
"""How many meters of each organization lapsed by which date."""


async def check_verification(timezone: str, day: date) -> LapsedCounts:
    """Put the meters of a zone «На поверке» whose verification has lapsed by ``day``.

    Some buildings a transaction, so that a check that breaks off goes on where it was: what it
    has found once is not found again, and so is told to the audit log along with it.
    """
    counts: dict[UUID, Counter[VerificationReason]] = {}
    last: UUID | None = None
    while True:
        async with unit_of_work():
            batch = await queries.lapse(timezone, day, after=last, now=clock.now())
            _tell(batch.lapsed, day)
            _record(batch.lapsed, timezone, day)
        for each in batch.lapsed:
            count = counts.setdefault(each.organization_id, Counter())
            count[each.reason] += len(each.meter_ids)
        if batch.last_building is None:
            break
        last = batch.last_building
    return counts


async def order_verification(actor: Actor, meter_id: UUID, comment: str | None = None) -> UUID:
    """An order of the service that is linked to a meter; the open one if there is one.

    Residents order for their own premises; staff who may order services do it on their behalf.
    """
    async with unit_of_work():
        meter = await queries.meter_to_order_for(actor, meter_id)
        if meter is None:
            raise NotFound
        service_id = meter["service_id"]
        refusal = refusal_to_order(
            MeterScope(meter["scope"]),
            MeterStatus(meter["status"]),
            is_offered=service_id is not None,
        )
        if refusal:
            raise refusal
        try:
            return await order_service(
                actor,
                service_id=service_id,
                premise_id=meter["premise_id"],
                comment=comment,
                source=OrderSource("Meter", meter_id),
            )
        except Refused as refused:
            raise Refused([_of_meter(error) for error in refused.errors]) from None


def _tell(lapsed: Sequence[Lapsed], day: date) -> None:
    for organization_id, found in _by_organization(lapsed):
        meters = _meters(found)
        for start in range(0, len(meters), EVENT_METERS):
            emit(VerificationLapsed(organization_id, meters[start : start + EVENT_METERS], day))
    # Of so few buildings each is told by itself: a night concerns few of an organization's.
    for building_id in {each.building_id for each in lapsed}:
        touch(building_topic(building_id))


def _record(lapsed: Sequence[Lapsed], timezone: str, day: date) -> None:
    for organization_id, found in _by_organization(lapsed):
        numbers = dict.fromkeys((reason.lower() for reason in VerificationReason), 0)
        for each in found:
            numbers[each.reason.lower()] += len(each.meter_ids)
        meters = listed(_meters(found))
        record(
            "meters.verification_check",
            organization_id=organization_id,
            facts={"timezone": timezone, "day": day.isoformat(), **numbers, "meters": meters},
        )


def _by_organization(lapsed: Sequence[Lapsed]) -> Iterator[tuple[UUID, list[Lapsed]]]:
    organization = attrgetter("organization_id")
    for organization_id, found in groupby(sorted(lapsed, key=organization), organization):
        yield organization_id, list(found)


def _meters(lapsed: Sequence[Lapsed]) -> tuple[UUID, ...]:
    return tuple(sorted(meter_id for each in lapsed for meter_id in each.meter_ids))


def _of_meter(error: DomainError) -> DomainError:
    """The fault of an order as the form knows it: its service and premise are the meter's."""
    is_own = error.path[:1] == ("comment",)
    return error if is_own else replace(error, path=("meter_id",))
