"""The rows of a call as they came: fields by name, only those that were sent."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.registration.ledger import Values, Verdict, rejected
from kvartal.housing.rules import InputFaults, cleaned

__all__ = ["Row", "Rows", "judged", "keys_of", "read", "text_of", "texts_of"]

Rows = Sequence[Values]
Row = tuple[Values, Sequence[DomainError]]
"""The columns that a row sets, and its faults."""


def read(rows: Rows, values_of: Callable[[Values, InputFaults], Values]) -> list[Row]:
    """Each row as columns, with its faults."""
    found: list[Row] = []
    for row in rows:
        faults = InputFaults()
        found.append((values_of(row, faults), faults.errors))
    return found


def judged(rows: Iterable[Row], apply: Callable[[Values], Verdict]) -> list[Verdict]:
    """The verdict on each row, in their order; a fault of one row is no other's."""
    verdicts = []
    for place, (values, faults) in enumerate(rows):
        verdict = rejected(*faults) if faults else apply(values)
        for error in verdict.errors:
            error.at("rows", place)
        verdicts.append(verdict)
    return verdicts


def text_of(row: Values, name: str) -> str | None:
    """A text as it is compared; None if it is empty."""
    value = row.get(name)
    return cleaned(value) or None if isinstance(value, str) else None


def texts_of(rows: Rows, name: str) -> set[str]:
    """The texts in a field of all rows."""
    return {text for row in rows if (text := text_of(row, name)) is not None}


def keys_of(rows: Rows, name: str) -> set[UUID]:
    """The keys in a field of all rows."""
    return {value for row in rows if isinstance(value := row.get(name), UUID)}
