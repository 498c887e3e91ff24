"""What is set at a place, with the rule that is in force there and the rule that locks it."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

import orjson

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch, fetch_one
from kvartal.db.sql import Args
from kvartal.permissions import BUILDING_EDIT
from kvartal_meters.resource_settings.rules import Place, Rule, SettingsLevel, Table, table_of

__all__ = [
    "ActiveRule",
    "LevelSettings",
    "Location",
    "PlaceRight",
    "RuleOwner",
    "location_of",
    "locks_beyond_access",
    "owner_of",
    "records_of_settings",
    "right_at",
    "rules_over",
    "settings_of",
    "snapshot_of",
]

COLUMNS = (
    "resource_kind",
    "active",
    "start_day",
    "end_day",
    "fractions_allowed",
    "accepts_expired",
    "service_id",
)


@dataclass(frozen=True, slots=True)
class RuleOwner:
    """The quarter or the group whose rule locks a place."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """The rule that a quarter or a group has in force, and the settings it was applied with."""

    id: UUID
    snapshot: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """The settings of a place; ``version`` is 0 until any were saved."""

    place: Place
    organization_id: UUID
    table: Table
    version: int
    locked_by: RuleOwner | None
    rule: ActiveRule | None
    timezone: str
    billing_month_shift: int


@dataclass(frozen=True, slots=True)
class PlaceRight:
    """That an actor sees a place, and whether they may change its settings."""

    organization_id: UUID
    may_change: bool


@dataclass(frozen=True, slots=True)
class Location:
    """Where a building is, the rule that locks it, and the version of its settings."""

    organization_id: UUID
    quarter_id: UUID | None
    group_ids: Sequence[UUID]
    lock_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class _Source:
    """The table of a level's places; what its rules and its locks are found by."""

    table: str
    own_rule: str
    lock: str
    building: str | None = None
    timezone: str = "o.timezone"


# A quarter is locked while a group's rule holds one of its buildings.
_LOCK_OF_QUARTER = """(
    SELECT held.id FROM meters_resource_rule held
    WHERE held.organization_id = p.organization_id AND held.level = 'GROUP' AND EXISTS (
            SELECT 1 FROM meters_resource_settings s JOIN kvartal_building b
                ON b.id = s.building_id AND b.organization_id = s.organization_id
            WHERE s.locked_by_id = held.id AND b.quarter_id = p.id)
    ORDER BY held.id LIMIT 1)"""

_SOURCES: Mapping[SettingsLevel, _Source] = MappingProxyType(
    {
        SettingsLevel.BUILDING: _Source(
            "kvartal_building", "FALSE", "own.rule_id", building="p.id", timezone="p.timezone"
        ),
        SettingsLevel.QUARTER: _Source(
            "kvartal_quarter",
            "rule.quarter_id = p.id AND rule.cancelled_at IS NULL",
            _LOCK_OF_QUARTER,
        ),
        SettingsLevel.GROUP: _Source(
            "kvartal_building_group",
            "rule.group_id = p.id AND rule.cancelled_at IS NULL",
            "NULL",
        ),
    }
)


def records_of_settings(alias: str) -> str:
    """The aggregate of rows of settings that ``table_of`` reads."""
    fields = ", ".join(f"'{name}', {alias}.{name}" for name in COLUMNS)
    return f"coalesce(jsonb_agg(jsonb_build_object({fields})), '[]')"


async def right_at(actor: Actor, place: Place) -> PlaceRight | None:
    """What the actor may do at a place; none if they do not see it."""
    args = Args()
    sql = (
        f"SELECT p.organization_id, {_seen(actor, args, place.level, change=True)} AS may_change"
        f" FROM {_SOURCES[place.level].table} p WHERE p.id = {args.add(place.id)}"
        f" AND {_seen(actor, args, place.level)}"
    )
    row = await fetch_one(sql, *args)
    return PlaceRight(row["organization_id"], row["may_change"]) if row else None


