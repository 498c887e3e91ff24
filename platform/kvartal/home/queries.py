"""What organizations have chosen for the home screen, and who may look at which."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from kvartal.auth.access import visible_to_resident_of
from kvartal.db.connection import Record, fetch
from kvartal.home.rules import Placement

__all__ = ["Choices", "choices_of_organizations", "premises_of_residents"]

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


async def premises_of_residents(
    pairs: Collection[tuple[UUID, UUID]],
) -> dict[tuple[UUID, UUID], Record]:
    """The premises of those of the pairs, of a user and a premise, whose resident sees it."""
    if not pairs:
        return {}
    seen = visible_to_resident_of("asked.user_id", organization="p.organization_id", premise="p.id")
    rows = await fetch(
        "SELECT asked.user_id, p.id, p.organization_id, p.building_id"
        " FROM unnest($1::uuid[], $2::uuid[]) AS asked(user_id, premise_id)"
        f" JOIN kvartal_premise p ON p.id = asked.premise_id WHERE {seen}",
        [user for user, _ in pairs],
        [premise for _, premise in pairs],
    )
    return {(row["user_id"], row["id"]): row for row in rows}
