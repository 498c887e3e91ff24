"""The statements of the registration of meters: those that rows may mean, and what is written."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import execute, fetch
from kvartal.db.sql import Args, plain_array
from kvartal_meters.permissions import METER_REGISTER
from kvartal_meters.registration.queries.entries import ENTRY_COLUMNS, READ_COLUMNS, entry_of
from kvartal_meters.registration.rules.entries import MeterEntry, SentMeter
from kvartal_meters.registration.rules.lone import may_mean_the_only_one

__all__ = ["hold_meters", "insert_meters", "meters_like", "update_meters", "write_details"]

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "account_id": "uuid",
        "type": "text",
        "resource_kind": "text",
        "identifier": "text",
        "external_id": "text",
        "brand": "text",
        "model": "text",
        "serial_number": "text",
        "commissioned_on": "date",
        "verification_interval": "int",
        "verified_on": "date",
        "next_verification_on": "date",
        "status": "text",
        "int_digits": "int",
        "transformation_ratio": "numeric",
        "initial_t1": "numeric",
        "initial_t2": "numeric",
        "initial_t3": "numeric",
    }
)
_DETAILS: Mapping[str, str] = MappingProxyType(
    {"installation_place": "text", "installed_on": "date", "sealed_on": "date", "condition": "text"}
    | dict.fromkeys(
        ("antimagnetic_seal", "temperature_sensor", "pressure_sensor", "remote_reading"), "bool"
    )
)
Row = tuple[MeterEntry, Mapping[str, Any]]
"""A meter with its columns."""


async def hold_meters(organization_id: UUID) -> None:
    """Until the end of the transaction nobody else registers the organization's meters."""
    await execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('kvartal.meters:' || $1::text, 0))",
        str(organization_id),
    )


async def meters_like(
    actor: Actor, organization_id: UUID, rows: Sequence[SentMeter]
) -> list[MeterEntry]:
    """The meters that rows may mean, locked, and those that have the keys which rows give."""
    args = Args()
    organization = args.add(organization_id)
    branches = _branches(args, organization, rows)
    seen = visible_to_staff(
        actor,
        args,
        organization="m.organization_id",
        building="m.building_id",
        permission=METER_REGISTER,
    )
    # What was read of old is dear to ask of every meter, and only the digits hang on it.
    is_counted = any("int_digits" in row.fields for row in rows)
    found = await fetch(
        f"""
        SELECT {ENTRY_COLUMNS}, {seen} AS seen,
            {READ_COLUMNS if is_counted else "NULL::numeric AS highest, false AS rolled"}
        FROM meters_meter m
        JOIN kvartal_building b
            ON b.organization_id = m.organization_id AND b.id = m.building_id
        LEFT JOIN kvartal_premise p
            ON p.organization_id = m.organization_id AND p.id = m.premise_id
        LEFT JOIN meters_collective_details d ON d.meter_id = m.id
        WHERE m.id IN ({" UNION ".join(branches)})
        ORDER BY m.id FOR NO KEY UPDATE OF m
        """,
        *args,
    )
    return [entry_of(row) for row in found]


def _branches(args: Args, organization: str, rows: Sequence[SentMeter]) -> list[str]:
    own = f"SELECT k.id FROM meters_meter k WHERE k.organization_id = {organization}"

    def among(column: str, kind: str, values: Iterable[object]) -> str:
        return f"{own} AND k.{column} = ANY({args.add(list(set(values)))}::{kind}[])"

    ids = [row.id for row in rows if row.id]
    codes = [row.fields["external_id"] for row in rows if row.fields.get("external_id")]
    identifiers = [row.fields["identifier"] for row in rows if row.fields.get("identifier")]
    accounts = [
        row.fields["account_id"]
        for row in rows
        if row.fields.get("account_id") and row.fields.get("serial_number")
    ]
    found = [among("id", "uuid", ids)]
    if codes:
        found.append(among("external_id", "text", codes))
    if identifiers:
        found.append(among("identifier", "text", identifiers) + " AND k.status <> 'ARCHIVED'")
        found.append(among("identifier", "text", identifiers) + " AND k.status = 'ARCHIVED'")
    if accounts:
        found.append(among("account_id", "uuid", accounts))
    lone = [row.fields for row in rows if may_mean_the_only_one(row)]
    if lone:
        types = args.add(sorted({fields["type"].value for fields in lone}))
        found.append(
            among("account_id", "uuid", (fields["account_id"] for fields in lone))
            + f" AND k.type = ANY({types}::text[]) AND k.status <> 'ARCHIVED'"
        )
    return found


