"""A row of a sheet as it was read, and rows in batches of a transaction's size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kvartal.bulk import MAX_ROWS
from kvartal.months import YearMonth
from kvartal_meters.api import MeterScope, SentReading, SheetReference, SubmissionChannel

__all__ = ["BATCH", "Fault", "SheetRow", "batches_of", "row_of"]

# More gain nothing, and progress stands still.
BATCH = 500

Fault = tuple[str, dict[str, str]]
"""What is wrong with a row before its meter is looked for: a code and its facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row with a value; ``line``: its number in the sheet, ``key``: its account or building."""

    line: int
    key: str | None
    identifier: str | None
    serial: str | None
    address: str | None
    values: Sequence[str]
    taken_on: date | None = None
    billing_month: YearMonth | None = None
    faults: Sequence[Fault] = ()

    @property
    def meter(self) -> tuple[str | None, str | None, str | None]:
        """How it names its meter."""
        return self.key, self.identifier, self.serial

    def reference(self, scope: MeterScope) -> SheetReference:
        """The meter that it means."""
        is_house = scope is MeterScope.COLLECTIVE
        return SheetReference(
            account_number=None if is_house else self.key,
            building_external_id=self.key if is_house else None,
            identifier=self.identifier,
            serial_number=self.serial,
        )

    def sent(self, place: int) -> SentReading:
        """Its reading."""
        return SentReading(
            place=place,
            values=self.values,
            taken_on=self.taken_on,
            billing_month=self.billing_month,
            channel=SubmissionChannel.EXCEL,
        )


def row_of(told: Sequence[Any]) -> SheetRow:
    """The row that the reading of a workbook has told."""
    line, key, identifier, serial, address, t1, t2, t3, taken_on, month, faults = told
    registers = [t1, t2, t3]
    while registers and registers[-1] is None:
        registers.pop()
    return SheetRow(
        line=line,
        key=key,
        identifier=identifier,
        serial=serial,
        address=address,
        values=[each or "" for each in registers],
        taken_on=date.fromisoformat(taken_on) if taken_on else None,
        billing_month=YearMonth.parse(month) if month else None,
        faults=[(code, facts) for code, facts, _ in faults],
    )


def batches_of(rows: Iterable[SheetRow], size: int = BATCH) -> Iterator[list[SheetRow]]:
    """Batches of about this size: rows of a meter, which stand together, stay in one of them."""
    batch: list[SheetRow] = []
    for row in rows:
        is_new = not batch or row.meter != batch[-1].meter
        if (len(batch) >= size and is_new) or len(batch) == MAX_ROWS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
