"""``python -m tests.bench.reminders``: whom a window day and the night's dates concern, at scale.

An embedded PostgreSQL of its own with 1.5 million premises in 15 000 houses and 4.5 million
meters; a third of the houses opens on the day, another third on the day that closes it. Prints
the plan and the time of the first, a middle and the last chunk, and of the whole walk.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch
from uuid import UUID

from kvartal.db import migrations
from kvartal.db.connection import Record, execute, fetch
from kvartal.embedded import EmbeddedPostgres, Servers
from kvartal.host import load_host
from kvartal.testing.databases import create_database
from kvartal.testing.host import settings_for
from kvartal_meters.reminders import queries
from kvartal_meters.reminders.rules import PremiseToVerify, WindowEdge, WindowPremise
from kvartal_meters.reminders.service import meters_to_verify, premises_of_window_day

FLATS = 100
CHUNK = 2_000
ZONE = "Europe/Moscow"
OPENS, CLOSES = date(2026, 11, 15), date(2026, 11, 25)

Chunk = list[WindowPremise] | list[PremiseToVerify]
Ask = Callable[[UUID | None], Awaitable[Chunk]]

# Three meters a flat. Of ten, six have sent this month's reading and one in a thousand has one of
# a month that is to come; the rest sent the last one. Verification falls due over seven years.
_ESTATE = (
    """
    INSERT INTO kvartal_organization (id, created_at, updated_at, version, number, name, kind,
        timezone, billing_month_shift)
    SELECT kvartal_uuid7(), now(), now(), 1, n, 'УК ' || n, 'MANAGEMENT_COMPANY', '{zone}', 0
    FROM generate_series(1, 150) AS n
    """,
    """
    INSERT INTO kvartal_building (id, created_at, updated_at, version, organization_id, address,
        sort_key, timezone)
    SELECT kvartal_uuid7(), now(), now(), 1, o.id, 'Москва, ул. Полевая, д. ' || n,
        lpad(n::text, 6, '0'), '{zone}'
    FROM generate_series(1, {houses}) AS n JOIN kvartal_organization o ON o.number = n % 150 + 1
    """,
    """
    INSERT INTO meters_resource_settings (id, created_at, updated_at, version, level,
        resource_kind, active, start_day, end_day, fractions_allowed, accepts_expired, building_id,
        organization_id)
    SELECT kvartal_uuid7(), now(), now(), 1, 'BUILDING', kind, kind <> 'GAS',
        (ARRAY[15, 20, 25])[third], (ARRAY[25, 28, 5])[third], true, third = 1, b.id,
        b.organization_id
    FROM (SELECT *, sort_key::int % 3 + 1 AS third FROM kvartal_building) b,
        unnest(ARRAY['WATER', 'WASTEWATER', 'ELECTRICITY', 'HEATING', 'GAS']) AS kind
    """,
    """
    INSERT INTO kvartal_premise (id, created_at, updated_at, version, organization_id, building_id,
        number, sort_key, kind, search)
    SELECT kvartal_uuid7(), now(), now(), 1, b.organization_id, b.id, n::text,
        lpad(n::text, 6, '0'), 'RESIDENTIAL', ''
    FROM kvartal_building b, generate_series(1, {flats}) AS n ORDER BY b.id, n
    """,
    """
    INSERT INTO meters_meter (id, created_at, updated_at, version, scope, type, resource_kind,
        identifier, brand, model, serial_number, commissioned_on, verification_interval,
        verified_on, status, int_digits, transformation_ratio, initial_t1, initial_t2, search,
        building_id, organization_id, premise_id, latest_month, latest_submitted_at)
    SELECT kvartal_uuid7(), now(), now(), 1, 'INDIVIDUAL', t.type, t.kind,
        'M-' || row_number() OVER (), 'Бренд', 'СВ-15', 'SN' || row_number() OVER (),
        date '2019-06-01', 6, date '2019-12-01' + (random() * 2555)::int,
        CASE WHEN random() < 0.02 THEN 'VERIFICATION' ELSE 'ACTIVE' END, 6, 1, 0, t.second, '',
        p.building_id, p.organization_id, p.id, CASE WHEN chance < 0.001 THEN date '2026-12-01'
            WHEN chance < 0.6 THEN date '2026-11-01' ELSE date '2026-10-01' END, now()
    FROM kvartal_premise p,
        (VALUES ('COLD_WATER', 'WATER', NULL), ('HOT_WATER', 'WATER', NULL),
            ('ELECTRICITY_2T', 'ELECTRICITY', 0)) AS t(type, kind, second),
        LATERAL (SELECT random() AS chance WHERE p.id IS NOT NULL AND t.type IS NOT NULL) AS draw
    ORDER BY p.id, t.type
    """,
    """
    INSERT INTO meters_reading (id, created_at, updated_at, version, scope, resource_kind,
        billing_month, taken_on, submitted_at, author_kind, channel, t1, t2, consumption,
        needs_review, transformation_ratio, building_id, meter_id, organization_id, premise_id)
    SELECT kvartal_uuid7(), now(), now(), 1, m.scope, m.resource_kind, m.latest_month,
        m.latest_month, now(), 'RESIDENT', 'RESIDENT_APP', 1, m.initial_t2, 1, false, 1,
        m.building_id, m.id, m.organization_id, m.premise_id
    FROM meters_meter m
    """,
)
_SEEDED = (
    "kvartal_organization",
    "kvartal_building",
    "meters_resource_settings",
    "kvartal_premise",
    "meters_meter",
    "meters_reading",
)


def main(argv: Sequence[str]) -> int:
    """Seed, walk, tell."""
    parser = argparse.ArgumentParser(prog="tests.bench.reminders", description=__doc__)
    parser.add_argument("--houses", type=int, default=15_000, help="of 100 flats (15 000)")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="kvartal-bench-") as directory:
        asyncio.run(_run(Path(directory), arguments.houses))
    return 0


async def _run(directory: Path, houses: int) -> None:
    async with _estate(directory, houses):
        for title, ask in (
            ("a window opens", _window(OPENS, WindowEdge.FIRST)),
            ("a window's last day", _window(CLOSES, WindowEdge.LAST)),
            ("verification", _verification(OPENS)),
            ("no window at all", _window(date(2026, 11, 10), WindowEdge.FIRST)),
            ("no verification", _verification(date(2045, 1, 1))),
        ):
            await _walk(title, ask)


def _window(day: date, edge: WindowEdge) -> Ask:
    return lambda after: premises_of_window_day(ZONE, day, edge=edge, after=after, limit=CHUNK)


def _verification(day: date) -> Ask:
    return lambda after: meters_to_verify(ZONE, day, after=after, limit=CHUNK)


@asynccontextmanager
async def _estate(directory: Path, houses: int) -> AsyncIterator[None]:
    with EmbeddedPostgres(directory / "postgres", durable=False) as postgres:
        await create_database(postgres.url, "kvartal_bench")
        host = load_host(
            settings_for(
                Servers(postgres.url, "redis://127.0.0.1:1"),
                "kvartal_bench",
                frozenset({"meters"}),
                "kvartal-bench",
                log_level="ERROR",
                statement_timeout_ms=3_600_000,
            )
        )
        await migrations.migrate(host.tortoise, host.registry.chains)
        async with host.running():
            await _seed(houses)
            yield


async def _seed(houses: int) -> None:
    # Whatever is made refers to what is there: the keys need not be looked up a dozen times a row.
    for table in _SEEDED:
        await execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for text in _ESTATE:
        begun = perf_counter()
        tag = await execute(text.format(zone=ZONE, houses=houses, flats=FLATS))
        _say(f"{tag}: {perf_counter() - begun:.0f} s")
    for table in _SEEDED:
        await execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        await execute(f"VACUUM (ANALYZE) {table}")
    await execute("CHECKPOINT")


async def _walk(title: str, ask: Ask) -> None:
    """Go through all chunks; then the plans of three of them."""
    cursors: list[UUID | None] = []
    spent: list[float] = []
    after, premises, is_last = None, 0, False
    while not is_last:
        begun = perf_counter()
        chunk = await ask(after)
        spent.append(perf_counter() - begun)
        cursors.append(after)
        is_last = len(chunk) < CHUNK
        premises += len(chunk)
        after = None if is_last else chunk[-1].premise_id
    _say(
        f"\n== {title}: {premises} premises, {len(spent)} chunks of {CHUNK} in {sum(spent):.1f} s;"
        f" a chunk {min(spent) * 1000:.0f} to {max(spent) * 1000:.0f} ms"
    )
    for name, place in (("first", 0), ("middle", len(spent) // 2), ("last", len(spent) - 1)):
        _say(f"\n-- {name} chunk: {spent[place] * 1000:.0f} ms")
        with patch.object(queries, "fetch", _explained):
            await ask(cursors[place])


async def _explained(text: str, *args: Any) -> list[Record]:
    for row in await fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {text}", *args):
        _say(row["QUERY PLAN"])
    return []


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the command line speaks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