async def insert_meters(organization_id: UUID, rows: Sequence[Row], *, now: datetime) -> None:
    """Write new meters; their searched text is made afterwards."""
    if not rows:
        return
    names = ", ".join(COLUMNS)
    arrays = _arrays(["uuid", "uuid", "uuid", "text", *COLUMNS.values()])
    await execute(
        "INSERT INTO meters_meter (id, organization_id, building_id, premise_id, scope,"
        f" {names}, archived_at, search, version, created_at, updated_at)"
        f" SELECT n.id, $1, n.building_id, n.premise_id, n.scope, {names},"
        " CASE WHEN n.status = 'ARCHIVED' THEN $2::timestamptz END, '', 1, $2, $2"
        f" FROM unnest({arrays}) AS n(id, building_id, premise_id, scope, {names})",
        organization_id,
        now,
        plain_array(entry.id for entry, _ in rows),
        plain_array(entry.site.building_id for entry, _ in rows),
        plain_array(entry.site.premise_id for entry, _ in rows),
        [entry.scope.value for entry, _ in rows],
        *_columns(COLUMNS, [columns for _, columns in rows]),
    )


async def update_meters(organization_id: UUID, rows: Sequence[Row], *, now: datetime) -> None:
    """Write changed meters; another status than at night is nobody's but the integrator's."""
    if not rows:
        return
    arrays = _arrays(["uuid", *COLUMNS.values()])
    await execute(
        f"UPDATE meters_meter t SET {', '.join(f'{name} = n.{name}' for name in COLUMNS)},"
        " archived_at = CASE WHEN n.status = 'ARCHIVED'"
        " THEN coalesce(t.archived_at, $2::timestamptz) END,"
        " archive_reason = CASE WHEN n.status = t.status THEN t.archive_reason END,"
        " verification_reason = CASE WHEN n.status = t.status THEN t.verification_reason END,"
        " version = t.version + 1, updated_at = $2"
        f" FROM unnest({arrays}) AS n(id, {', '.join(COLUMNS)})"
        " WHERE t.organization_id = $1 AND t.id = n.id",
        organization_id,
        now,
        plain_array(entry.id for entry, _ in rows),
        *_columns(COLUMNS, [columns for _, columns in rows]),
    )


async def write_details(
    organization_id: UUID, ids: Sequence[UUID], entries: Sequence[MeterEntry], *, now: datetime
) -> None:
    """Write what only house meters have; ``ids``: those of rows that are not there yet."""
    if not entries:
        return
    names = ", ".join(_DETAILS)
    arrays = _arrays(["uuid", "uuid", *_DETAILS.values()])
    await execute(
        "INSERT INTO meters_collective_details"
        f" (id, organization_id, meter_id, {names}, created_at, updated_at)"
        f" SELECT n.id, $1, n.meter_id, {names}, $2, $2"
        f" FROM unnest({arrays}) AS n(id, meter_id, {names})"
        " ON CONFLICT (meter_id) DO UPDATE SET updated_at = $2,"
        f" {', '.join(f'{name} = excluded.{name}' for name in _DETAILS)}",
        organization_id,
        now,
        plain_array(ids),
        plain_array(entry.id for entry in entries),
        *_columns(_DETAILS, [entry.fields for entry in entries]),
    )


def _arrays(kinds: Iterable[str]) -> str:
    """The parameters of columns, from the third on: texts as lists, all else as plain arrays."""
    return ", ".join(
        f"${place}::{'' if kind == 'text' else 'text::'}{kind}[]"
        for place, kind in enumerate(kinds, start=3)
    )


def _columns(kinds: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> list[object]:
    """The values by column; closed sets by their values: asyncpg knows no enums."""
    return [
        [_plain(row.get(name)) for row in rows]
        if kind == "text"
        else plain_array(row.get(name) for row in rows)
        for name, kind in kinds.items()
    ]


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
