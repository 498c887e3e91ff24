"""The incremental pull beside writers that take their time: its cursor passes nothing."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import execute
from kvartal.db.settled import MARGIN, settled_until
from kvartal.db.transaction import unit_of_work
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import Committed
from kvartal.testing.watch import QueryCounter
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_home, a_meter, a_reading

PULL = """
query ($after: String, $orderBy: ReadingOrder = UPDATED_AT) {
  readings(orderBy: $orderBy, after: $after) {
    nodes { meter { identifier } }
    pageInfo { endCursor hasNextPage }
  }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]


async def pulled(client: GraphQLClient, actor: Actor, after: str | None = None) -> tuple[Any, Any]:
    """The identifiers of a page, and its last cursor."""
    answer = await client(PULL, {"after": after}, actor=actor)
    found = answer["data"]["readings"]
    return [each["meter"]["identifier"] for each in found["nodes"]], found["pageInfo"]["endCursor"]


async def pulled_later(
    client: GraphQLClient, actor: Actor, after: str | None = None
) -> tuple[Any, Any]:
    """The same when what was saved just now would be settled."""
    with clock.frozen(clock.now() + MARGIN + timedelta(milliseconds=1)):
        return await pulled(client, actor, after)


async def integrator_of(home: Home) -> Actor:
    token = await a_service_token(home.organization, permissions=[SUBMIT.code])
    return await actor_of(token)


@pytest.mark.committed
async def test_a_row_that_commits_late_is_not_passed(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home(identifier="ПОЗДНИЙ")
        quick = await a_meter(premise=home.premise, identifier="БЫСТРЫЙ")
        integrator = await integrator_of(home)
        outside = copy_context()

        async with unit_of_work():
            await a_reading(home.meter, "2026-11", "1")
            # Stamped later, it is there before: the cursor must not go beyond it yet.
            await asyncio.create_task(a_reading(quick, "2026-11", "1"), context=outside)
            while_it_runs = await asyncio.create_task(
                pulled_later(own.client, integrator), context=outside
            )
        afterwards = await pulled_later(own.client, integrator, while_it_runs[1])

        assert while_it_runs == ([], None)
        assert afterwards[0] == ["ПОЗДНИЙ", "БЫСТРЫЙ"]


@pytest.mark.committed
async def test_the_oldest_writer_of_this_database_alone_counts(committed: OwnDatabase) -> None:
    async with committed():
        outside = copy_context()
        before = clock.now()
        alone = await settled_until()

        async with unit_of_work():
            await execute("SELECT 1")
            reading = await asyncio.create_task(settled_until(), context=outside)
            await execute("CREATE TEMPORARY TABLE written (id int) ON COMMIT DROP")
            await asyncio.sleep(0.2)
            own = await settled_until()
            writing = await asyncio.create_task(settled_until(), context=outside)
        done = await settled_until()

        assert before - MARGIN <= alone <= clock.now() - MARGIN
        # Who only reads keeps nobody waiting, nor does the transaction that asks.
        assert reading >= alone
        assert own > reading
        assert alone - timedelta(seconds=1) < writing < own - timedelta(milliseconds=150)
        assert done > own


async def test_what_was_saved_just_now_is_shown_a_little_later(
    gql: GraphQLClient, home: Home
) -> None:
    integrator = await integrator_of(home)
    meter = await a_meter(premise=home.premise, identifier="НОВЫЙ")
    with clock.frozen(clock.now()):
        await a_reading(meter, "2026-11", "1")
        at_once = await pulled(gql, integrator)
        with clock.frozen(clock.now() + MARGIN):
            still = await pulled(gql, integrator)
        with clock.frozen(clock.now() + MARGIN + timedelta(microseconds=1)):
            later = await pulled(gql, integrator)

    assert ["НОВЫЙ" in each for each, _ in (at_once, still, later)] == [False, False, True]


async def test_only_the_order_of_changes_asks_who_writes(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    integrator = await integrator_of(home)

    with queries.exactly(1):
        await gql(PULL, {"orderBy": "NEWEST_FIRST"}, actor=integrator)
    with queries.exactly(2):
        await gql(PULL, actor=integrator)
