"""Deleting a meter for good, with all its readings: never by surprise."""

from dataclasses import dataclass
from uuid import UUID

from kvartal import clock, live
from kvartal.audit.api import changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.files.api import files_of, remove
from kvartal.home.api import building_topic, premise_topic
from kvartal_meters.errors import ReadingsNotConfirmed
from kvartal_meters.events import MeterDeleted
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.service.access import announce_follower, held
from kvartal_meters.readings.queries import removal
from kvartal_meters.readings.queries.removal import Attachments

__all__ = ["MeterDeletion", "delete_meter"]


@dataclass(frozen=True, slots=True)
class MeterDeletion:
    """What goes, or would go, with a meter."""

    meter: Meter
    readings: int
    verifications: int
    files: int


async def delete_meter(
    actor: Actor,
    *,
    meter_id: UUID,
    confirmed_readings: int = 0,
    expected_version: int | None = None,
    preview: bool = False,
) -> MeterDeletion:
    """Delete a meter with its readings, verifications, names and files.

    ``confirmed_readings``: as many as the one who confirms it has been told will go.
    """
    async with unit_of_work():
        meter = await held(actor, meter_id, expected_version=expected_version)
        # Counted after the wait for the lock: a reading that came meanwhile is not lost unseen.
        attached = await removal.attachments_of(meter_id)
        files = await _files_of(meter_id, attached)
        deletion = MeterDeletion(
            meter, attached.readings, len(attached.verification_ids), len(files)
        )
        if preview:
            return deletion
        if confirmed_readings != attached.readings:
            raise ReadingsNotConfirmed(path=("confirm_readings",), count=attached.readings)
        if files:
            await remove(files)
        follower = await removal.delete_meter(
            meter_id, replaces_id=meter.replaces_id, now=clock.now()
        )
        _tell(actor, deletion)
        await announce_follower(actor, follower)
        return deletion


async def _files_of(meter_id: UUID, attached: Attachments) -> list[UUID]:
    """Documents of the meter itself, and of its verifications."""
    owners = (("Meter", [meter_id]), ("MeterVerification", attached.verification_ids))
    found = [await files_of(kind, ids) for kind, ids in owners if ids]
    return [file["id"] for by_owner in found for files in by_owner.values() for file in files]


def _tell(actor: Actor, deletion: MeterDeletion) -> None:
    meter = deletion.meter
    changed(
        {"identifier": meter.identifier, "readings": deletion.readings},
        {"identifier": None, "readings": 0},
    )
    emit(
        MeterDeleted(
            meter_id=meter.id,
            organization_id=meter.organization_id,
            building_id=meter.building_id,
            premise_id=meter.premise_id,
            readings=deletion.readings,
            user_id=actor.user_id,
        )
    )
    if meter.premise_id:
        live.touch(premise_topic(meter.premise_id))
    else:
        live.touch(building_topic(meter.building_id))
