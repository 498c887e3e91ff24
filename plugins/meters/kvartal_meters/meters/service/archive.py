"""Into the archive and back: an archived meter keeps its readings, and nobody submits new ones."""

from datetime import datetime
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor, ActorKind
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Forbidden, Refused
from kvartal.housing.api import PlaceArchived
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards
from kvartal_meters.meters.rules import ArchiveReason, MeterChange, MeterScope, MeterStatus
from kvartal_meters.meters.rules.refusals import MeterReplaced, ResourceOff
from kvartal_meters.meters.service.access import held, save

__all__ = ["archive", "restore", "restore_faults", "set_status"]


async def archive(
    actor: Actor,
    meter_id: UUID,
    *,
    reason: ArchiveReason | None,
    expected_version: int | None = None,
) -> None:
    """Put a meter into the archive; one that is there already stays as it is."""
    async with unit_of_work():
        meter = await held(actor, meter_id, expected_version=expected_version)
        if meter.status is MeterStatus.ARCHIVED:
            nothing_changed()
            return
        set_status(meter, MeterStatus.ARCHIVED, now=clock.now(), reason=reason)
        await save(actor, meter, MeterChange.ARCHIVED)


async def restore(actor: Actor, meter_id: UUID, *, expected_version: int | None = None) -> None:
    """Put an archived meter into service again; one that is in service stays as it is."""
    async with unit_of_work():
        meter = await held(actor, meter_id, expected_version=expected_version)
        if meter.status is not MeterStatus.ARCHIVED:
            nothing_changed()
            return
        errors = await restore_faults(actor, meter, path=("id",))
        if errors:
            raise Refused(errors)
        set_status(meter, MeterStatus.ACTIVE, now=clock.now())
        await save(actor, meter, MeterChange.RESTORED, identifier=("id",))


async def restore_faults(
    actor: Actor, meter: models.Meter, *, path: tuple[str, ...]
) -> list[DomainError]:
    """Why a meter cannot come back: it would be added to where it could not be; Forbidden to
    integrators, as the customer has it: only by hand.
    """
    if actor.kind is ActorKind.SERVICE:
        raise Forbidden("FORBIDDEN_BY_HAND")
    found: list[DomainError] = []
    place = await cards.place_of_meter(meter.id)
    if place.archived:
        found.append(PlaceArchived(path=path))
    if meter.scope is not MeterScope.COLLECTIVE and not await cards.resource_is_active(
        place, meter.resource_kind
    ):
        found.append(ResourceOff(path=path))
    if await cards.is_replaced(meter.id):
        found.append(MeterReplaced(path=path))
    return found


def set_status(
    meter: models.Meter,
    status: MeterStatus,
    *,
    now: datetime,
    reason: ArchiveReason | None = None,
) -> None:
    """Another status, by hand: the date that the night found past is the reason no more."""
    is_archived = status is MeterStatus.ARCHIVED
    meter.update_from_dict(
        {
            "status": status,
            "verification_reason": None,
            "archived_at": now if is_archived else None,
            "archive_reason": reason if is_archived else None,
        }
    )
