"""What organizations have chosen for the home screen."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kvartal.db.connection import Record, fetch
from kvartal.home.rules import Placement

__all__ = ["choices_of_organizations", "choices_of_premises"]

Choices = Mapping[UUID, Mapping[str, Placement]]


async def choices_of_premises(premises: Sequence[UUID]) -> Choices:
    """The choices of the organization of each premise."""
    return _grouped(
        await fetch(
            "SELECT p.id AS parent_id, w.key, w.pinned, w.position, w.version"
            " FROM kvartal_premise p"
            " JOIN kvartal_home_widget w ON w.organization_id = p.organization_id"
            " WHERE p.id = ANY($1::uuid[])",
            list(premises),
        )
    )


async def choices_of_organizations(organizations: Sequence[UUID]) -> Choices:
    """The choices of each organization."""
    return _grouped(
        await fetch(
            "SELECT w.organization_id AS parent_id, w.key, w.pinned, w.position, w.version"
            " FROM kvartal_home_widget w WHERE w.organization_id = ANY($1::uuid[])",
            list(organizations),
        )
    )


def _grouped(rows: Sequence[Record]) -> Choices:
    found: dict[UUID, dict[str, Placement]] = {}
    for row in rows:
        placement = Placement(row["key"], row["pinned"], row["position"], row["version"])
        found.setdefault(row["parent_id"], {})[placement.key] = placement
    return found
