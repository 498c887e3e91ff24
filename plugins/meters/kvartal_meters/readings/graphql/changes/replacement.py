"""The wizard «Заменить счетчик» over GraphQL."""

from datetime import date

import strawberry
from strawberry import UNSET

from kvartal.context import Context, Info
from kvartal.errors import VersionConflict
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_meters import errors
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.graphql import Meter, meters_by_ids
from kvartal_meters.meters.graphql.inputs import CardInput
from kvartal_meters.meters.graphql.mutations import ABOUT_CARD
from kvartal_meters.meters.rules import ArchiveReason
from kvartal_meters.meters.rules.refusals import CardArchived
from kvartal_meters.readings import service
from kvartal_meters.readings.graphql.mutations import ABOUT_VALUES
from kvartal_meters.readings.graphql.rows import Reading, readings_by_ids
from kvartal_meters.readings.rules.judgement import SubmittedValues

__all__ = ["ReplacementMutations"]


@strawberry.input(description="What a meter that leaves showed last.")
class ClosingReadingInput:
    """It is the current month's, whatever the window or the verification say."""

    values: list[str] = strawberry.field(
        description="A value per register, T1 first: decimals as text, a comma is understood."
    )
    taken_on: date | None = strawberry.field(
        default=None, description="The day the values were read; today if absent."
    )
    confirm_anomaly: bool = strawberry.field(
        default=False,
        description="The value is right although ANOMALY_CONFIRMATION_REQUIRED was answered.",
    )
    rollover: bool = strawberry.field(
        default=False, description="Lower registers passed zero (переход через ноль)."
    )

    def plain(self) -> service.ClosingReading:
        """The reading as the service takes it."""
        return service.ClosingReading(
            SubmittedValues(
                values=self.values, confirmed=self.confirm_anomaly, rollover=self.rollover
            ),
            self.taken_on,
        )


@strawberry.input(description="The meter that comes in the place of another one.")
class ReplacingMeterInput(CardInput):
    """The card of the new meter; its place is that of the old one."""

    type: MeterType | None = strawberry.field(
        default=UNSET,
        description="Its type, of the same resource; that of the old meter if absent.",
    )
    identifier: str = strawberry.field(
        description="Number of the meter, unique among those in service: the old one's is free."
    )


@strawberry.input(description="A meter that is replaced by another one.")
class ReplaceMeterInput:
    """The wizard «Заменить счетчик»."""

    meter_id: strawberry.ID = strawberry.field(description="The meter that leaves.")
    meter: ReplacingMeterInput = strawberry.field(description="The meter that comes.")
    closing_reading: ClosingReadingInput | None = strawberry.field(
        default=None, description="What the old meter showed last; takes the right to submit."
    )
    reason: ArchiveReason = strawberry.field(
        default=ArchiveReason.REPLACED, description="Why the old meter leaves."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the old meter has changed since this version."
    )


@strawberry.type(description="One meter in the place of another.")
class MeterReplacement:
    """Both meters, and the reading between them."""

    meter: Meter = strawberry.field(description="The new meter.")
    replaced_meter: Meter = strawberry.field(description="The old meter, in the archive.")
    closing_reading: Reading | None = strawberry.field(
        description="The last reading of the old meter; null if none was given."
    )


@strawberry.type
class ReplacementMutations:
    """What becomes of a meter's place."""

    @mutation(
        access=SIGNED_IN,
        description="Replace a meter: the old one goes into the archive with a last reading, the"
        " new one starts from its own initial values.",
        raises=(
            *ABOUT_CARD,
            *(each for each in ABOUT_VALUES if each not in ABOUT_CARD),
            errors.ReplacementTypeInvalid,
            errors.LaterReadingExists,
            errors.TakenOnInvalid,
            CardArchived,
            VersionConflict,
        ),
        payload="replacement",
    )
    async def replace_meter(self, info: Info, input: ReplaceMeterInput) -> MeterReplacement:
        """The two meters."""
        done = await service.replace_meter(
            info.context.actor,
            meter_id=uuid_of("Meter", input.meter_id),
            fields=input.meter.fields(),
            closing=input.closing_reading.plain() if input.closing_reading else None,
            reason=input.reason,
            expected_version=input.expected_version,
        )
        return await _replacement(info.context, done)


async def _replacement(context: Context, done: service.Replacement) -> MeterReplacement:
    found = await meters_by_ids(context, [done.old_id, done.new_id])
    closing = [] if done.reading_id is None else [done.reading_id]
    readings = await readings_by_ids(context, closing) if closing else {}
    return MeterReplacement(
        meter=found[done.new_id],
        replaced_meter=found[done.old_id],
        closing_reading=next(iter(readings.values()), None),
    )
