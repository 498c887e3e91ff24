"""Where the rows of the estate come from, who may see them, and in which order they are listed.

The names of the columns are documented: other plugins may join these tables, read-only.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from kvartal.auth.access import visible_to, visible_to_staff
from kvartal.auth.actor import Actor
from kvartal.db.sql import Args, Keyset, RowShape, ToOne, text
from kvartal.plugin import Permission

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
    "Source",
]

ORGANIZATION = RowShape(
    "kvartal_organization",
    (
        "id",
        "number",
        "name",
        "kind",
        "inn",
        "external_id",
        "timezone",
        "billing_month_shift",
        "version",
    ),
)
GROUP = RowShape(
    "kvartal_building_group", ("id", "organization_id", "name", "archived_at", "version")
)
QUARTER = RowShape("kvartal_quarter", ("id", "organization_id", "name", "archived_at", "version"))
BUILDING = RowShape(
    "kvartal_building",
    (
        "id",
        "organization_id",
        "address",
        "timezone",
        "external_id",
        "fias_guid",
        "archived_at",
        "version",
    ),
    {"quarter": ToOne(QUARTER, null=True)},
)
PREMISE = RowShape(
    "kvartal_premise",
    ("id", "organization_id", "number", "kind", "external_id", "archived_at", "version"),
    {"building": ToOne(BUILDING)},
)
ACCOUNT = RowShape(
    "kvartal_account",
    ("id", "organization_id", "number", "unified_number", "external_id", "archived_at", "version"),
    {"premise": ToOne(PREMISE)},
)
RESIDENT = RowShape("kvartal_resident", ("id", "organization_id", "full_name", "phone", "version"))

Visible = Callable[[Actor, Args, Permission | None], str]


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one type under a fixed alias, the condition of seeing them, their order.

    ``live``: the condition that a row is not in the archive, nor what it stands in.
    """

    shape: RowShape
    alias: str
    visible: Visible
    order: Keyset
    live: str = "TRUE"

    @property
    def select(self) -> str:
        """The columns that fill a row and give its place in the order."""
        return f"{self.shape.columns(self.alias)}, {self.order.selected}"

    @property
    def tables(self) -> str:
        """The FROM list."""
        return self.shape.source(self.alias)


def _seen(organization: str, building: str | None = None, premise: str | None = None) -> Visible:
    def visible(actor: Actor, args: Args, permission: Permission | None) -> str:
        return visible_to(
            actor,
            args,
            organization=organization,
            building=building,
            premise=premise,
            permission=permission,
        )

    return visible


def _group_seen(actor: Actor, args: Args, permission: Permission | None) -> str:
    return visible_to_staff(actor, args, organization="g.organization_id", permission=permission)


def _resident_seen(actor: Actor, args: Args, permission: Permission | None) -> str:
    home = visible_to_staff(
        actor,
        args,
        organization="rp.organization_id",
        building="rp.building_id",
        permission=permission,
    )
    return (
        "EXISTS (SELECT 1 FROM kvartal_residency rs"
        " JOIN kvartal_premise rp ON rp.id = rs.premise_id"
        f" WHERE rs.resident_id = r.id AND {home})"
    )


ORGANIZATIONS = Source(ORGANIZATION, "o", _seen("o.id"), Keyset({"o.name": text, "o.id": UUID}))
GROUPS = Source(
    GROUP, "g", _group_seen, Keyset({"g.sort_key": text, "g.id": UUID}), "g.archived_at IS NULL"
)
QUARTERS = Source(
    QUARTER,
    "q",
    _seen("q.organization_id"),
    Keyset({"q.sort_key": text, "q.id": UUID}),
    "q.archived_at IS NULL",
)
BUILDINGS = Source(
    BUILDING,
    "b",
    _seen("b.organization_id", "b.id"),
    Keyset({"b.sort_key": text, "b.id": UUID}),
    "b.archived_at IS NULL",
)
PREMISES = Source(
    PREMISE,
    "p",
    _seen("p.organization_id", "p.building_id", "p.id"),
    Keyset({"p_building.sort_key": text, "p.sort_key": text, "p.id": UUID}),
    "p.archived_at IS NULL AND p_building.archived_at IS NULL",
)
ACCOUNTS = Source(
    ACCOUNT,
    "a",
    _seen("a.organization_id", "a_premise.building_id", "a.premise_id"),
    Keyset({"a.number": text, "a.id": UUID}),
    "a.archived_at IS NULL",
)
RESIDENTS = Source(RESIDENT, "r", _resident_seen, Keyset({"r.full_name": text, "r.id": UUID}))
