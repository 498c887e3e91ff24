"""What organizations have chosen for the home screen."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.db.connection import fetch
from kvartal.home.rules import Placement

__all__ = ["Choices", "choices_of_organizations"]

Choices = Mapping[UUID, Mapping[str, Placement]]


async def choices_of_organizations(organizations: Sequence[UUID]) -> Choices:
    """The choices of each organization; none where it has not chosen."""
    rows = await fetch(
        "SELECT w.organization_id, w.key, w.pinned, w.position, w.version"
        " FROM kvartal_home_widget w WHERE w.organization_id = ANY($1::uuid[])",
        list(organizations),
    )
    found: dict[UUID, dict[str, Placement]] = {each: {} for each in organizations}
    for row in rows:
        placement = Placement(row["key"], row["pinned"], row["position"], row["version"])
        found[row["organization_id"]][placement.key] = placement
    return found
