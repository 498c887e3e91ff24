"""Pieces of hand-written SQL: numbered parameters, literal limits, keysets, shapes of rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from kvartal.errors import BadInput, DomainError

__all__ = [
    "Args",
    "Keyset",
    "RowShape",
    "ToOne",
    "instant",
    "like",
    "literal_limit",
    "plain_array",
    "refusing_duplicates",
    "text",
    "unsized",
]

MAX_LIMIT = 10_000


class Args:
    """The parameters of one statement, numbered in the order in which they are added.

    ``await fetch(sql, *args)``.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: list[object] = []

    def add(self, value: object) -> str:
        """Take a value; its placeholder, e.g. ``$3``."""
        self._values.append(value)
        return f"${len(self._values)}"

    def array(self, values: Iterable[object], kind: str = "uuid") -> str:
        """Take values as one array of which the planner does not see how many they are.

        If it did, it would plan anew at every call: it takes an array for ten values, and fewer
        always look cheaper. With a dozen joins the planning costs more than the rest.
        """
        return unsized(f"{self.add(list(values))}::{kind}[]")

    def __iter__(self) -> Iterator[object]:
        return iter(self._values)


def unsized(array: str) -> str:
    """The same array, its length hidden from the planner (see ``Args.array``)."""
    return f"ARRAY(SELECT unnest({array}))"


def literal_limit(size: int) -> str:
    """A row limit written into the statement: as a parameter it is planned anew at every call."""
    if type(size) is not int or not 0 < size <= MAX_LIMIT:
        raise ValueError(f"not a row limit: {size!r}")
    return str(size)


def plain_array(values: Iterable[Decimal | UUID | date | int | str | None]) -> str:
    """Numbers, ids, days or flags as the text of an array, for ``$1::text::numeric[]``.

    The driver looks at each value of a list at length; of a text it does not. No value may have a
    comma, a brace or quotes.
    """
    return f"{{{','.join(['NULL' if each is None else str(each) for each in values])}}}"


def like(literal: str) -> str:
    """Text to stand in a LIKE pattern for itself, wildcards and all."""
    return literal.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class ToOne:
    """A to-one relation of a row: what it leads to, and whether it may be empty.

    ``shared``: it leads to a table without ``organization_id``.
    """

    shape: "RowShape"
    null: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class RowShape:
    """The columns of a row with those of its to-one relations, for any SELECT that includes it.

    The relation ``building`` of the row ``p`` is joined as ``p_building`` by ``p.building_id``;
    its columns follow those of the row, named with the prefix ``building_``.
    """

    table: str
    names: Sequence[str]
    relations: Mapping[str, ToOne] = field(default_factory=lambda: MappingProxyType({}))

    def columns(self, alias: str, prefix: str = "") -> str:
        """The select list of the row ``alias`` and of its relations, every name prefixed."""
        own = [f"{alias}.{name} AS {prefix}{name}" for name in self.names]
        related = [
            relation.shape.columns(f"{alias}_{name}", f"{prefix}{name}_")
            for name, relation in self.relations.items()
        ]
        return ", ".join([*own, *related])

    def joins(self, alias: str, *, outer: bool = False) -> str:
        """The joins of the relations; ``outer``: the row itself may be missing."""
        found = []
        for name, relation in self.relations.items():
            joined = f"{alias}_{name}"
            optional = outer or relation.null
            # Said of both sides, so that an index of either can be used by organization.
            tenant = f" AND {joined}.organization_id = {alias}.organization_id"
            found.append(
                f"{'LEFT ' if optional else ''}JOIN {relation.shape.table} {joined}"
                f" ON {joined}.id = {alias}.{name}_id{'' if relation.shared else tenant}"
            )
            found.append(relation.shape.joins(joined, outer=optional))
        return " ".join(filter(None, found))

    def source(self, alias: str) -> str:
        """The FROM list of the row ``alias`` and its relations."""
        return f"{self.table} {alias} {self.joins(alias)}".rstrip()


def text(value: str) -> str:
    """A text of a cursor; PostgreSQL knows no NUL."""
    if "\0" in value:
        raise ValueError("NUL")
    return value


def instant(value: str) -> datetime:
    """A point in time of a cursor; it must have an offset."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a list: columns that together name one row, each with its cursor's reader."""

    columns: Mapping[str, Callable[[str], object]]
    descending: bool = False

    def after(self, args: Args, key: Sequence[object] | None, *, backward: bool = False) -> str:
        """The condition of rows beyond a cursor's key; BadInput if it is another list's key."""
        if key is None:
            return "TRUE"
        if len(key) != len(self.columns):
            raise BadInput("BAD_CURSOR")
        places = [
            args.add(self._read(value, read))
            for value, read in zip(key, self.columns.values(), strict=True)
        ]
        sign = "<" if self.descending != backward else ">"
        beyond = f"({', '.join(self.columns)}) {sign} ({', '.join(places)})"
        first = next(iter(self.columns))
        if len({column.partition(".")[0] for column in self.columns}) > 1:
            # No index spans two tables: give the first one's a place to begin.
            beyond = f"({first} {sign}= {places[0]} AND {beyond})"
        return beyond

    def order(self, *, backward: bool = False, page: str | None = None) -> str:
        """The ORDER BY list; of the ``selected`` columns if the rows are those of ``page``."""
        suffix = " DESC" if self.descending != backward else ""
        names = [f"{page}.key_{n}" for n in range(len(self.columns))] if page else self.columns
        return ", ".join(f"{name}{suffix}" for name in names)

    @property
    def selected(self) -> str:
        """The select list that ``key_of`` reads."""
        return ", ".join(f"{column} AS key_{n}" for n, column in enumerate(self.columns))

    def key_of(self, record: Mapping[str, object]) -> list[str]:
        """The key of a row, for its cursor."""
        return [str(record[f"key_{n}"]) for n in range(len(self.columns))]

    @staticmethod
    def _read(value: object, read: Callable[[str], object]) -> object:
        try:
            if not isinstance(value, str):
                raise TypeError(value)
            return read(value)
        except (TypeError, ValueError):
            raise BadInput("BAD_CURSOR") from None


@contextmanager
def refusing_duplicates(**refusals: DomainError) -> Iterator[None]:
    """Turn the violation of a unique index, by its name, into a refusal that people understand.

    The transaction is lost all the same: the refusal must leave the unit of work.
    """
    try:
        yield
    except (asyncpg.UniqueViolationError, IntegrityError) as error:
        violation = error if isinstance(error, asyncpg.UniqueViolationError) else error.__cause__
        name = getattr(violation, "constraint_name", None) or ""
        if name not in refusals:
            raise
        raise refusals[name] from error
