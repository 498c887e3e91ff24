"""What can be changed of meters."""

from uuid import UUID

import strawberry

from kvartal.context import Info
from kvartal.errors import BadInput, VersionConflict
from kvartal.files.api import FileUnavailable
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import ExternalIdTaken, PlaceArchived, TextTooLong
from kvartal_meters.errors import DigitsExceeded, InvalidValue, RegistersMismatch
from kvartal_meters.meters import service
from kvartal_meters.meters.graphql.inputs import (
    AddMeterInput,
    ArchiveMeterInput,
    CompleteVerificationInput,
    MeterDocumentInput,
    RestoreMeterInput,
    UpdateMeterInput,
)
from kvartal_meters.meters.graphql.queries import meters_by_ids
from kvartal_meters.meters.graphql.rows import Meter
from kvartal_meters.meters.rules import refusals

__all__ = ["MeterMutations"]

ABOUT_CARD = (
    refusals.IdentifierRequired,
    refusals.IdentifierTaken,
    ExternalIdTaken,
    TextTooLong,
    refusals.AccountElsewhere,
    refusals.CollectiveOnly,
    refusals.DateInFuture,
    refusals.VerificationOrderInvalid,
    refusals.IntervalInvalid,
    refusals.DigitsInvalid,
    refusals.RatioInvalid,
    RegistersMismatch,
    InvalidValue,
    DigitsExceeded,
    refusals.ResourceOff,
    PlaceArchived,
)


@strawberry.type
class MeterMutations:
    """Fields of Mutation about meters; the right depends on whether it is a house meter."""

    @mutation(
        access=SIGNED_IN,
        description="Add a meter to a premise (ИПУ; right «Помещения») or to a building (ОДПУ;"
        " right «Объекты»).",
        raises=ABOUT_CARD,
    )
    async def add_meter(self, info: Info, input: AddMeterInput) -> Meter:
        """A new meter."""
        if not (input.premise_id or input.building_id):
            raise BadInput("METER_WITHOUT_PLACE")
        key = await service.add(
            info.context.actor,
            input.fields(),
            premise_id=uuid_of("Premise", input.premise_id) if input.premise_id else None,
            building_id=uuid_of("Building", input.building_id) if input.building_id else None,
        )
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Change a meter: only the fields that are given. With a status it goes into"
        " the archive and comes back as by archiveMeter and restoreMeter.",
        raises=(
            *ABOUT_CARD,
            refusals.TypeFixed,
            refusals.InitialValuesFixed,
            refusals.DigitsContradictReadings,
            refusals.MeterReplaced,
            VersionConflict,
        ),
    )
    async def update_meter(self, info: Info, input: UpdateMeterInput) -> Meter:
        """A changed meter."""
        key = uuid_of("Meter", input.id)
        await service.update(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Put a meter into the archive: nobody submits readings of it, and those that"
        " there are stay.",
        raises=(VersionConflict,),
    )
    async def archive_meter(self, info: Info, input: ArchiveMeterInput) -> Meter:
        """A meter in the archive."""
        key = uuid_of("Meter", input.id)
        await service.archive(
            info.context.actor, key, reason=input.reason, expected_version=input.expected_version
        )
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Take a meter out of the archive; integrators may not.",
        raises=(
            refusals.IdentifierTaken,
            refusals.ResourceOff,
            refusals.MeterReplaced,
            PlaceArchived,
            VersionConflict,
        ),
    )
    async def restore_meter(self, info: Info, input: RestoreMeterInput) -> Meter:
        """A meter in service again."""
        key = uuid_of("Meter", input.id)
        await service.restore(info.context.actor, key, expected_version=input.expected_version)
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Record a verification («Поверка выполнена»): the meter is in service, its"
        " next verification an interval (МПИ) later.",
        raises=(
            refusals.DateInFuture,
            refusals.VerificationExists,
            refusals.VerificationOutdated,
            refusals.CardArchived,
            TextTooLong,
            FileUnavailable,
            VersionConflict,
        ),
    )
    async def complete_verification(self, info: Info, input: CompleteVerificationInput) -> Meter:
        """A verified meter."""
        key = uuid_of("Meter", input.meter_id)
        await service.complete_verification(
            info.context.actor,
            key,
            verified_on=input.verified_on,
            record_number=input.record_number,
            file_id=uuid_of("StoredFile", input.file_id) if input.file_id else None,
            expected_version=input.expected_version,
        )
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Attach an upload of one's own to a house meter (документ по ОДПУ).",
        raises=(refusals.CollectiveOnly, refusals.TooManyDocuments, FileUnavailable),
    )
    async def attach_meter_document(self, info: Info, input: MeterDocumentInput) -> Meter:
        """The meter with the document."""
        key = uuid_of("Meter", input.meter_id)
        await service.attach_document(info.context.actor, key, uuid_of("StoredFile", input.file_id))
        return await _meter(info, key)

    @mutation(
        access=SIGNED_IN,
        description="Delete a document of a meter.",
    )
    async def remove_meter_document(self, info: Info, input: MeterDocumentInput) -> Meter:
        """The meter without the document."""
        key = uuid_of("Meter", input.meter_id)
        await service.remove_document(info.context.actor, key, uuid_of("StoredFile", input.file_id))
        return await _meter(info, key)


async def _meter(info: Info, key: UUID) -> Meter:
    found: Meter = (await meters_by_ids(info.context, [key]))[key]
    return found
