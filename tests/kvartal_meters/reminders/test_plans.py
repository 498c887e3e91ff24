"""How PostgreSQL finds whom to remind: house by house, never through all readings."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest

from kvartal.db.connection import Record, execute, fetch
from kvartal_meters.reminders import queries
from kvartal_meters.reminders.rules import WindowEdge
from kvartal_meters.reminders.service import meters_to_verify, premises_of_window_day
from kvartal_meters.testing import a_home, a_reading

MOSCOW = "Europe/Moscow"
DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("case", "ask"),
    [
        (
            "a window's last day",
            lambda after: premises_of_window_day(
                MOSCOW, DAY, edge=WindowEdge.LAST, after=after, limit=100
            ),
        ),
        ("verification", lambda after: meters_to_verify(MOSCOW, DAY, after=after, limit=100)),
    ],
)
async def test_a_chunk_walks_the_indexes(
    db: None, case: str, ask: Callable[[Any], Awaitable[object]]
) -> None:
    home = await a_home()
    await a_reading(home.meter, "2026-12", "7")
    await many_of_everything()
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> list[Record]:
        sent.append((text, args))
        return []

    with patch.object(queries, "fetch", note):
        await ask(home.premise.id)

    [(text, args)] = sent
    plan = "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))
    # Organizations are few: how they are read is the planner's own affair.
    walked = plan.replace("Seq Scan on kvartal_organization", "")
    assert "Seq Scan" not in walked, case
    assert "Index Scan using kvartal_building_pkey" in plan, case


async def many_of_everything() -> None:
    """Houses of ten flats with two meters each that have a year of readings."""
    for text in (
        """
        INSERT INTO kvartal_building (id, created_at, updated_at, version, organization_id, address,
            sort_key, timezone)
        SELECT gen_random_uuid(), now(), now(), 1, organization_id, 'д. ' || n, n::text, timezone
        FROM kvartal_building, generate_series(1, 500) AS n
        """,
        """
        INSERT INTO meters_resource_settings (id, created_at, updated_at, version, level,
            resource_kind, active, start_day, end_day, fractions_allowed, accepts_expired,
            building_id, organization_id)
        SELECT gen_random_uuid(), now(), now(), 1, 'BUILDING', kind, true, 15, 25, true, true, id,
            organization_id
        FROM kvartal_building, unnest(ARRAY['GAS', 'ELECTRICITY', 'HEATING', 'WASTEWATER']) AS kind
        """,
        """
        INSERT INTO kvartal_premise (id, created_at, updated_at, version, organization_id,
            building_id, number, sort_key, kind, search)
        SELECT gen_random_uuid(), now(), now(), 1, organization_id, id, 'кв. ' || n, n::text,
            'RESIDENTIAL', ''
        FROM kvartal_building, generate_series(1, 10) AS n
        """,
        """
        INSERT INTO meters_meter (id, created_at, updated_at, version, scope, type, resource_kind,
            identifier, status, transformation_ratio, search, building_id, organization_id,
            premise_id, latest_month, next_verification_on)
        SELECT gen_random_uuid(), now(), now(), 1, 'INDIVIDUAL', 'GAS', 'GAS', id::text || n,
            'ACTIVE', 1, '', building_id, organization_id, id, '2026-10-01',
            date '2026-11-25' + 100 * n
        FROM kvartal_premise, generate_series(1, 2) AS n
        """,
        """
        INSERT INTO meters_reading (id, created_at, updated_at, version, organization_id,
            building_id, premise_id, meter_id, scope, resource_kind, billing_month, taken_on,
            submitted_at, author_kind, channel, t1, needs_review, transformation_ratio)
        SELECT gen_random_uuid(), now(), now(), 1, organization_id, building_id, premise_id, id,
            scope, resource_kind, (date '2025-10-01' + n * interval '1 month')::date, now(), now(),
            'RESIDENT', 'RESIDENT_APP', 1, false, 1
        FROM meters_meter, generate_series(0, 3) AS n WHERE type = 'GAS'
        """,
        "ANALYZE kvartal_building",
        "ANALYZE kvartal_premise",
        "ANALYZE meters_resource_settings",
        "ANALYZE meters_meter",
        "ANALYZE meters_reading",
    ):
        await execute(text)
