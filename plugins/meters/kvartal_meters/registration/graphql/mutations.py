"""Mutations of registration: what becomes of each row, in their order."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER
from kvartal_meters.registration.graphql.meter_answers import MeterRegistration
from kvartal_meters.registration.graphql.meters import RegisterMetersInput, sent_meter
from kvartal_meters.registration.graphql.reading_answers import ReadingRegistration
from kvartal_meters.registration.graphql.readings import RegisterReadingsInput, sent_reading
from kvartal_meters.registration.service import register_meters, register_readings

__all__ = ["RegistrationMutations"]


@strawberry.type
class RegistrationMutations:
    """Fields of Mutation about meters and readings as another system knows them."""

    @mutation(
        access=METER_REGISTER,
        description="Make or change many meters at once, up to 1000 a call, applied in their order:"
        " a row that is rejected stops no other, and a call that is repeated changes nothing. A"
        " meter that no row names is left alone. What is not of its type (a date that there is not,"
        " an unknown member) is the program's mistake: such a call is BAD_INPUT as a whole, an"
        " error for each place.",
        payload="registration",
    )
    async def register_meters(self, info: Info, input: RegisterMetersInput) -> MeterRegistration:
        """Registered meters."""
        rows = [sent_meter(row) for row in input.meters]  # type: ignore[arg-type] # a row is a mapping
        verdicts = await register_meters(
            info.context.actor, uuid_of("Organization", input.organization_id), rows
        )
        return MeterRegistration.of(verdicts, info.context.locale)

    @mutation(
        access=READING_REGISTER,
        description="Save readings of many meters at once, up to 1000 a call: a row that is"
        " rejected stops no other, and a call that is repeated changes nothing. No window is asked"
        " for; an unusual consumption is saved and marked for review; where no fractions are taken"
        " the whole part is saved. Values are judged row by row; what else is not of its type is"
        " the program's mistake: such a call is BAD_INPUT as a whole, an error for each place.",
        payload="registration",
    )
    async def register_readings(
        self, info: Info, input: RegisterReadingsInput
    ) -> ReadingRegistration:
        """Registered readings."""
        rows = [sent_reading(place, row) for place, row in enumerate(input.readings)]  # type: ignore[arg-type] # a row is a mapping
        verdicts = await register_readings(
            info.context.actor, uuid_of("Organization", input.organization_id), rows, input.mode
        )
        return ReadingRegistration.of(verdicts, info.context.locale)
