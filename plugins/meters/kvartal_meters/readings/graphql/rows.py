"""The row type of readings: filled with its meter and its place by one SELECT."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from kvartal import text
from kvartal.context import Context
from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.rows import Columns, one_of, read_lazily, row_over
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType, Register, Unit
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.queries import listing
from kvartal_meters.readings.rules import SubmissionChannel, consumption_of

__all__ = ["Reading", "ReadingValue", "reading_values", "readings_by_ids"]

describe_enum(
    SubmissionChannel,
    "Which way a reading came (канал приема).",
    RESIDENT_APP="The resident's app.",
    EMPLOYEE_APP="The employee's app.",
    CRM="The CRM.",
    EXCEL="An Excel file.",
    XML="The XML exchange.",
    API="An integrator over the API.",
    BILLING="The billing system.",
    AUTO="The meter itself.",
)
describe_enum(
    AuthorKind,
    "Who saved a reading last.",
    RESIDENT="A resident of the premise.",
    EMPLOYEE="An employee of the organization.",
    SERVICE="Another system.",
)


@strawberry.type(description="What one register of a meter showed.")
class ReadingValue:
    """A register's value with what it is compared with."""

    number: int = strawberry.field(description="1 to 3: T1, T2, T3.")
    register: Register = strawberry.field(description="What the register counts.")
    label: str = strawberry.field(description="Its name in the client's language.")
    value: Decimal = strawberry.field(description="The value, in the meter's unit.")
    previous: Decimal | None = strawberry.field(
        description="The value of an earlier month, or the initial one; null if there is none."
    )
    consumption: Decimal | None = strawberry.field(
        description="Consumption of the register since then; null if there is nothing to compare."
    )


@read_lazily(
    "taken_on",
    "submitted_at",
    "consumption",
    "needs_review",
    "version",
    id=lambda _, columns: encode_id("Reading", columns["id"]),
    uuid=lambda _, columns: columns["id"],
    resident_uuid=lambda _, columns: columns["resident_id"],
    author_uuid=lambda _, columns: columns["submitted_by_id"],
    billing_month=lambda _, columns: YearMonth.of(columns["billing_month"]),
    author_kind=one_of(AuthorKind, "author_kind"),
    channel=one_of(SubmissionChannel, "channel"),
    channel_title=lambda row, columns: text.title(row.channel, columns.locale),
    values=lambda row, columns: reading_values(columns.record, row.meter.kind, columns.locale),
    unit=lambda row, _: row.meter.unit,
    meter=lambda _, columns: Meter.of(columns.record, columns.locale, "meter_"),
)
@strawberry.type(description="A reading of a meter for one billing month (показание).")
class Reading(Node):
    """A reading with its meter."""

    uuid: strawberry.Private[UUID]
    resident_uuid: strawberry.Private[UUID | None]
    author_uuid: strawberry.Private[UUID | None]
    billing_month: YearMonth = strawberry.field(
        description="The month it is counted in (расчётный месяц)."
    )
    taken_on: date = strawberry.field(description="The day the values were read.")
    submitted_at: datetime = strawberry.field(description="When it was saved last.")
    author_kind: AuthorKind = strawberry.field(description="Who saved it last.")
    channel: SubmissionChannel = strawberry.field(description="Which way it came.")
    channel_title: str = strawberry.field(description="The channel in the client's language.")
    values: list[ReadingValue] = strawberry.field(description="Its registers, T1 first.")
    consumption: Decimal | None = strawberry.field(
        description="Consumption of all registers (расход); null for the first reading."
    )
    unit: Unit = strawberry.field(description="Unit of values and consumption.")
    needs_review: bool = strawberry.field(
        description="Saved although its consumption is far above the average («Требуют проверки»)."
    )
    version: int = strawberry.field(
        description="Grows with every change; send it back as `expectedVersion`."
    )
    meter: Meter = strawberry.field(description="The meter it is of.")

    @classmethod
    def of(cls, record: Record, locale: str) -> "Reading":
        """The row in a record."""
        return row_over(cls, Columns(record, locale=locale))


def reading_values(record: Record, kind: MeterType, locale: str) -> list[ReadingValue]:
    """The registers of the reading in a record, with what each is compared with."""
    registers = CATALOG[kind].registers
    places = range(1, len(registers) + 1)
    values = [record[f"t{n}"] for n in places]
    previous = [record[f"previous_t{n}"] for n in places]
    consumed = consumption_of(
        values,
        None if None in previous else previous,
        digits=record["meter_int_digits"],
        ratio=record["transformation_ratio"],
    )
    return [
        ReadingValue(
            number=n,
            register=register,
            label=text.title(register, locale),
            value=values[n - 1],
            previous=previous[n - 1],
            consumption=consumed.registers[n - 1] if consumed else None,
        )
        for n, register in zip(places, registers, strict=True)
    ]


async def readings_by_ids(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Readings for ``node`` and for the payloads of mutations."""
    rows = await listing.by_ids(context.actor, ids)
    return {key: Reading.of(row, context.locale) for key, row in rows.items()}
