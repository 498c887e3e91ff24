"""The statements of the exchange's settings: one for both directions, one for what is scheduled."""
# ruff: noqa: S608 -- made of constants; values are parameters

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.models import uuid7
from kvartal.db.sql import Args
from kvartal_integration.access import managed
from kvartal_integration.operations.rules import Direction
from kvartal_integration.schedules.rules import Schedule
from kvartal_integration.schedules.setup import Exchange, Setup, usual

__all__ = ["Scheduled", "exchange_of", "hold_settings", "scheduled", "write_setup"]

_COLUMNS = (
    "s.direction, s.version, s.is_scheduled, s.minutes, s.hours, s.days, s.months, s.weekdays,"
    " s.emails, s.paths, s.delete_after_reading, s.directory, s.name_template, s.whole_month,"
    " s.last_started_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """An organization whose exchange in a direction runs by itself."""

    organization_id: UUID
    timezone: str
    saved_at: datetime
    setup: Setup


async def exchange_of(actor: Actor, organization_id: UUID) -> Exchange | None:
    """How an organization exchanges files; none if the actor does not manage that."""
    args = Args()
    own = managed(actor, args, "g.id")
    rows = await fetch(
        "SELECT g.id, g.number, g.timezone, g.billing_month_shift, EXISTS (SELECT FROM"
        f" integration_connection c WHERE c.organization_id = g.id) AS is_connected, {_COLUMNS}"
        " FROM kvartal_organization g LEFT JOIN integration_settings s ON s.organization_id = g.id"
        f" WHERE g.id = {args.add(organization_id)} AND"
        f" {own}",
        *args,
    )
    if not rows:
        return None
    saved = [_setup(row) for row in rows if row["direction"] is not None]
    return Exchange(
        organization_id=rows[0]["id"],
        number=rows[0]["number"],
        timezone=rows[0]["timezone"],
        billing_month_shift=rows[0]["billing_month_shift"],
        is_connected=rows[0]["is_connected"],
        setups={each: usual(each) for each in Direction} | {each.direction: each for each in saved},
    )


async def scheduled(direction: Direction) -> list[Scheduled]:
    """All organizations whose exchange in that direction runs by itself."""
    rows = await fetch(
        f"SELECT s.organization_id, g.timezone, s.updated_at, {_COLUMNS}"
        " FROM integration_settings s JOIN kvartal_organization g ON g.id = s.organization_id"
        " WHERE s.direction = $1 AND s.is_scheduled ORDER BY s.organization_id",
        direction,
    )
    return [
        Scheduled(
            organization_id=row["organization_id"],
            timezone=row["timezone"],
            saved_at=row["updated_at"],
            setup=_setup(row),
        )
        for row in rows
    ]


async def hold_settings(organization_id: UUID) -> None:
    """Let nobody else change the settings of the organization before the commit."""
    await execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"integration.settings:{organization_id}",
    )


async def write_setup(organization_id: UUID, setup: Setup, *, now: datetime) -> None:
    """Save the form of a direction, which is held."""
    await execute(
        "INSERT INTO integration_settings AS s (id, organization_id, direction, version,"
        " is_scheduled, minutes, hours, days, months, weekdays, emails, paths,"
        " delete_after_reading, directory, name_template, whole_month, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13, $14, $15,"
        " $16, $17, $17) ON CONFLICT (organization_id, direction) DO UPDATE SET"
        " version = excluded.version, is_scheduled = excluded.is_scheduled,"
        " minutes = excluded.minutes, hours = excluded.hours, days = excluded.days,"
        " months = excluded.months, weekdays = excluded.weekdays, emails = excluded.emails,"
        " paths = excluded.paths, delete_after_reading = excluded.delete_after_reading,"
        " directory = excluded.directory, name_template = excluded.name_template,"
        " whole_month = excluded.whole_month, updated_at = excluded.updated_at",
        uuid7(),
        organization_id,
        setup.direction,
        setup.version,
        setup.is_scheduled,
        setup.schedule.minutes,
        setup.schedule.hours,
        setup.schedule.days,
        setup.schedule.months,
        setup.schedule.weekdays,
        orjson.dumps(setup.emails).decode(),
        orjson.dumps(setup.paths).decode(),
        setup.delete_after_reading,
        setup.directory,
        setup.name_template,
        setup.whole_month,
        now,
    )


def _setup(row: Record) -> Setup:
    return Setup(
        direction=Direction(row["direction"]),
        version=row["version"],
        is_scheduled=row["is_scheduled"],
        schedule=Schedule(
            minutes=row["minutes"],
            hours=row["hours"],
            days=row["days"],
            months=row["months"],
            weekdays=row["weekdays"],
        ),
        emails=tuple(orjson.loads(row["emails"])),
        paths=tuple(orjson.loads(row["paths"])),
        delete_after_reading=row["delete_after_reading"],
        directory=row["directory"],
        name_template=row["name_template"],
        whole_month=row["whole_month"],
        last_started_at=row["last_started_at"],
    )
