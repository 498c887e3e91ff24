"""Deleting readings, and meters with their readings, over GraphQL."""

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import encode_id, uuid_of
from kvartal_meters import errors
from kvartal_meters.meters.graphql import Meter, meters_by_ids
from kvartal_meters.permissions import DELETE
from kvartal_meters.readings import service

__all__ = ["DeletionMutations"]


@strawberry.input(description="A reading that is to go.")
class DeleteReadingInput:
    """The bin beside a reading."""

    reading_id: strawberry.ID = strawberry.field(description="The latest reading of its meter.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the reading has changed since this version."
    )


@strawberry.input(description="A meter that is to go, with all its readings.")
class DeleteMeterInput:
    """The bin beside a meter."""

    meter_id: strawberry.ID = strawberry.field(description="The meter.")
    confirm_readings: int = strawberry.field(
        default=0,
        description="How many readings go with it, as the preview told the one who confirms it;"
        " another number is refused.",
    )
    preview: bool = strawberry.field(
        default=False, description="Only tell what would go; nothing is written."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the meter has changed since this version."
    )


@strawberry.type(description="What goes with a meter that is deleted; archiving it keeps all.")
class MeterDeletion:
    """Counts for the dialog «Вместе со счетчиком удалится N показаний»."""

    preview: bool = strawberry.field(description="Nothing was written: it would be so.")
    meter_id: strawberry.ID = strawberry.field(description="The meter's id.")
    identifier: str = strawberry.field(description="Its number in the organization.")
    readings: int = strawberry.field(description="Its readings, of all months.")
    verifications: int = strawberry.field(description="Its verifications.")
    files: int = strawberry.field(description="Documents of the meter and of its verifications.")

    @classmethod
    def of(cls, deletion: service.MeterDeletion, *, preview: bool) -> "MeterDeletion":
        """The deletion as clients see it."""
        return cls(
            preview=preview,
            meter_id=encode_id("Meter", deletion.meter.id),
            identifier=deletion.meter.identifier,
            readings=deletion.readings,
            verifications=deletion.verifications,
            files=deletion.files,
        )


@strawberry.type
class DeletionMutations:
    """What staff delete for good."""

    @mutation(
        access=DELETE,
        description="Delete the latest reading of a meter; the one before it is the latest again.",
        raises=(errors.LaterReadingExists, VersionConflict),
    )
    async def delete_reading(self, info: Info, input: DeleteReadingInput) -> Meter:
        """The meter, whose readings are now one fewer."""
        meter = await service.delete(
            info.context.actor,
            reading_id=uuid_of("Reading", input.reading_id),
            expected_version=input.expected_version,
        )
        found: Meter = (await meters_by_ids(info.context, [meter]))[meter]
        return found

    @mutation(
        access=SIGNED_IN,
        description="Delete a meter for good, with all its readings; archiving it keeps them.",
        raises=(errors.ReadingsNotConfirmed, VersionConflict),
        payload="deletion",
    )
    async def delete_meter(self, info: Info, input: DeleteMeterInput) -> MeterDeletion:
        """What went with it, or would."""
        deletion = await service.delete_meter(
            info.context.actor,
            meter_id=uuid_of("Meter", input.meter_id),
            confirmed_readings=input.confirm_readings,
            expected_version=input.expected_version,
            preview=input.preview,
        )
        return MeterDeletion.of(deletion, preview=input.preview)
