"""Which meter a row of a sheet means: in its place, by identifier, else by serial number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.api import BuildingUnknown, cleaned
from kvartal_meters.meters.rules import account_key, clean_identifier, serial_key
from kvartal_meters.registration.errors import AccountUnknown, MeterAmbiguous, MeterUnknown
from kvartal_meters.sheets.errors import BuildingForbidden, SerialMismatch

__all__ = ["KnownPlaces", "PlacedMeter", "SheetPlace", "SheetReference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReference:
    """How a row names its meter: a flat's by its account, a house's by its building."""

    account_number: str | None = None
    building_external_id: str | None = None
    identifier: str | None = None
    serial_number: str | None = None

    @property
    def place(self) -> str:
        """The name of the place as it is compared."""
        if self.account_number is not None:
            return account_key(self.account_number)
        return cleaned(self.building_external_id or "")


@dataclass(frozen=True, slots=True)
class PlacedMeter:
    """A meter of a place as rows may name it."""

    id: UUID
    identifier: str
    serial_number: str | None
    is_archived: bool


@dataclass(slots=True)
class SheetPlace:
    """An account or a building with its meters; ``name``: as it is written there."""

    name: str
    is_permitted: bool
    meters: list[PlacedMeter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """The places that the rows of a call may mean."""

    by_key: Mapping[str, Sequence[SheetPlace]]

    def find(self, named: SheetReference) -> UUID | DomainError:
        """The meter that is meant, or why there is none."""
        place = self._place(named)
        if place is None:
            if named.account_number is not None:
                return AccountUnknown(path=("account_number",))
            return BuildingUnknown(path=("building_external_id",))
        if not place.is_permitted:
            return BuildingForbidden()
        return _meter(named, place.meters)

    def _place(self, named: SheetReference) -> SheetPlace | None:
        """Of two that are alike but for their case, the one that is written so."""
        found = self.by_key.get(named.place, ())
        written = named.account_number or named.building_external_id
        exact = (each for each in found if each.name == written)
        return next(exact, found[0] if found else None)


def _meter(named: SheetReference, meters: Sequence[PlacedMeter]) -> UUID | DomainError:
    serial = serial_key(named.serial_number or "")
    identifier = clean_identifier(named.identifier or "")
    if not identifier:
        return _the_only(each for each in meters if _serial(each) == serial) if serial else _none()
    found = _the_only(each for each in meters if each.identifier == identifier)
    if isinstance(found, UUID) and serial and _contradicts(found, serial, meters):
        return SerialMismatch(path=("serial_number",))
    return found


def _contradicts(found: UUID, serial: str, meters: Sequence[PlacedMeter]) -> bool:
    """The serial number is another one than the meter's, or, if it has none, another meter's."""
    known = next(_serial(each) for each in meters if each.id == found)
    return known != serial if known else any(_serial(each) == serial for each in meters)


def _serial(meter: PlacedMeter) -> str:
    return serial_key(meter.serial_number or "")


def _the_only(fitting: Iterable[PlacedMeter]) -> UUID | DomainError:
    """The meter that fits, one in use rather than one in the archive."""
    candidates = list(fitting)
    in_use = [each for each in candidates if not each.is_archived]
    chosen = in_use or candidates
    if len(chosen) > 1:
        return MeterAmbiguous(path=("identifier",))
    return chosen[0].id if chosen else _none()


def _none() -> MeterUnknown:
    return MeterUnknown(path=("identifier",))