async def settings_of(
    actor: Actor, level: SettingsLevel, ids: Sequence[UUID]
) -> dict[UUID, LevelSettings]:
    """The settings of those of the places that the actor sees; residents see none."""
    source, args = _SOURCES[level], Args()
    rows = await fetch(
        f"""
        SELECT p.id, p.organization_id, own.records, own.version, rule.id AS rule_id,
            rule.snapshot, lock.level AS lock_level, coalesce(lq.id, lg.id) AS lock_place_id,
            coalesce(lq.name, lg.name) AS lock_name,
            {source.timezone} AS timezone, o.billing_month_shift
        FROM {source.table} p
        JOIN kvartal_organization o ON o.id = p.organization_id
        CROSS JOIN LATERAL (
            SELECT {records_of_settings("s")} AS records, coalesce(max(s.version), 0) AS version,
                (array_agg(s.locked_by_id) FILTER (WHERE s.locked_by_id IS NOT NULL))[1] AS rule_id
            FROM meters_resource_settings s
            WHERE s.organization_id = p.organization_id AND s.{level.lower()}_id = p.id
        ) own
        LEFT JOIN meters_resource_rule rule
            ON rule.organization_id = p.organization_id AND {source.own_rule}
        LEFT JOIN meters_resource_rule lock ON lock.id = {source.lock}
        LEFT JOIN kvartal_quarter lq ON lq.id = lock.quarter_id
        LEFT JOIN kvartal_building_group lg ON lg.id = lock.group_id
        WHERE p.id = ANY({args.add(list(ids))}::uuid[]) AND {_seen(actor, args, level)}
        """,
        *args,
    )
    return {row["id"]: _settings(level, row) for row in rows}


async def location_of(building_id: UUID) -> Location | None:
    """Where a building is now; who asks has been told by the estate that it moved."""
    row = await fetch_one(
        """
        SELECT b.organization_id, b.quarter_id,
            ARRAY(SELECT m.group_id FROM kvartal_building_group_member m
                WHERE m.organization_id = b.organization_id AND m.building_id = b.id) AS group_ids,
            own.lock_id, own.version
        FROM kvartal_building b CROSS JOIN LATERAL (
            SELECT coalesce(max(s.version), 0) AS version, (array_agg(s.locked_by_id)
                FILTER (WHERE s.locked_by_id IS NOT NULL))[1] AS lock_id
            FROM meters_resource_settings s
            WHERE s.organization_id = b.organization_id AND s.building_id = b.id
        ) own
        WHERE b.id = $1
        """,
        building_id,
    )
    return Location(**row) if row else None


async def rules_over(location: Location) -> tuple[Rule | None, list[Rule]]:
    """The rule that locks the building, and the active rules of where it is, oldest first."""
    rows = await fetch(
        """
        SELECT id, level, coalesce(quarter_id, group_id) AS place_id,
            cancelled_at IS NULL AND (quarter_id = $2 OR group_id = ANY($3::uuid[])) AS present
        FROM meters_resource_rule
        WHERE organization_id = $1
            AND (id = $4 OR cancelled_at IS NULL AND (quarter_id = $2 OR group_id = ANY($3)))
        ORDER BY id
        """,
        location.organization_id,
        location.quarter_id,
        location.group_ids,
        location.lock_id,
    )
    rules = {
        row["id"]: Rule(row["id"], SettingsLevel(row["level"]), row["place_id"]) for row in rows
    }
    lock = rules[location.lock_id] if location.lock_id else None
    return lock, [rules[row["id"]] for row in rows if row["present"]]


async def snapshot_of(rule_id: UUID) -> Table:
    """The settings that a rule was last applied with."""
    row = await fetch_one("SELECT snapshot FROM meters_resource_rule WHERE id = $1", rule_id)
    assert row is not None
    return table_of(orjson.loads(row["snapshot"]))


async def locks_beyond_access(actor: Actor, rule_id: UUID) -> bool:
    """Whether a rule locks a building that the actor may not change."""
    args = Args()
    rule = args.add(rule_id)
    mine = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=BUILDING_EDIT
    )
    row = await fetch_one(
        f"""
        SELECT 1 FROM meters_resource_settings s JOIN kvartal_building b ON b.id = s.building_id
        WHERE s.locked_by_id = {rule} AND NOT {mine} LIMIT 1
        """,
        *args,
    )
    return row is not None


def _seen(actor: Actor, args: Args, level: SettingsLevel, *, change: bool = False) -> str:
    return visible_to_staff(
        actor,
        args,
        organization="p.organization_id",
        building=_SOURCES[level].building,
        permission=BUILDING_EDIT if change else None,
    )


def _settings(level: SettingsLevel, row: Record) -> LevelSettings:
    rule, lock = row["rule_id"], row["lock_level"]
    return LevelSettings(
        place=Place(level, row["id"]),
        organization_id=row["organization_id"],
        table=table_of(orjson.loads(row["records"])),
        version=row["version"],
        locked_by=owner_of(row) if lock else None,
        rule=ActiveRule(rule, table_of(orjson.loads(row["snapshot"]))) if rule else None,
        timezone=row["timezone"],
        billing_month_shift=row["billing_month_shift"],
    )


def owner_of(row: Record) -> RuleOwner:
    """Whose rule it is, in a record with ``lock_level``, ``lock_place_id`` and ``lock_name``."""
    return RuleOwner(
        Place(SettingsLevel(row["lock_level"]), row["lock_place_id"]), row["lock_name"]
    )
