"""Row types whose fields are read when they are asked for: few clients ask for all of them."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, TypeVar, cast

from kvartal.db.connection import Record
from kvartal.errors import KvartalError

__all__ = ["Columns", "one_of", "read_lazily", "row_over"]

T = TypeVar("T")

Read = Callable[[Any, Any], Any]


class RowTypeError(KvartalError):
    """A row type does not say of each of its fields how it is read."""


@dataclass(slots=True)  # frozen, it takes four times as long to make, and there are many
class Columns:
    """A row's own columns of a record, by their names without the ``prefix``."""

    record: Record
    prefix: str = ""
    locale: str = "ru"

    def __getitem__(self, name: str) -> Any:
        return self.record[self.prefix + name]


class _Column:
    """A field that is a column of the row; to who looks at the class, an attribute not given."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, row: Any, _: type | None = None) -> Any:
        columns: Columns = row._source
        return columns.record[columns.prefix + self._name]


class _Made:
    """A field that is made once: what is kept in the object is found before this."""

    __slots__ = ("_name", "_read")

    def __init__(self, name: str, read: Read) -> None:
        self._name = name
        self._read = read

    def __get__(self, row: Any, _: type | None = None) -> Any:
        value = self._read(row, row._source)
        row.__dict__[self._name] = value
        return value


def read_lazily(*columns: str, **readers: Read) -> Callable[[type[T]], type[T]]:
    """Have each field of a row type read when it is first asked for, and once.

    ``columns``: fields that are columns of the same name; ``readers``: functions of the row, whose
    other fields they may ask for, and of what the row is over.
    """

    def decorate(kind: type[T]) -> type[T]:
        given = {each.name for each in fields(kind) if each.init}  # type: ignore[arg-type] # Strawberry makes it a dataclass
        if {*columns, *readers} != given:
            raise RowTypeError(
                f"{kind.__name__}: {', '.join(sorted(given ^ {*columns, *readers}))}"
            )
        for name in columns:
            setattr(kind, name, _Column(name))
        for name, read in readers.items():
            setattr(kind, name, _Made(name, read))
        return kind

    return decorate


def row_over(kind: type[T], source: object, **known: object) -> T:
    """A row whose fields are read from ``source``, save those that are ``known``."""
    row: Any = object.__new__(kind)
    row._source = source
    if known:
        row.__dict__.update(known)
    return cast("T", row)


def one_of(kind: type[Enum], column: str) -> Read:
    """The reader of a column that holds a member of a closed set, or nothing."""
    members: dict[Any, Enum | None] = {None: None, **{each.value: each for each in kind}}
    return lambda _, columns: members[columns[column]]
