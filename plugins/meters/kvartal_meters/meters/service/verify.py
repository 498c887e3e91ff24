"""«Поверка выполнена»: a verification that was carried out, with its record and its file."""

from datetime import date
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Refused
from kvartal.files.api import attach
from kvartal.housing.api import InputFaults
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards, verifications
from kvartal_meters.meters.rules import MeterChange, MeterStatus, add_years
from kvartal_meters.meters.rules.refusals import (
    CardArchived,
    DateInFuture,
    VerificationExists,
    VerificationOutdated,
)
from kvartal_meters.meters.service.access import held, save
from kvartal_meters.meters.service.archive import set_status

__all__ = ["FILE_OWNER", "complete_verification"]

FILE_OWNER = "MeterVerification"
RECORD_NUMBER_LENGTH = 100


async def complete_verification(
    actor: Actor,
    meter_id: UUID,
    *,
    verified_on: date,
    record_number: str | None = None,
    file_id: UUID | None = None,
    expected_version: int | None = None,
) -> None:
    """Record a verification: the meter is in service, and due again after its interval (МПИ)."""
    async with unit_of_work():
        meter = await held(actor, meter_id, expected_version=expected_version)
        faults = InputFaults()
        number = faults.optional("record_number", record_number, RECORD_NUMBER_LENGTH)
        faults.errors += await _faults(meter, verified_on)
        faults.check()
        meter.verified_on = verified_on
        meter.next_verification_on = _due_on(meter, verified_on)
        set_status(meter, MeterStatus.ACTIVE, now=clock.now())
        row = await models.MeterVerification.create(
            organization_id=meter.organization_id,
            meter_id=meter.id,
            verified_on=verified_on,
            next_verification_on=meter.next_verification_on,
            record_number=number,
            recorded_by_id=actor.user_id,
        )
        if file_id is not None:
            await attach(
                actor,
                [file_id],
                organization_id=meter.organization_id,
                owner_kind=FILE_OWNER,
                owner_id=row.id,
            )
        await save(actor, meter, MeterChange.UPDATED)


async def _faults(meter: models.Meter, verified_on: date) -> list[DomainError]:
    if meter.status is MeterStatus.ARCHIVED:
        raise Refused([CardArchived(path=("meter_id",))])
    path = ("verified_on",)
    place = await cards.place_of_meter(meter.id)
    today = clock.today(place.timezone)
    if verified_on > today:
        return [DateInFuture(today=today, path=path)]
    if await verifications.verified_already(meter.id, verified_on):
        return [VerificationExists(path=path)]
    if meter.verified_on is not None and verified_on < meter.verified_on:
        return [VerificationOutdated(verified_on=meter.verified_on, path=path)]
    return []


def _due_on(meter: models.Meter, verified_on: date) -> date | None:
    """Unknown without an interval: the date that stood there was that of this verification."""
    interval = meter.verification_interval
    return None if interval is None else add_years(verified_on, interval)
