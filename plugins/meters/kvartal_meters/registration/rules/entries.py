"""Rows about meters, the meters that they find, and what the rows come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, Card, ReadSoFar
from kvartal_meters.registration.rules.places import Site

__all__ = ["Fields", "MeterEntry", "MeterVerdict", "SentMeter", "card_of"]

Fields = Mapping[str, Any]
"""What is known of a meter, by the names of its fields; the account by its key."""

_NOTHING: Fields = MappingProxyType({})
UNREAD = ReadSoFar(any=False, highest=None, rolled=False)
_CARD = (
    "type",
    "commissioned_on",
    "verification_interval",
    "verified_on",
    "next_verification_on",
    "int_digits",
    "transformation_ratio",
    "initial_values",
)


class SentMeter(NamedTuple):
    """A row: how it names its meter, where it puts it, what it sets, and its faults.

    ``is_malformed``: it names a meter by what is no meter's id.
    """

    id: UUID | None = None
    is_malformed: bool = False
    scope: MeterScope | None = None
    site: Site | None = None
    fields: Fields = _NOTHING
    errors: Sequence[DomainError] = ()
    warnings: Sequence[DomainError] = ()


@dataclass(slots=True, eq=False)
class MeterEntry:
    """A meter: its fields now and, unless it is new, as the database has them.

    ``is_seen``: the actor works with its building; of others it is known that they are there.
    """

    id: UUID
    scope: MeterScope
    site: Site
    fields: dict[str, Any]
    before: Fields | None = None
    read: ReadSoFar = UNREAD
    is_seen: bool = True

    @property
    def is_archived(self) -> bool:
        """It is out of use, be it since this call."""
        return self.fields["status"] is MeterStatus.ARCHIVED

    @property
    def is_changed(self) -> bool:
        """The database has it otherwise."""
        return self.before is not None and self.before != self.fields

    def has_changed(self, *names: str) -> bool:
        """Whether one of these fields is new or other than in the database."""
        before = self.before
        return before is None or any(before.get(name) != self.fields.get(name) for name in names)


class MeterVerdict(NamedTuple):
    """What a row comes to: which meter, and why not."""

    outcome: RowOutcome
    id: UUID | None = None
    errors: Sequence[DomainError] = ()
    warnings: Sequence[DomainError] = ()


def card_of(scope: MeterScope, fields: Fields) -> Card:
    """The card of a meter with these fields."""
    return Card(
        scope=scope,
        details={name: fields[name] for name in COLLECTIVE_FIELDS if name in fields},
        **{name: fields[name] for name in _CARD if name in fields},
    )
