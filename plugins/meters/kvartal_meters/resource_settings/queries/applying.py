"""Applying a level's settings to its buildings: they are judged at once, and written in portions.

The judgement is that of ``rules.outcome_of`` and ``rules.applied``; a test compares them.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.sql import Args
from kvartal.housing.api import BUILDING
from kvartal.permissions import BUILDING_EDIT
from kvartal_meters.resource_settings.queries.reading import records_of_settings
from kvartal_meters.resource_settings.rules import (
    Application,
    Outcome,
    Place,
    SettingsLevel,
    SettingsValues,
    records_of,
)

__all__ = ["SHOWN", "Changing", "Judgement", "changing", "judge", "write"]

SHOWN = 20
"""How many buildings of a kind are named; the others are counted."""

_BELONGS: Mapping[SettingsLevel, str] = MappingProxyType(
    {
        SettingsLevel.QUARTER: "b.quarter_id = {}",
        SettingsLevel.GROUP: "EXISTS (SELECT 1 FROM kvartal_building_group_member m"
        " WHERE m.organization_id = b.organization_id AND m.building_id = b.id"
        " AND m.group_id = {})",
    }
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How many buildings meet which outcome, and the first that change or are protected.

    Their records hold the building (``building_``), its present settings (``records``) and the
    owner of the rule over it (``lock_``).
    """

    counts: Mapping[Outcome, int]
    changed: Sequence[Record]
    locked: Sequence[Record]


async def judge(actor: Actor, place: Place, application: Application) -> Judgement:
    """What the application would do to the buildings of a place."""
    args = Args()
    rows = await fetch(
        f"""
        {_judged(args, actor, place, application)}, numbered AS (
            SELECT j.*, count(*) OVER (PARTITION BY outcome) AS total,
                row_number() OVER (PARTITION BY outcome ORDER BY sort_key, id) AS place
            FROM judged j
        ), shown AS MATERIALIZED (
            SELECT * FROM numbered WHERE place <=
                CASE WHEN outcome IN ('CHANGED', 'LOCKED') THEN {SHOWN} ELSE 1 END
        )
        SELECT n.outcome, n.total, n.level AS lock_level, {BUILDING.columns("b", "building_")},
            coalesce(lq.id, lg.id) AS lock_place_id, coalesce(lq.name, lg.name) AS lock_name,
            (SELECT {records_of_settings("s")} FROM meters_resource_settings s
                WHERE s.organization_id = n.organization_id AND s.building_id = n.id) AS records
        FROM shown n JOIN {BUILDING.source("b")} ON b.id = n.id
        LEFT JOIN kvartal_quarter lq ON lq.id = n.rule_quarter_id
        LEFT JOIN kvartal_building_group lg ON lg.id = n.rule_group_id
        ORDER BY n.sort_key, n.id
        """,
        *args,
    )
    return Judgement(
        {Outcome(row["outcome"]): row["total"] for row in rows},
        [row for row in rows if row["outcome"] == Outcome.CHANGED],
        [row for row in rows if row["outcome"] == Outcome.LOCKED],
    )


@dataclass(frozen=True, slots=True)
class Changing:
    """A building that is about to be written; the rule over it and its version until now."""

    building_id: UUID
    rule_id: UUID | None
    version: int


async def changing(actor: Actor, place: Place, application: Application) -> list[Changing]:
    """The buildings that the application changes, by address."""
    args = Args()
    rows = await fetch(
        f"{_judged(args, actor, place, application)}"
        " SELECT id, rule_id, version FROM judged WHERE outcome = 'CHANGED' ORDER BY sort_key, id",
        *args,
    )
    return [Changing(row["id"], row["rule_id"], row["version"]) for row in rows]


