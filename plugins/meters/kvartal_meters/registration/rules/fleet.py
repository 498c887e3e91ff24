"""The meters of an organization as the rows of one call find, make and change them, in turn."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.api import ExternalIdTaken
from kvartal_meters.meters.rules import MeterStatus, serial_key
from kvartal_meters.meters.rules.refusals import IdentifierTaken
from kvartal_meters.registration.errors import MeterAmbiguous, MeterUnknown
from kvartal_meters.registration.rules.entries import Fields, MeterEntry, SentMeter
from kvartal_meters.registration.rules.lone import LoneMeters

__all__ = ["Fleet"]


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
    _lone: LoneMeters = field(default_factory=LoneMeters)

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
        self._lone.index(entry)

    def expect(self, rows: Sequence[SentMeter]) -> None:
        """Learn what the rows mean before the first is applied: keys come before conjecture."""
        found = [self._by_keys(row) for row in rows]
        self._lone.meant.update(each.id for each in found if isinstance(each, MeterEntry))
        for row, entry in zip(rows, found, strict=True):
            if entry is None and not row.errors:
                self._lone.claim(row)

    def match(self, row: SentMeter) -> MeterEntry | DomainError | None:
        """The meter that a row means, why it cannot, or None if it is a new one."""
        return self._by_keys(row) or self._lone.find(row)

    def _by_keys(self, row: SentMeter) -> MeterEntry | DomainError | None:
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
            holders = (each for each in namesakes if each is not entry and _holds(each, entry))
            holder = next(holders, None)
            if holder is not None:
                found.append(IdentifierTaken(meter_id=holder.id, path=("identifier",)))
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
            return IdentifierTaken(meter_id=entry.id, path=(by,))
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
