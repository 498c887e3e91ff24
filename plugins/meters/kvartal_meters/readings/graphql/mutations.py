"""Submitting and correcting readings over GraphQL."""

from collections.abc import Sequence
from datetime import date

import strawberry

from kvartal.context import Context, Info
from kvartal.errors import BadInput, VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.months import YearMonth
from kvartal_meters import errors
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings import service
from kvartal_meters.readings.graphql.rows import Reading, readings_by_ids
from kvartal_meters.readings.rules.judgement import SubmittedValues

__all__ = ["ReadingMutations"]

MAX_READINGS = 100

ABOUT_VALUES = (
    errors.RegistersMismatch,
    errors.InvalidValue,
    errors.FractionNotAllowed,
    errors.DigitsExceeded,
    errors.ReadingBelowPrevious,
    errors.ReadingAboveNext,
    errors.RolloverNotPlausible,
    errors.AnomalyConfirmationRequired,
)
ABOUT_METER = (
    errors.ResourceDisabled,
    errors.VerificationExpired,
    errors.MeterArchived,
    errors.ReadingPlaceArchived,
    errors.PeriodClosed,
    errors.EditedByStaff,
    errors.LaterReadingExists,
)


@strawberry.input(description="The values of one meter.")
class MeterValuesInput:
    """What was entered for one meter."""

    meter_id: strawberry.ID = strawberry.field(description="The meter.")
    values: list[str] = strawberry.field(
        description="A value per register, T1 first: decimals as text, a comma is understood."
    )
    confirm_anomaly: bool = strawberry.field(
        default=False,
        description="The value is right although ANOMALY_CONFIRMATION_REQUIRED was answered.",
    )
    rollover: bool = strawberry.field(
        default=False,
        description="Lower registers passed zero (переход через ноль); staff's to say.",
    )

    def plain(self) -> service.Entry:
        """The entry as the service takes it."""
        return service.Entry(
            uuid_of("Meter", self.meter_id),
            SubmittedValues(
                values=self.values, confirmed=self.confirm_anomaly, rollover=self.rollover
            ),
        )


@strawberry.input(description="Readings of a premise's meters, saved all or none.")
class SubmitReadingsInput:
    """The form «Подать показания»."""

    premise_id: strawberry.ID = strawberry.field(description="The premise.")
    readings: list[MeterValuesInput] = strawberry.field(description="A meter each; 100 at most.")
    taken_on: date | None = strawberry.field(
        default=None, description="The day the values were read; staff's to choose, else today."
    )
    billing_month: YearMonth | None = strawberry.field(
        default=None, description="The month to count them in; staff's to choose."
    )
    resident_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The resident of the premise on whose behalf staff submit (клиент).",
    )


@strawberry.input(description="Readings of a building's own meters (ОДПУ), saved all or none.")
class SubmitCollectiveReadingsInput:
    """The form of the tab «ОДПУ»."""

    building_id: strawberry.ID = strawberry.field(description="The building.")
    readings: list[MeterValuesInput] = strawberry.field(description="A meter each; 100 at most.")
    taken_on: date | None = strawberry.field(
        default=None, description="The day the values were read; today if absent."
    )


@strawberry.input(description="Other values for a reading.")
class CorrectReadingInput:
    """The pencil beside a reading."""

    reading_id: strawberry.ID = strawberry.field(description="The reading.")
    values: list[str] = strawberry.field(description="A value per register, T1 first.")
    confirm_anomaly: bool = strawberry.field(
        default=False,
        description="The value is right although ANOMALY_CONFIRMATION_REQUIRED was answered.",
    )
    rollover: bool = strawberry.field(
        default=False,
        description="Lower registers passed zero (переход через ноль); staff's to say.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the reading has changed since this version."
    )


@strawberry.type
class ReadingMutations:
    """What people do with readings."""

    @mutation(
        access=SUBMIT,
        description="Submit readings of a premise's meters: all are saved or none.",
        raises=(*ABOUT_METER, *ABOUT_VALUES, errors.TakenOnInvalid, errors.BillingMonthInvalid),
        payload="readings",
    )
    async def submit_readings(self, info: Info, input: SubmitReadingsInput) -> list[Reading]:
        """The readings as saved, in the order of the input."""
        saved = await service.submit(
            info.context.actor,
            premise_id=uuid_of("Premise", input.premise_id),
            entries=_entries(input.readings),
            taken_on=input.taken_on,
            billing_month=input.billing_month,
            resident_id=uuid_of("Resident", input.resident_id) if input.resident_id else None,
        )
        return await _saved(info.context, saved)

    @mutation(
        access=SUBMIT,
        description="Submit readings of a building's own meters: all are saved or none.",
        raises=(
            errors.MeterArchived,
            errors.ReadingPlaceArchived,
            errors.StaffOnly,
            errors.LaterReadingExists,
            *ABOUT_VALUES,
            errors.TakenOnInvalid,
            errors.BillingMonthInvalid,
        ),
        payload="readings",
    )
    async def submit_collective_readings(
        self, info: Info, input: SubmitCollectiveReadingsInput
    ) -> list[Reading]:
        """The readings as saved, in the order of the input."""
        saved = await service.submit_collective(
            info.context.actor,
            building_id=uuid_of("Building", input.building_id),
            entries=_entries(input.readings),
            taken_on=input.taken_on,
        )
        return await _saved(info.context, saved)

    @mutation(
        access=SUBMIT,
        description="Correct a reading; it counts as submitted now.",
        raises=(*ABOUT_METER, errors.StaffOnly, *ABOUT_VALUES, VersionConflict),
    )
    async def correct_reading(self, info: Info, input: CorrectReadingInput) -> Reading:
        """The reading as saved."""
        saved = await service.correct(
            info.context.actor,
            reading_id=uuid_of("Reading", input.reading_id),
            submitted=SubmittedValues(
                values=input.values, confirmed=input.confirm_anomaly, rollover=input.rollover
            ),
            expected_version=input.expected_version,
        )
        [reading] = await _saved(info.context, saved)
        return reading


def _entries(readings: Sequence[MeterValuesInput]) -> list[service.Entry]:
    if not readings:
        raise BadInput("NO_READINGS")
    if len(readings) > MAX_READINGS:
        raise BadInput("TOO_MANY_READINGS", limit=MAX_READINGS, value=len(readings))
    return [each.plain() for each in readings]


async def _saved(context: Context, saved: service.Saved) -> list[Reading]:
    """The readings in the order of the input; what was not written is read."""
    found = {key: Reading.of(row, context.locale) for key, row in saved.rows.items()}
    if kept := [key for key in saved.ids if key not in found]:
        found |= await readings_by_ids(context, kept)
    return [found[key] for key in saved.ids]
