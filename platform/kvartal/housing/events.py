"""What happens to the estate."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = ["AccountsMoved", "ArchiveChanged", "BuildingMoved", "PlacesRenamed"]


@event("kvartal.building_moved")
@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingMoved(Event):
    """A building is new, or has changed its quarter or its groups."""

    organization_id: UUID
    building_id: UUID
    quarter_before: UUID | None
    quarter_after: UUID | None
    groups_before: tuple[UUID, ...] = ()
    groups_after: tuple[UUID, ...] = ()


@event("kvartal.places_renamed")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesRenamed(Event):
    """Buildings have other addresses, or premises or accounts other numbers: 1000 at most.

    Whoever keeps their words for a search makes them anew from what the tables say now.
    """

    organization_id: UUID
    building_ids: tuple[UUID, ...] = ()
    premise_ids: tuple[UUID, ...] = ()
    account_ids: tuple[UUID, ...] = ()

    @classmethod
    def of_buildings(cls, organization_id: UUID, *ids: UUID) -> "PlacesRenamed":
        """Buildings with other addresses."""
        return cls(organization_id=organization_id, building_ids=ids)

    @classmethod
    def of_premises(cls, organization_id: UUID, *ids: UUID) -> "PlacesRenamed":
        """Premises with other numbers."""
        return cls(organization_id=organization_id, premise_ids=ids)

    @classmethod
    def of_accounts(cls, organization_id: UUID, *ids: UUID) -> "PlacesRenamed":
        """Accounts with other numbers."""
        return cls(organization_id=organization_id, account_ids=ids)


@event("kvartal.accounts_moved")
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsMoved(Event):
    """Accounts have gone to other premises: 1000 at most."""

    organization_id: UUID
    account_ids: tuple[UUID, ...]


@event("kvartal.archive_changed")
@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveChanged(Event):
    """A place has gone into the archive, or has come back; what stands in it is not told apart.

    ``kind``: the name of its type in GraphQL, such as ``Building`` or ``Premise``.
    """

    organization_id: UUID
    kind: str
    place_id: UUID
    is_archived: bool
