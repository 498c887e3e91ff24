"""The meters of an organization as the rows of one call find, make and change them, in turn."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.housing.api import ExternalIdTaken
from kvartal_meters.meters.rules import MeterScope, MeterStatus, serial_key
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, Card, ReadSoFar
from kvartal_meters.meters.rules.refusals import IdentifierTaken
from kvartal_meters.registration.errors import MeterAmbiguous, MeterUnknown
from kvartal_meters.registration.rules.places import Site

__all__ = ["Fields", "Fleet", "MeterEntry", "MeterVerdict", "SentMeter", "card_of"]

Fields = Mapping[str, Any]
"""What is known of a meter, by the names of its fields; the account by its key."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMeter:
    """A row: how it names its meter, where it puts it, what it sets, and its faults.

    ``is_malformed``: it names a meter by what is no meter's id.
    """

    id: UUID | None = None
    is_malformed: bool = False
    scope: MeterScope | None = None
    site: Site | None = None
    fields: Fields = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class MeterVerdict:
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


@dataclass(slots=True)
class Fleet:
    """The meters by all that they are known by.

    A key that a meter gives up stays its own until the call is over: the database, which changes
    all rows at once, would not know in which order.
    """

    new_id: Callable[[], UUID]
    entries: dict[UUID, MeterEntry] = field(default_factory=dict)
    _by_external_id: dict[str, MeterEntry] = field(default_factory=dict)
    _by_identifier: dict[str, dict[UUID, MeterEntry]] = field(default_factory=dict)
    _by_serial: dict[Hashable | None, dict[UUID, MeterEntry]] = field(default_factory=dict)

    def add(self, entries: Iterable[MeterEntry]) -> None:
        """Let meters be found."""
        for entry in entries:
            self.entries[entry.id] = entry
            self.index(entry)

    def index(self, entry: MeterEntry) -> None:
        """Let a meter be found by what it has become."""
        fields = entry.fields
        if fields.get("external_id") is not None:
            self._by_external_id[fields["external_id"]] = entry
        self._by_identifier.setdefault(fields["identifier"], {})[entry.id] = entry
        serial = _serial(fields, fields.get("account_id"), fields["type"])
        if serial is not None:
            self._by_serial.setdefault(serial, {})[entry.id] = entry

    def match(self, row: SentMeter) -> MeterEntry | DomainError | None:
        """The meter that a row means, why it cannot, or None if it is a new one."""
        if row.is_malformed or row.id is not None:
            entry = self.entries.get(row.id) if row.id else None
            return entry if entry and entry.is_seen else MeterUnknown(path=("id",))
        external_id = row.fields.get("external_id")
        if external_id is not None and external_id in self._by_external_id:
            entry = self._by_external_id[external_id]
            return entry if entry.is_seen else ExternalIdTaken(path=("external_id",))
        identifier = row.fields.get("identifier")
        if identifier is not None:
            namesakes = list(self._by_identifier.get(identifier, {}).values())
            found = self._namesake(row, namesakes, "identifier")
            if found is not None:
                return found
        serial = _serial(row.fields, row.fields.get("account_id"), row.fields.get("type"))
        twins = [each for each in self._by_serial.get(serial, {}).values() if each.is_seen]
        return self._namesake(row, twins, "serial_number")

    def taken(self, entry: MeterEntry | None, fields: Fields) -> list[DomainError]:
        """Why no meter, or none but ``entry``, may have these keys."""
        found: list[DomainError] = []
        owner = self._by_external_id.get(fields.get("external_id") or "")
        if owner is not None and owner is not entry:
            found.append(ExternalIdTaken(path=("external_id",)))
        if fields["status"] is not MeterStatus.ARCHIVED:
            namesakes = self._by_identifier.get(fields["identifier"], {}).values()
            if any(each is not entry and _holds(each, entry) for each in namesakes):
                found.append(IdentifierTaken(path=("identifier",)))
        return found

    def _namesake(
        self, row: SentMeter, candidates: Sequence[MeterEntry], by: str
    ) -> MeterEntry | DomainError | None:
        """The one that is in use, else the archived one, unless it is plainly another device."""
        in_use = [each for each in candidates if not each.is_archived]
        found = in_use or [each for each in candidates if not _is_another(each, row.fields)]
        if not found:
            return None
        if len(found) > 1:
            return MeterAmbiguous(path=(by,))
        [entry] = found
        stored, given = entry.fields.get("external_id"), row.fields.get("external_id")
        if not entry.is_seen or (stored is not None and given is not None and stored != given):
            return IdentifierTaken(path=(by,))
        return entry


def _is_another(entry: MeterEntry, fields: Fields) -> bool:
    """Whether an archived meter is not what the row means: a new device may have its identifier."""
    if not entry.is_seen:
        return True
    external_id, given = entry.fields.get("external_id"), fields.get("external_id")
    if external_id is not None and given is not None and external_id != given:
        return True
    serial, sent = entry.fields.get("serial_number"), fields.get("serial_number")
    return bool(serial and sent and serial_key(serial) != serial_key(sent))


def _holds(other: MeterEntry, entry: MeterEntry | None) -> bool:
    """Whether another meter still has its identifier when that of ``entry`` is written.

    New meters are written last: what is archived before has given it up by then.
    """
    was = (other.before or other.fields)["status"]
    is_new = entry is None or entry.before is None
    return not other.is_archived if is_new else MeterStatus.ARCHIVED is not was


def _serial(fields: Fields, account: object, kind: object) -> Hashable | None:
    serial = serial_key(fields.get("serial_number") or "")
    return (account, kind, serial) if serial and account and kind else None
