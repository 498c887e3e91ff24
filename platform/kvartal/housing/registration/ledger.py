"""Objects of the estate as the rows of one call find, make and change them, one after another."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.housing.rules import PlaceArchived

__all__ = ["Entry", "Kind", "Ledger", "Values", "Verdict", "rejected"]

Values = Mapping[str, object]


@dataclass(slots=True, eq=False)
class Entry:
    """An object: its columns now and, unless it is new, as the database has them."""

    id: UUID
    values: dict[str, object]
    before: Values | None = None
    is_archived: bool = False

    @classmethod
    def stored(cls, key: UUID, values: Values, *, is_archived: bool = False) -> "Entry":
        """An object that the database has."""
        return cls(key, dict(values), dict(values), is_archived)

    @property
    def is_new(self) -> bool:
        """The database has no such object yet."""
        return self.before is None

    @property
    def is_changed(self) -> bool:
        """The database has it otherwise."""
        return self.before is not None and self.before != self.values

    def has_changed(self, *columns: str) -> bool:
        """Whether one of these columns is no longer as the database has it."""
        before = self.before
        return before is not None and any(before[name] != self.values[name] for name in columns)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row comes to: which object, and why not."""

    outcome: RowOutcome
    id: UUID | None = None
    errors: Sequence[DomainError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How objects of one kind are told apart.

    ``key``: the natural key of an object's columns; ``missing``: what a row lacks for a new one;
    ``forbidden``: what a row must not change of an object, given its columns.
    """

    key: Callable[[Values], Hashable]
    taken: Callable[[], DomainError]
    ambiguous: Callable[[], DomainError]
    missing: Callable[[Values], list[DomainError]]
    forbidden: Callable[[Values, Values], list[DomainError]] = lambda _values, _row: []
    defaults: Values = field(default_factory=dict)


def rejected(*errors: DomainError) -> Verdict:
    """A row that changes nothing."""
    return Verdict(RowOutcome.REJECTED, errors=errors)


class Ledger:
    """The objects of one kind by external id and by natural key.

    A key that an object gives up stays its own until the call is over: the database, which changes
    all rows at once, would not know in which order.
    """

    def __init__(self, kind: Kind, entries: Iterable[Entry], new_id: Callable[[], UUID]) -> None:
        self.entries: list[Entry] = []
        self._kind = kind
        self._new_id = new_id
        self._by_external_id: dict[object, Entry] = {}
        self._by_key: dict[Hashable, dict[UUID, Entry]] = {}
        for entry in entries:
            self._add(entry)

    def apply(self, row: Values) -> Verdict:
        """Let one row make or change its object: that of its external id, else of its key."""
        external_id = row.get("external_id")
        entry = self._by_external_id.get(external_id) if external_id else None
        if entry is not None:
            return self._change(entry, row)
        namesakes = self._holders(self._kind.key(row))
        if not namesakes:
            return self._create(row)
        if len(namesakes) > 1:
            return rejected(self._kind.ambiguous())
        if external_id and namesakes[0].values["external_id"] is not None:
            return rejected(self._kind.taken())
        return self._change(namesakes[0], row)

    @property
    def new(self) -> list[Entry]:
        """What is to be inserted."""
        return [entry for entry in self.entries if entry.is_new]

    @property
    def changed(self) -> list[Entry]:
        """What is to be updated."""
        return [entry for entry in self.entries if entry.is_changed]

    def _holders(self, key: Hashable) -> list[Entry]:
        return list(self._by_key.get(key, {}).values())

    def _create(self, row: Values) -> Verdict:
        missing = self._kind.missing(row)
        if missing:
            return rejected(*missing)
        entry = Entry(self._new_id(), {**self._kind.defaults, **row})
        self._add(entry)
        return Verdict(RowOutcome.CREATED, entry.id)

    def _change(self, entry: Entry, row: Values) -> Verdict:
        if entry.is_archived:
            return rejected(PlaceArchived())
        forbidden = self._kind.forbidden(entry.values, row)
        if forbidden:
            return rejected(*forbidden)
        key = self._kind.key({**entry.values, **row})
        if key != self._kind.key(entry.values) and set(self._holders(key)) - {entry}:
            return rejected(self._kind.taken())
        if all(entry.values[name] == value for name, value in row.items()):
            return Verdict(RowOutcome.UNCHANGED, entry.id)
        entry.values.update(row)
        self._index(entry)
        return Verdict(RowOutcome.UPDATED, entry.id)

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._index(entry)

    def _index(self, entry: Entry) -> None:
        external_id = entry.values["external_id"]
        if external_id is not None:
            self._by_external_id[external_id] = entry
        if not entry.is_archived:
            self._by_key.setdefault(self._kind.key(entry.values), {})[entry.id] = entry
