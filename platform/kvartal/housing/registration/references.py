"""What rows refer to: places by id, by external id, by what people call them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.rules import PlaceArchived

__all__ = [
    "AddressAmbiguous",
    "AddressTaken",
    "BuildingUnknown",
    "GroupUnknown",
    "PremiseOfAnotherBuilding",
    "PremiseUnknown",
    "QuarterUnknown",
    "References",
]


class AddressTaken(DomainError):
    """The building at the address has another external id."""

    code: ClassVar[str] = "ADDRESS_TAKEN"


class AddressAmbiguous(DomainError):
    """Several buildings have the address: name one by its external id."""

    code: ClassVar[str] = "ADDRESS_AMBIGUOUS"


class BuildingUnknown(DomainError):
    """The organization has no such building, or the row names none."""

    code: ClassVar[str] = "BUILDING_UNKNOWN"


class PremiseUnknown(DomainError):
    """The organization has no such premise, or the row names none."""

    code: ClassVar[str] = "PREMISE_UNKNOWN"


class QuarterUnknown(DomainError):
    """The organization has no such quarter."""

    code: ClassVar[str] = "QUARTER_UNKNOWN"


class GroupUnknown(DomainError):
    """The organization has no such group of buildings."""

    code: ClassVar[str] = "GROUP_UNKNOWN"


class PremiseOfAnotherBuilding(DomainError):
    """A premise does not go from building to building."""

    code: ClassVar[str] = "PREMISE_OF_ANOTHER_BUILDING"


@dataclass(slots=True)
class References:
    """The places of one table that rows refer to: by id, by external id, by what people call them.

    Archived ones are known too, so that the refusal can say so.
    """

    unknown: type[DomainError]
    by_id: dict[UUID, bool] = field(default_factory=dict)
    by_external_id: dict[object, UUID] = field(default_factory=dict)
    by_key: dict[object, list[UUID]] = field(default_factory=dict)

    def add(self, key: UUID, external_id: object, natural: object, *, is_archived: bool) -> None:
        """Let a place be found."""
        self.by_id[key] = is_archived
        if external_id is not None:
            self.by_external_id[external_id] = key
        if not is_archived:
            self.by_key.setdefault(natural, []).append(key)

    def find(
        self, id: UUID | None, external_id: object, natural: object, *, at: Mapping[str, str]
    ) -> UUID | DomainError | None:
        """The place that a row refers to, why it cannot, or None if it does not.

        ``at``: the input field of each way to refer.
        """
        found: UUID | None
        if id is not None:
            path, found = at["id"], id if id in self.by_id else None
        elif external_id is not None:
            path, found = at["external_id"], self.by_external_id.get(external_id)
        elif natural is not None:
            path, candidates = at["natural"], self.by_key.get(natural, [])
            if len(candidates) > 1:
                return AddressAmbiguous(path=(path,))
            found = candidates[0] if candidates else None
        else:
            return None
        if found is None:
            return self.unknown(path=(path,))
        return PlaceArchived(path=(path,)) if self.by_id[found] else found
