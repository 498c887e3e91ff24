"""Where a row puts its meter: by account, else by premise, else by building."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.api import BuildingUnknown, PremiseUnknown
from kvartal_meters.registration.errors import AccountUnknown, PlaceOverruled

__all__ = ["FoundPlace", "PlaceReference", "Placed", "Site", "place_of"]


class PlaceReference(NamedTuple):
    """What a row says of the place; of two ways to name one thing the first counts."""

    account_number: str | None = None
    premise_id: UUID | None = None
    premise_external_id: str | None = None
    premise_number: str | None = None
    building_id: UUID | None = None
    building_external_id: str | None = None
    malformed: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """It names nothing."""
        return self == _NOWHERE

    @property
    def premise_field(self) -> str | None:
        """The field that names the premise."""
        return self._first("premise_id", "premise_external_id", "premise_number")

    @property
    def building_field(self) -> str | None:
        """The field that names the building."""
        return self._first("building_id", "building_external_id")

    def _first(self, *names: str) -> str | None:
        for name in names:
            if getattr(self, name) or name in self.malformed:
                return name
        return None


_NOWHERE = PlaceReference()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place that has meters; without a premise it is the building itself."""

    building_id: UUID
    premise_id: UUID | None
    timezone: str
    active: frozenset[str] = frozenset()
    is_archived: bool = False
    only_account: UUID | None = None

    def contains(self, premise_id: UUID | None, building_id: UUID) -> bool:
        """Whether a meter of that premise and building is in the place."""
        if self.premise_id is not None:
            return self.premise_id == premise_id
        return self.building_id == building_id


class FoundPlace(NamedTuple):
    """What was found of a reference: of each thing that it names, and the place of all."""

    account_id: UUID | None = None
    account_building_id: UUID | None = None
    premise_id: UUID | None = None
    premise_building_id: UUID | None = None
    building_id: UUID | None = None
    site: Site | None = None


@dataclass(slots=True)
class Placed:
    """A row's place, its account, and what is to be said of them."""

    site: Site | None = None
    account_id: UUID | None = None
    errors: list[DomainError] = field(default_factory=list)
    warnings: list[DomainError] = field(default_factory=list)


def place_of(named: PlaceReference, found: FoundPlace | None) -> Placed:
    """The place that a row names, or why there is none; nothing of it if it names none."""
    if named.is_empty:
        return Placed()
    found = found or FoundPlace()
    errors = _faults(named, found)
    if errors:
        return Placed(errors=errors)
    warnings: list[DomainError] = []
    site = found.site
    if found.account_id and found.premise_id and site and site.premise_id != found.premise_id:
        warnings.append(PlaceOverruled(path=("account_number",)))
    return Placed(site, found.account_id, [], warnings)


def _faults(named: PlaceReference, found: FoundPlace) -> list[DomainError]:
    building, premise = named.building_field, named.premise_field
    if building is not None and found.building_id is None:
        return [BuildingUnknown(path=(building,))]
    if named.account_number is not None:
        if found.account_id is None or _is_outside(found.account_building_id, found):
            return [AccountUnknown(path=("account_number",))]
    elif premise is not None and (
        found.premise_id is None or _is_outside(found.premise_building_id, found)
    ):
        return [PremiseUnknown(path=(premise,))]
    # What belongs to a building that the actor does not work with is not there either.
    if found.site is not None:
        return []
    if named.account_number is not None:
        return [AccountUnknown(path=("account_number",))]
    return [PremiseUnknown(path=(premise,)) if premise else BuildingUnknown(path=(building or "",))]


def _is_outside(building_id: UUID | None, found: FoundPlace) -> bool:
    """Whether the row names another building."""
    return found.building_id is not None and building_id != found.building_id
