"""What plugins may import of the estate."""

from kvartal.housing.events import AccountsMoved, BuildingMoved, PlacesRenamed
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
)
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.queries.rows import by_ids
from kvartal.housing.registration.references import BuildingUnknown, PremiseUnknown
from kvartal.housing.rules import (
    ExternalIdTaken,
    InputFaults,
    OrganizationKind,
    PlaceArchived,
    PremiseKind,
    TextTooLong,
    cleaned,
    search_words,
    sort_key,
)
from kvartal.housing.sources import (
    ACCOUNT,
    ACCOUNTS,
    BUILDING,
    BUILDINGS,
    GROUP,
    GROUPS,
    ORGANIZATION,
    ORGANIZATIONS,
    PREMISE,
    PREMISES,
    QUARTER,
    QUARTERS,
    RESIDENT,
    RESIDENTS,
    Source,
)

__all__ = [
    "ACCOUNT",
    "ACCOUNTS",
    "BUILDING",
    "BUILDINGS",
    "GROUP",
    "GROUPS",
    "ORGANIZATION",
    "ORGANIZATIONS",
    "PREMISE",
    "PREMISES",
    "QUARTER",
    "QUARTERS",
    "RESIDENT",
    "RESIDENTS",
    "Account",
    "AccountsMoved",
    "Building",
    "BuildingGroup",
    "BuildingMoved",
    "BuildingUnknown",
    "ExternalIdTaken",
    "InputFaults",
    "Organization",
    "OrganizationKind",
    "PlaceArchived",
    "PlacesRenamed",
    "Premise",
    "PremiseKind",
    "PremiseUnknown",
    "Quarter",
    "Resident",
    "Source",
    "TextTooLong",
    "by_ids",
    "cleaned",
    "refresh_search",
    "search_words",
    "sort_key",
]
