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
from kvartal.housing.rules import (
    InputFaults,
    OrganizationKind,
    PremiseKind,
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
    "InputFaults",
    "Organization",
    "OrganizationKind",
    "PlacesRenamed",
    "Premise",
    "PremiseKind",
    "Quarter",
    "Resident",
    "Source",
    "by_ids",
    "cleaned",
    "refresh_search",
    "search_words",
    "sort_key",
]
