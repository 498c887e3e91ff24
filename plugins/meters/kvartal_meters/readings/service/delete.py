"""Deleting a reading: the latest of its meter, by those who have the right to."""

from uuid import UUID

from kvartal import live
from kvartal.audit.api import changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound, VersionConflict
from kvartal.events import emit
from kvartal.home.api import premise_topic
from kvartal_meters.errors import LaterReadingExists
from kvartal_meters.events import ReadingDeleted
from kvartal_meters.permissions import DELETE
from kvartal_meters.readings.queries import locking, removal, saving
from kvartal_meters.readings.rules import plain
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading

__all__ = ["delete"]


async def delete(actor: Actor, *, reading_id: UUID, expected_version: int | None = None) -> UUID:
    """Delete a meter's latest reading; the meter, whose month may be submitted anew.

    Neither window nor status matter: what is wrong goes, whenever it is found.
    """
    async with unit_of_work():
        found = await locking.lock_meter_of_reading(actor, reading_id, permission=DELETE)
        if found is None:
            raise NotFound
        if found.lacking:
            raise Forbidden("FORBIDDEN_PERMISSION", permission=found.lacking.code)
        # Read after the wait for the lock: what stood there before may be gone meanwhile.
        facts = await saving.meter_facts([found.meter_id], up_to=found.billing_month)
        meter = facts.get(found.meter_id)
        reading = meter.reading_of(found.billing_month) if meter else None
        if meter is None or reading is None or reading.id != reading_id:
            raise NotFound
        if expected_version not in (None, reading.version):
            raise VersionConflict(version=reading.version, path=("expected_version",))
        if meter.after(reading.billing_month):
            raise LaterReadingExists(path=("reading_id",))
        await removal.delete_reading(reading_id)
        _tell(actor, meter, reading)
        return meter.id


def _tell(actor: Actor, meter: MeterFacts, reading: StoredReading) -> None:
    gone: dict[str, object] = {
        "billing_month": str(reading.billing_month),
        "taken_on": reading.taken_on.isoformat(),
        "saved_by": reading.saved_by.value,
        "values": [plain(value) for value in reading.values],
    }
    changed(gone, dict.fromkeys(gone))
    emit(
        ReadingDeleted(
            reading_id=reading.id,
            meter_id=meter.id,
            organization_id=meter.organization_id,
            building_id=meter.building_id,
            premise_id=meter.premise_id,
            billing_month=reading.billing_month,
            user_id=actor.user_id,
        )
    )
    if meter.premise_id:
        live.touch(premise_topic(meter.premise_id))
