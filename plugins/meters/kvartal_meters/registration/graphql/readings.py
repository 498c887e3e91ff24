"""Rows of bulk calls: what another system sends of readings."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from kvartal.graphql.bulk import row_input
from kvartal.graphql.enums import describe_enum
from kvartal.months import YearMonth
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.registration.graphql.meters import key_of
from kvartal_meters.registration.rules.matching import MeterReference, cleaned_reference
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading, channel_of

__all__ = ["RegisterReadingsInput", "sent_reading"]

describe_enum(
    ReadingsMode,
    "What a registration does about months that have another reading already (режим показаний).",
    APPEND="It keeps them, and rejects the row.",
    OVERWRITE="It corrects them.",
)


@row_input(
    "A reading of a meter, which is named by the first that is given of its id here, its id in the"
    " billing system and its identifier."
)
class ReadingRow:
    """What is known of a reading."""

    meter_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The meter by its id here."
    )
    meter_external_id: str | None = strawberry.field(
        default=UNSET, description="The meter by its id in the billing system."
    )
    identifier: str | None = strawberry.field(
        default=UNSET,
        description="The meter by its identifier; one that is in use comes before archived ones.",
    )
    account_number: str | None = strawberry.field(
        default=UNSET,
        description="With `identifier`: the account (лицевой счёт) that the meter belongs to.",
    )
    values: list[str] = strawberry.field(
        description="A value per register, T1 first: decimals as text, a comma is understood."
    )
    taken_on: date | None = strawberry.field(
        default=UNSET, description="The day the values were read; today if absent."
    )
    billing_month: YearMonth | None = strawberry.field(
        default=UNSET,
        description="The month to count them in; that of the day if absent.",
    )
    rollover: bool | None = strawberry.field(
        default=UNSET, description="Lower registers passed zero (переход через ноль)."
    )
    channel: SubmissionChannel | None = strawberry.field(
        default=UNSET,
        description="BILLING or AUTO if it came that way; whatever else is said, it is API.",
    )


@strawberry.input(description="Readings of an organization's meters as another system knows them.")
class RegisterReadingsInput:
    """Rows about readings."""

    organization_id: strawberry.ID = strawberry.field(description="Whose meters they are of.")
    readings: list[ReadingRow] = strawberry.field(
        description="The rows, 1000 at most, in any order of months; of several about one month"
        " of a meter the last counts."
    )
    mode: ReadingsMode = strawberry.field(
        default=ReadingsMode.APPEND,
        description="What to do about months that have another reading already.",
    )


def sent_reading(place: int, row: Mapping[str, Any]) -> tuple[MeterReference, SentReading]:
    """A row, as the resolver gets it, in the words of the rules."""
    key, is_malformed = key_of("Meter", row.get("meter_id"))
    reference = cleaned_reference(
        id=key,
        external_id=row.get("meter_external_id"),
        identifier=row.get("identifier"),
        account_number=row.get("account_number"),
        is_malformed=is_malformed,
    )
    return reference, SentReading(
        place=place,
        values=row["values"],
        taken_on=row.get("taken_on"),
        billing_month=row.get("billing_month"),
        rollover=bool(row.get("rollover")),
        channel=channel_of(row.get("channel")),
    )
