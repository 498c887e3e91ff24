"""How PostgreSQL does what lists and submissions ask: by indexes, and planned once."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, execute, fetch
from kvartal.graphql.paging import page_of
from kvartal.housing.queries import rows as housing
from kvartal.housing.sources import PREMISES
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.readings.queries import listing, saving
from kvartal_meters.readings.queries.filtering import ReadingFilter
from kvartal_meters.readings.sources import BY_MONTH
from kvartal_meters.testing import Home
from kvartal_meters.widget import queries as widget

PAGE = page_of(50, None, None, None)
ENOUGH = 7  # PostgreSQL plans five times before it takes a plan for good

Ask = Callable[[Actor, list[UUID]], Awaitable[object]]


async def test_the_list_of_a_rare_resource_is_read_from_an_index(town: Any) -> None:
    await _many_readings(town.organization.id)

    plan = await _plan(town.clerk, ReadingFilter(resource_kind=ResourceKind.GAS))

    assert "meters_reading_by_resource" in plan
    assert "Seq Scan on meters_reading" not in plan


@pytest.mark.parametrize(
    "where", [ReadingFilter(words=("полевая",)), ReadingFilter(latest_only=True)]
)
async def test_a_meter_that_is_asked_something_is_looked_up_once_and_by_its_hash(
    town: Any, where: ReadingFilter
) -> None:
    await _many_readings(town.organization.id)
    await _many_meters(town.organization.id)

    plan = await _plan(town.clerk, where)

    assert plan.count(" on meters_meter ") == 1
    assert "Scan using meters_meter_by_hash on meters_meter " in plan


@pytest.mark.parametrize(
    ("case", "ask"),
    [
        ("what the rules ask", lambda _, ids: saving.meter_facts(ids)),
        (
            "readings of meters",
            lambda actor, ids: listing.of_parents(actor, "meter", ids, PAGE, BY_MONTH),
        ),
        ("the widget", lambda actor, ids: widget.meters_of_premises(actor, ids)),
        ("premises", lambda actor, ids: housing.by_ids(PREMISES, actor, ids)),
    ],
)
async def test_a_statement_about_few_rows_is_planned_once(
    town: Any, home: Home, case: str, ask: Ask
) -> None:
    async def anew(text: str, *args: Any) -> list[Record]:
        # A statement of its own: what others have made of it while tables were empty counts on.
        return await fetch(f"{text} -- {case}", *args)

    await _many_premises(town.north.id)
    asked = [home.meter.id, home.premise.id]
    with ExitStack() as stack:
        for module in (saving, listing, widget, housing):
            stack.enter_context(patch.object(module, "fetch", anew))
        for _ in range(ENOUGH):
            await ask(town.clerk, asked)
        before = await _plans()
        await ask(town.clerk, asked)
        after = await _plans()

    [(made_anew, taken)] = [
        (after[text][0] - before[text][0], after[text][1] - before[text][1])
        for text in after
        if text in before and after[text] != before[text] and "pg_prepared" not in text
    ]
    assert (made_anew, taken) == (0, 1)


async def _plan(actor: Actor, where: ReadingFilter) -> str:
    """How a page of the list is done."""
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> list[Record]:
        sent.append((text, args))
        return []

    with patch.object(listing, "fetch", note):
        await listing.page_of_readings(actor, listing.Selection(where), PAGE)
    [(text, args)] = sent
    rows = await fetch(f"EXPLAIN {text}", *args)
    return "\n".join(row["QUERY PLAN"] for row in rows)


async def _plans() -> dict[str, tuple[int, int]]:
    """How often each statement of the connection was planned anew, and how often not."""
    rows = await fetch("SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements")
    return {row["statement"]: (row["custom_plans"], row["generic_plans"]) for row in rows}


async def _many_readings(organization: UUID) -> None:
    await execute(
        """
        INSERT INTO meters_reading (id, created_at, updated_at, version, organization_id,
            building_id, premise_id, meter_id, scope, resource_kind, billing_month, taken_on,
            submitted_at, author_kind, channel, t1, needs_review, transformation_ratio)
        SELECT gen_random_uuid(), created_at, updated_at, 1, organization_id, building_id,
            premise_id, meter_id, scope, resource_kind,
            (date '0100-01-01' + n * interval '1 month')::date, taken_on,
            submitted_at, author_kind, channel, t1, false, 1
        FROM (SELECT * FROM meters_reading WHERE organization_id = $1 LIMIT 1) AS one,
            generate_series(1, 20000) AS n
        """,
        organization,
    )
    await execute("ANALYZE meters_reading")


async def _many_meters(organization: UUID) -> None:
    """So many that none reads them all."""
    await execute(
        """
        INSERT INTO meters_meter (id, created_at, updated_at, version, organization_id, building_id,
            premise_id, scope, type, resource_kind, identifier, status, transformation_ratio,
            search)
        SELECT gen_random_uuid(), created_at, updated_at, 1, organization_id, building_id,
            premise_id, scope, type, resource_kind, 'many ' || n, status, 1, search
        FROM (SELECT * FROM meters_meter WHERE organization_id = $1 LIMIT 1) AS one,
            generate_series(1, 5000) AS n
        """,
        organization,
    )
    await execute("ANALYZE meters_meter")


async def _many_premises(building: UUID) -> None:
    """So many that the planner would rather look for one of them than for ten."""
    await execute(
        """
        INSERT INTO kvartal_premise (id, created_at, updated_at, version, organization_id,
            building_id, number, sort_key, kind, search)
        SELECT kvartal_uuid7(), now(), now(), 1, b.organization_id, b.id, 'N' || n, n::text,
            'RESIDENTIAL', 'n' || n
        FROM kvartal_building b, generate_series(1, 3000) AS n WHERE b.id = $1
        """,
        building,
    )
    await execute("ANALYZE kvartal_premise")
