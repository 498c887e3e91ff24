"""The last way to know a meter: it is the only one of its type on the account."""

from dataclasses import dataclass, field
from uuid import UUID

from kvartal.errors import DomainError
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterStatus, serial_key
from kvartal_meters.registration.errors import MeterAmbiguous
from kvartal_meters.registration.rules.entries import MeterEntry, SentMeter

__all__ = ["LoneMeters", "may_mean_the_only_one"]

_Place = tuple[UUID, MeterType]


def may_mean_the_only_one(row: SentMeter) -> bool:
    """Whether a row that no key finds may mean the only meter of its type on its account.

    One that has an identifier may as well be a new device. It is taken for the one that is there
    only to give it an external id: by that it is known ever after, whatever else is sent.
    """
    fields = row.fields
    if row.id is not None or row.is_malformed or fields.get("status") is MeterStatus.ARCHIVED:
        return False
    is_placed = fields.get("account_id") is not None and "type" in fields
    return is_placed and not (_has_identifier(row) and fields.get("external_id") is None)


@dataclass(slots=True)
class LoneMeters:
    """The meters by account and type; those that rows mean by their keys are ``meant``.

    A row never gets, for want of a key, what another one means, nor what two could.
    """

    meant: set[UUID] = field(default_factory=set)
    _claims: dict[UUID, set[str]] = field(default_factory=dict)
    _by_place: dict[_Place, dict[UUID, MeterEntry]] = field(default_factory=dict)

    def index(self, entry: MeterEntry) -> None:
        """Let a meter be found by its account."""
        account = entry.fields.get("account_id")
        if account is not None:
            place = (account, entry.fields["type"])
            self._by_place.setdefault(place, {})[entry.id] = entry

    def claim(self, row: SentMeter) -> None:
        """Remember that a row could mean a meter, so that another one is not given it first."""
        found = self.find(row)
        if isinstance(found, MeterEntry) and _has_identifier(row):
            self._claims.setdefault(found.id, set()).add(row.fields["external_id"])

    def find(self, row: SentMeter) -> MeterEntry | DomainError | None:
        """The meter that a row means by its account and type, why it cannot, or None."""
        if not may_mean_the_only_one(row):
            return None
        found = [each for each in self._of(row) if _is_in_use(each, row)]
        if len(found) > 1 and not _has_identifier(row):
            return MeterAmbiguous(path=("account_number",))
        if len(found) != 1 or not _fits(found[0], row):
            return None
        return self._unless_another_is_meant(found[0], row)

    def _of(self, row: SentMeter) -> list[MeterEntry]:
        place = (row.fields["account_id"], row.fields["type"])
        return list(self._by_place.get(place, {}).values())

    def _unless_another_is_meant(
        self, entry: MeterEntry, row: SentMeter
    ) -> MeterEntry | DomainError | None:
        if not _has_identifier(row):
            return entry
        if entry.before is None or entry.id in self.meant:
            return None
        if len(self._claims.get(entry.id, ())) > 1:
            return MeterAmbiguous(path=("account_number",))
        return entry


def _has_identifier(row: SentMeter) -> bool:
    return bool(row.fields.get("identifier"))


def _is_in_use(entry: MeterEntry, row: SentMeter) -> bool:
    """Whether a meter still stands where it is indexed."""
    return (
        entry.is_seen
        and not entry.is_archived
        and entry.fields.get("account_id") == row.fields["account_id"]
    )


def _fits(entry: MeterEntry, row: SentMeter) -> bool:
    """Whether nothing that is known of both says that they are two devices."""
    stored, given = entry.fields.get("external_id"), row.fields.get("external_id")
    if stored is not None and given is not None:
        return False  # by an equal one it would have been found
    if row.scope not in {None, entry.scope}:
        return False
    serials = (entry.fields.get("serial_number"), row.fields.get("serial_number"))
    return not all(serial_key(each or "") for each in serials)
