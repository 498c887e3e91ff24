"""Replacing a meter: the old one leaves with a last reading, the new one begins anew."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, DomainError, Forbidden, Refused
from kvartal.events import emit
from kvartal_meters.errors import ReplacementTypeInvalid
from kvartal_meters.events import MeterReplaced
from kvartal_meters.meters import service as meters
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import ArchiveReason, MeterStatus
from kvartal_meters.meters.rules.refusals import CardArchived
from kvartal_meters.meters.service import MeterFields
from kvartal_meters.meters.service.access import announce_follower, held
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries import locking, removal, saving
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import Judgement, SubmittedValues, judge_closing
from kvartal_meters.readings.rules.replacement import may_replace
from kvartal_meters.readings.service.save import author_of, save

__all__ = ["ClosingReading", "Replacement", "replace_meter"]


@dataclass(frozen=True, slots=True)
class ClosingReading:
    """What the old meter showed last; today unless another day is given."""

    submitted: SubmittedValues
    taken_on: date | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A meter that has left, the one in its place, and the reading that closed it, if any."""

    old_id: UUID
    new_id: UUID
    reading_id: UUID | None


async def replace_meter(
    actor: Actor,
    *,
    meter_id: UUID,
    fields: MeterFields,
    closing: ClosingReading | None = None,
    reason: ArchiveReason = ArchiveReason.REPLACED,
    expected_version: int | None = None,
) -> Replacement:
    """Archive a meter and add another in its place, all or nothing; Refused with every fault.

    The new one has its own initial values: nothing is counted between the two. What is not said of
    its type and account is as it was.
    """
    if fields.get("status") is MeterStatus.ARCHIVED:
        raise BadInput("REPLACEMENT_ARCHIVED")
    async with unit_of_work():
        old = await held(actor, meter_id, expected_version=expected_version)
        if old.status is MeterStatus.ARCHIVED:
            raise CardArchived(path=("meter_id",))
        judged = await _judge(actor, old, closing) if closing else None
        faults = _closing_faults(judged)
        reading_id = None if faults else await _close(actor, judged)
        # In the archive first: the new meter may have the identifier of the old one.
        await meters.archive(actor, meter_id, reason=reason)
        new_id = await _add(actor, old, fields, faults)
        if new_id is None or faults:
            raise Refused(faults)
        follower = await removal.succeed(new_id, replaces_id=meter_id, now=clock.now())
        emit(
            MeterReplaced(
                meter_id=meter_id,
                new_meter_id=new_id,
                organization_id=old.organization_id,
                building_id=old.building_id,
                premise_id=old.premise_id,
                reason=reason,
                user_id=actor.user_id,
            )
        )
        await announce_follower(actor, follower)
        return Replacement(meter_id, new_id, reading_id)


async def _judge(actor: Actor, old: Meter, closing: ClosingReading) -> tuple[MeterFacts, Judgement]:
    if not (await locking.lock_meters(actor, [old.id])).get(old.id):
        raise Forbidden("FORBIDDEN_PERMISSION", permission=SUBMIT.code)
    meter = (await saving.meter_facts([old.id]))[old.id]
    author = author_of(actor, meter)
    return meter, judge_closing(meter, closing.submitted, author, taken_on=closing.taken_on)


def _closing_faults(judged: tuple[MeterFacts, Judgement] | None) -> list[DomainError]:
    return [each.at("closing_reading") for each in judged[1].errors] if judged else []


async def _close(actor: Actor, judged: tuple[MeterFacts, Judgement] | None) -> UUID | None:
    if judged is None:
        return None
    existing = judged[1].existing
    if judged[1].unchanged and existing:
        return existing.id
    [closing] = (await save(actor, [judged])).ids
    return closing


async def _add(
    actor: Actor, old: Meter, fields: MeterFields, faults: list[DomainError]
) -> UUID | None:
    """The new meter; none, and what is wrong with it among the ``faults``, if it is refused."""
    chosen: MeterFields = {"type": old.type, **fields}
    if old.account_id is not None:
        chosen = {"account_id": old.account_id, **chosen}
    if not may_replace(old.type, chosen["type"]):
        faults.append(ReplacementTypeInvalid(path=("meter", "type")))
    try:
        return await meters.add(
            actor, chosen, premise_id=old.premise_id, building_id=old.building_id
        )
    except Refused as refused:
        faults += [_placed(each) for each in refused.errors]
    except DomainError as refused:
        faults.append(_placed(refused))
    return None


def _placed(fault: DomainError) -> DomainError:
    """The fault where the form has it: the place of the new meter is that of the old one."""
    if fault.path[:1] in {("premise_id",), ("building_id",)}:
        fault.path = ("meter_id",)
        return fault
    return fault.at("meter")
