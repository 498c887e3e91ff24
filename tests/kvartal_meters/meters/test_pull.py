"""The incremental pull of meters: its cursor passes nothing, and an index carries it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record, execute, fetch
from kvartal.db.settled import MARGIN
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.paging import page_of
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import Committed
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.queries import listing
from kvartal_meters.meters.queries.filtering import MeterFilter
from kvartal_meters.meters.sources import BY_UPDATE
from kvartal_meters.testing import Home, a_home, a_meter

PULL = """
query ($after: String, $orderBy: MeterOrder = UPDATED_AT) {
  meters(orderBy: $orderBy, after: $after, filter: {includeArchived: true}) {
    nodes { identifier }
    pageInfo { endCursor }
  }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]


async def pulled(client: GraphQLClient, actor: Actor, after: str | None = None) -> tuple[Any, Any]:
    """The identifiers of a page, and its last cursor."""
    found = (await client(PULL, {"after": after}, actor=actor))["data"]["meters"]
    return [each["identifier"] for each in found["nodes"]], found["pageInfo"]["endCursor"]


async def pulled_later(
    client: GraphQLClient, actor: Actor, after: str | None = None
) -> tuple[Any, Any]:
    """The same when what was saved just now would be settled."""
    with clock.frozen(clock.now() + MARGIN + timedelta(milliseconds=1)):
        return await pulled(client, actor, after)


@pytest.mark.committed
async def test_a_meter_that_commits_late_is_not_passed(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home(identifier="ПЕРВЫЙ")
        integrator = await actor_of(await a_service_token(home.organization))
        outside = copy_context()

        async with unit_of_work():
            await a_meter(premise=home.premise, identifier="ПОЗДНИЙ")
            # Stamped later, it is there before: the cursor must not go beyond it yet.
            quick = a_meter(premise=home.premise, identifier="БЫСТРЫЙ")
            await asyncio.create_task(quick, context=outside)
            while_it_runs = await asyncio.create_task(
                pulled_later(own.client, integrator), context=outside
            )
        afterwards = await pulled_later(own.client, integrator, while_it_runs[1])

    assert [*while_it_runs[0], *afterwards[0]] == ["ПЕРВЫЙ", "ПОЗДНИЙ", "БЫСТРЫЙ"]
    assert "БЫСТРЫЙ" not in while_it_runs[0]


async def test_what_was_saved_just_now_is_shown_a_little_later(
    gql: GraphQLClient, home: Home
) -> None:
    integrator = await actor_of(await a_service_token(home.organization))
    with clock.frozen(clock.now()):
        await a_meter(premise=home.premise, identifier="НОВЫЙ")
        at_once = await pulled(gql, integrator)
        with clock.frozen(clock.now() + MARGIN + timedelta(microseconds=1)):
            later = await pulled(gql, integrator)

    assert ["НОВЫЙ" in found for found, _ in (at_once, later)] == [False, True]


async def test_only_the_order_of_changes_asks_who_writes(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    integrator = await actor_of(await a_service_token(home.organization))

    with queries.exactly(1):
        await gql(PULL, {"orderBy": "NEWEST_FIRST"}, actor=integrator)
    with queries.exactly(2):
        await gql(PULL, actor=integrator)


async def test_the_pull_walks_an_index_and_sorts_nothing(home: Home) -> None:
    clerk = await actor_of(await an_employee(home.organization))
    await execute(
        """
        INSERT INTO meters_meter (id, created_at, updated_at, version, scope, type, resource_kind,
            identifier, status, transformation_ratio, search, building_id, organization_id,
            premise_id)
        SELECT gen_random_uuid(), updated_at, updated_at - n * interval '1 minute', 1, scope, type,
            resource_kind, 'М-' || n, status, 1, '', building_id, organization_id, premise_id
        FROM meters_meter, generate_series(1, 20000) AS n WHERE id = $1
        """,
        home.meter.id,
    )
    await execute("ANALYZE meters_meter")
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> list[Record]:
        sent.append((text, args))
        return []

    with patch.object(listing, "fetch", note):
        await listing.page_of_meters(
            clerk,
            listing.Selection(MeterFilter(archived=True)),
            page_of(50, None, None, None),
            BY_UPDATE,
        )
    [(text, args)] = sent
    plan = "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))

    assert "Index Scan using meters_meter_by_update" in plan
    assert "Seq Scan on meters_meter" not in plan