async def write(
    organization_id: UUID,
    application: Application,
    buildings: Sequence[Changing],
    *,
    now: datetime,
) -> None:
    """Give buildings the application's settings, and its lock if it has one.

    Resources that have all that already are not written: the version of a building is the highest
    of its resources.
    """
    args = Args()
    chosen = (
        f"unnest({args.add([each.building_id for each in buildings])}::uuid[],"
        f" {args.add([each.rule_id for each in buildings])}::uuid[],"
        f" {args.add([each.version for each in buildings])}::int[])"
    )
    organization = args.add(organization_id) + "::uuid"
    lock = args.add(application.rule_id) + "::uuid" if application.locks else "c.rule_id"
    moment = args.add(now)
    await execute(
        f"""
        INSERT INTO meters_resource_settings AS s (id, organization_id, level, building_id,
            resource_kind, active, start_day, end_day, fractions_allowed, accepts_expired,
            service_id, locked_by_id, version, created_at, updated_at)
        SELECT kvartal_uuid7(), {organization}, 'BUILDING', c.id, i.resource_kind, i.active,
            i.start_day, i.end_day, i.fractions_allowed, i.accepts_expired, i.service_id, {lock},
            c.version + 1, {moment}::timestamptz, {moment}::timestamptz
        FROM {chosen} AS c(id, rule_id, version) CROSS JOIN ({_input(args, application)}) AS i
        ON CONFLICT (organization_id, building_id, resource_kind) WHERE building_id IS NOT NULL
        DO UPDATE SET active = excluded.active, start_day = excluded.start_day,
            end_day = excluded.end_day, fractions_allowed = excluded.fractions_allowed,
            accepts_expired = excluded.accepts_expired, service_id = excluded.service_id,
            locked_by_id = excluded.locked_by_id, version = excluded.version,
            updated_at = excluded.updated_at
        WHERE (s.active, s.start_day, s.end_day, s.fractions_allowed, s.accepts_expired,
            s.service_id, s.locked_by_id) IS DISTINCT FROM (excluded.active, excluded.start_day,
            excluded.end_day, excluded.fractions_allowed, excluded.accepts_expired,
            excluded.service_id, excluded.locked_by_id)
        """,
        *args,
    )


def _judged(args: Args, actor: Actor, place: Place, application: Application) -> str:
    """``WITH`` the settings (``input``) and the place's buildings, each with its outcome."""
    own_rule = f"{args.add(application.rule_id)}::uuid"
    protecting = f"{args.add([*place.level.and_above])}::text[]"
    accessible = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=BUILDING_EDIT
    )
    takes_lock = f"rule_id IS DISTINCT FROM {own_rule}" if application.locks else "FALSE"
    return f"""
        WITH input AS ({_input(args, application)}
        ), standing AS MATERIALIZED (
            SELECT b.id, b.organization_id, b.sort_key, {accessible} AS accessible,
                now.rule_id, now.version, now.given, now.differs
            FROM {_place_table(place)} p
            JOIN kvartal_building b ON b.organization_id = p.organization_id
                AND {_BELONGS[place.level].format("p.id")}
            -- An index read for each building, whatever the planner knows of the tables.
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE NOT i.is_default) AS given, bool_or(
                        (s.active, s.start_day, s.end_day, s.fractions_allowed, s.accepts_expired,
                        s.service_id) IS DISTINCT FROM (i.active, i.start_day, i.end_day,
                        i.fractions_allowed, i.accepts_expired, i.service_id)) AS differs,
                    (array_agg(s.locked_by_id) FILTER (WHERE s.locked_by_id IS NOT NULL))[1]
                        AS rule_id,
                    coalesce(max(s.version), 0) AS version
                FROM meters_resource_settings s JOIN input i ON i.resource_kind = s.resource_kind
                WHERE s.organization_id = b.organization_id AND s.building_id = b.id
            ) now
            WHERE p.id = {args.add(place.id)}
        ), judged AS (
            SELECT b.*, rule.level, rule.quarter_id AS rule_quarter_id,
                rule.group_id AS rule_group_id, CASE
                    WHEN NOT accessible THEN '{Outcome.INACCESSIBLE}'
                    WHEN rule_id IS DISTINCT FROM {own_rule} AND level = ANY({protecting})
                        THEN '{Outcome.LOCKED}'
                    WHEN coalesce(differs, FALSE) OR {takes_lock}
                        -- A resource without a row has the defaults: other settings are a change.
                        OR given < (SELECT count(*) FROM input WHERE NOT is_default)
                        THEN '{Outcome.CHANGED}'
                    ELSE '{Outcome.UNCHANGED}'
                END AS outcome
            FROM standing b LEFT JOIN meters_resource_rule rule ON rule.id = b.rule_id
        )"""


def _place_table(place: Place) -> str:
    """The table that a quarter or a group is in."""
    is_group = place.level is SettingsLevel.GROUP
    return "kvartal_building_group" if is_group else "kvartal_quarter"


def _input(args: Args, application: Application) -> str:
    rows = records_of(application.table)
    defaults = [values == SettingsValues() for values in application.table.values()]
    types = {
        "resource_kind": "text",
        "active": "bool",
        "start_day": "int2",
        "end_day": "int2",
        "fractions_allowed": "bool",
        "accepts_expired": "bool",
        "service_id": "uuid",
    }
    arrays = [f"{args.add([row[name] for row in rows])}::{kind}[]" for name, kind in types.items()]
    arrays.append(f"{args.add(defaults)}::bool[]")
    return f"""
            SELECT * FROM unnest({", ".join(arrays)}) AS i({", ".join(types)}, is_default)"""
