"""Writing settings and rules; all resources of a place are written together."""
# ruff: noqa: S608 -- made of constants; values are parameters

from datetime import datetime
from uuid import UUID

import orjson

from kvartal.db.connection import execute, fetch
from kvartal_meters.resource_settings.rules import Place, SettingsLevel, Table, records_of

__all__ = ["cancel_rule", "hold_settings", "keep_rule", "lock_building", "write_table"]


async def hold_settings(organization_id: UUID) -> None:
    """Let no other change of the organization's settings run until this one has committed.

    People change settings seldom, and one change may concern all buildings of the organization.
    """
    await fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"meters.resource_settings:{organization_id}",
    )


async def write_table(
    place: Place,
    organization_id: UUID,
    table: Table,
    *,
    version: int,
    locked_by: UUID | None,
    now: datetime,
) -> None:
    """Write the settings of all resources of a place over those it had."""
    column = f"{place.level.lower()}_id"
    await execute(
        f"""
        INSERT INTO meters_resource_settings (id, organization_id, level, {column}, resource_kind,
            active, start_day, end_day, fractions_allowed, accepts_expired, service_id,
            locked_by_id, version, created_at, updated_at)
        SELECT kvartal_uuid7(), $2, $3, $4, r.resource_kind, r.active, r.start_day, r.end_day,
            r.fractions_allowed, r.accepts_expired, r.service_id, $5, $6, $7, $7
        FROM jsonb_to_recordset($1::jsonb) AS r(resource_kind text, active bool, start_day int2,
            end_day int2, fractions_allowed bool, accepts_expired bool, service_id uuid)
        ON CONFLICT (organization_id, {column}, resource_kind) WHERE {column} IS NOT NULL
        DO UPDATE SET active = excluded.active, start_day = excluded.start_day,
            end_day = excluded.end_day, fractions_allowed = excluded.fractions_allowed,
            accepts_expired = excluded.accepts_expired, service_id = excluded.service_id,
            locked_by_id = excluded.locked_by_id, version = excluded.version,
            updated_at = excluded.updated_at
        """,
        orjson.dumps(records_of(table)).decode(),
        organization_id,
        place.level.value,
        place.id,
        locked_by,
        version,
        now,
    )


async def lock_building(building_id: UUID, rule_id: UUID | None, *, now: datetime) -> None:
    """Put a building under a rule, or under none, as its settings are."""
    await execute(
        "UPDATE meters_resource_settings SET locked_by_id = $2, version = version + 1,"
        " updated_at = $3 WHERE building_id = $1",
        building_id,
        rule_id,
        now,
    )


async def keep_rule(
    place: Place, organization_id: UUID, rule_id: UUID, table: Table, *, now: datetime
) -> None:
    """Put a rule in force with these settings, or give them to the one that is."""
    await execute(
        f"""
        INSERT INTO meters_resource_rule AS r (id, organization_id, level,
            {place.level.lower()}_id, snapshot, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5::jsonb, 1, $6, $6)
        ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot, version = r.version + 1,
            updated_at = excluded.updated_at
        """,
        rule_id,
        organization_id,
        place.level.value,
        place.id,
        orjson.dumps(records_of(table)).decode(),
        now,
    )


async def cancel_rule(rule_id: UUID, level: SettingsLevel, *, now: datetime) -> bool:
    """End a rule and take its locks away, or hand them to the quarters' rules.

    Whether there were any locks.
    """
    tag = await execute(
        """
        WITH ended AS (
            UPDATE meters_resource_rule SET cancelled_at = $3, updated_at = $3,
                version = version + 1 WHERE id = $1
        )
        UPDATE meters_resource_settings s
        SET locked_by_id = heir.id, version = s.version + 1, updated_at = $3
        FROM kvartal_building b LEFT JOIN meters_resource_rule heir
            ON heir.quarter_id = b.quarter_id AND heir.cancelled_at IS NULL AND $2
        WHERE s.locked_by_id = $1 AND b.id = s.building_id
        """,
        rule_id,
        level is SettingsLevel.GROUP,
        now,
    )
    return tag != "UPDATE 0"
