"""Linking a service in many buildings: one statement judges them, one writes.

The judgement is that of ``rules.link_outcome``; a test compares them.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.sql import Args
from kvartal.housing.api import BUILDING
from kvartal.permissions import BUILDING_EDIT
from kvartal_meters.resource_settings.queries.applying import SHOWN
from kvartal_meters.resource_settings.rules import Link, LinkOutcome, complete, records_of

__all__ = ["LinkJudgement", "judge_link", "write_link"]


@dataclass(frozen=True, slots=True)
class LinkJudgement:
    """How many buildings meet which outcome, and the first that change or are protected.

    Their records hold the building (``building_``), the service that it has (``service_id``) and
    the owner of the rule over it (``lock_``).
    """

    counts: Mapping[LinkOutcome, int]
    changed: Sequence[Record]
    locked: Sequence[Record]

    @property
    def changes(self) -> int:
        """How many buildings get the service."""
        return sum(self.counts[outcome] for outcome in _CHANGING)


_CHANGING = (LinkOutcome.LINKED, LinkOutcome.REPLACED)
_TOTALS = ", ".join(
    f"count(*) FILTER (WHERE outcome = '{outcome}') OVER () AS \"{outcome}\""
    for outcome in LinkOutcome
)
_NAMES = ", ".join(f'n."{outcome}"' for outcome in LinkOutcome)


async def judge_link(actor: Actor, link: Link) -> LinkJudgement:
    """What linking would do to the buildings that the actor may change."""
    args = Args()
    rows = await fetch(
        f"""
        {_judged(args, actor, link)}, numbered AS (
            SELECT j.*, {_TOTALS}, row_number() OVER (
                PARTITION BY outcome IN ('LINKED', 'REPLACED'), outcome = 'LOCKED'
                ORDER BY sort_key, id) AS place
            FROM judged j
        ), shown AS MATERIALIZED (
            SELECT * FROM numbered
            WHERE place <= CASE outcome WHEN 'UNCHANGED' THEN 1 ELSE {SHOWN} END
        )
        SELECT n.outcome, n.service_id, {_NAMES}, rule.level AS lock_level,
            {BUILDING.columns("b", "building_")},
            coalesce(lq.id, lg.id) AS lock_place_id, coalesce(lq.name, lg.name) AS lock_name
        FROM shown n JOIN {BUILDING.source("b")} ON b.id = n.id
        LEFT JOIN meters_resource_rule rule ON rule.id = n.rule_id
        LEFT JOIN kvartal_quarter lq ON lq.id = rule.quarter_id
        LEFT JOIN kvartal_building_group lg ON lg.id = rule.group_id
        ORDER BY n.sort_key, n.id
        """,
        *args,
    )
    totals = rows[0] if rows else dict.fromkeys(LinkOutcome, 0)
    return LinkJudgement(
        {outcome: totals[outcome] for outcome in LinkOutcome},
        [row for row in rows if row["outcome"] in _CHANGING],
        [row for row in rows if row["outcome"] == LinkOutcome.LOCKED],
    )


async def write_link(actor: Actor, link: Link, *, now: datetime) -> None:
    """Give the service to the buildings that it changes; one without a row has the defaults."""
    args = Args()
    judged = _judged(args, actor, link)
    [defaults] = [
        row for row in records_of(complete({})) if row["resource_kind"] == link.resource_kind
    ]
    columns = [name for name in defaults if name not in {"resource_kind", "service_id"}]
    values = ", ".join(args.add(defaults[name]) for name in columns)
    kind, service = args.add(link.resource_kind.value), args.add(link.service_id)
    moment = args.add(now)
    await execute(
        f"""
        {judged}
        INSERT INTO meters_resource_settings (id, organization_id, level, building_id,
            {", ".join(columns)}, resource_kind, service_id, version, created_at, updated_at)
        SELECT kvartal_uuid7(), j.organization_id, 'BUILDING', j.id, {values}, {kind}, {service},
            j.version + 1, {moment}, {moment}
        FROM judged j WHERE j.outcome IN ('LINKED', 'REPLACED')
        ON CONFLICT (organization_id, building_id, resource_kind) WHERE building_id IS NOT NULL
        DO UPDATE SET service_id = excluded.service_id, version = excluded.version,
            updated_at = excluded.updated_at
        """,
        *args,
    )


def _judged(args: Args, actor: Actor, link: Link) -> str:
    """``WITH`` the buildings that the actor may change, each with its outcome."""
    mine = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=BUILDING_EDIT
    )
    kind, service = args.add(link.resource_kind.value), args.add(link.service_id)
    # Whoever links everywhere means the buildings that are there, not those in the archive.
    where = f"b.id = {args.add(link.building_id)}" if link.building_id else "b.archived_at IS NULL"
    return f"""
        WITH standing AS MATERIALIZED (
            SELECT b.id, b.organization_id, b.sort_key, now.version, now.rule_id, now.service_id
            FROM kvartal_building b
            -- An index read for each building, whatever the planner knows of the tables.
            CROSS JOIN LATERAL (
                SELECT coalesce(max(s.version), 0) AS version,
                    (array_agg(s.locked_by_id) FILTER (WHERE s.locked_by_id IS NOT NULL))[1]
                        AS rule_id,
                    (array_agg(s.service_id) FILTER (WHERE s.resource_kind = {kind}))[1]
                        AS service_id
                FROM meters_resource_settings s
                WHERE s.organization_id = b.organization_id AND s.building_id = b.id
            ) now
            WHERE b.organization_id = {args.add(link.organization_id)} AND {where} AND {mine}
        ), judged AS (
            SELECT b.*, CASE
                    WHEN rule_id IS NOT NULL THEN '{LinkOutcome.LOCKED}'
                    WHEN service_id = {service} THEN '{LinkOutcome.UNCHANGED}'
                    WHEN service_id IS NULL THEN '{LinkOutcome.LINKED}'
                    ELSE '{LinkOutcome.REPLACED}'
                END AS outcome
            FROM standing b
        )"""
