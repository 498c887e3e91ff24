"""Reviewing flagged readings over GraphQL."""

import strawberry

from kvartal.context import Info
from kvartal.errors import BadInput, VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings import service
from kvartal_meters.readings.graphql.rows import Reading, readings_by_ids

__all__ = ["ReviewMutations"]

MAX_READINGS = 100


@strawberry.input(description="A reading that somebody has looked at.")
class ReviewedReadingInput:
    """A row of the list «Требуют проверки»."""

    reading_id: strawberry.ID = strawberry.field(description="The reading.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the reading has changed since this version."
    )


@strawberry.input(description="Readings whose values are right, unusual as they are.")
class MarkReadingsReviewedInput:
    """The button «Проверено»."""

    readings: list[ReviewedReadingInput] = strawberry.field(
        description="The readings; 100 at most, all or none."
    )


@strawberry.type
class ReviewMutations:
    """What staff do about unusual readings."""

    @mutation(
        access=SUBMIT,
        description="Take readings off the list of those to be reviewed; values stay as they are.",
        raises=(VersionConflict,),
        payload="readings",
    )
    async def mark_readings_reviewed(
        self, info: Info, input: MarkReadingsReviewedInput
    ) -> list[Reading]:
        """The readings, in the order of the input."""
        if not input.readings:
            raise BadInput("NO_READINGS")
        if len(input.readings) > MAX_READINGS:
            raise BadInput("TOO_MANY_READINGS", limit=MAX_READINGS, value=len(input.readings))
        reviewed = await service.review(
            info.context.actor,
            [
                service.Reviewed(uuid_of("Reading", each.reading_id), each.expected_version)
                for each in input.readings
            ],
        )
        found = await readings_by_ids(info.context, reviewed)
        return [found[key] for key in reviewed]
