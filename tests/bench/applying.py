"""The settings of a quarter applied to ten thousand buildings, as a manager sees it happen."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from tests.bench.load import cpu_seconds, descendants
from tests.bench.paths import Row
from tests.bench.scene import Scene

from kvartal.db.connection import execute
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import an_employee, token_of
from kvartal.testing.factories import a_building, a_quarter, an_organization

__all__ = ["applying"]

BUILDINGS = 10_000

_COPIES = """
INSERT INTO kvartal_building SELECT (jsonb_populate_record(b, jsonb_build_object(
    'id', kvartal_uuid7(), 'address', 'ул. ' || g, 'sort_key', lpad(g::text, 6, '0')))).*
FROM kvartal_building b, generate_series(2, $2::int) g WHERE b.id = $1
"""
_UPDATE = """
mutation Update($id: ID!, $day: Int!) {
  updateResourceSettings(input: {level: QUARTER, id: $id, settings: [{resourceKind: WATER,
      active: true, startDay: $day, endDay: 25, fractionsAllowed: true, acceptsExpired: false}]}) {
    errors { code }
  }
}
"""
_APPLY = """
mutation Apply($id: ID!) {
  applyResourceSettings(input: {level: QUARTER, id: $id, mode: RULE}) {
    application { changed } errors { code }
  }
}
"""
_WATCH = """
subscription Watch($id: ID!) {
  settingsApplicationProgress(level: QUARTER, id: $id) { state done total }
}
"""


async def applying(scene: Scene) -> AsyncIterator[Row]:
    """Buildings that had no settings, then the same once more with others."""
    path = f"settings of {BUILDINGS} buildings"
    organization = await an_organization()
    quarter = await a_quarter(organization=organization)
    sample = await a_building(organization=organization, quarter=quarter)
    await execute(_COPIES, sample.id, BUILDINGS)
    await execute("ANALYZE kvartal_building")
    permissions = scene.host.registry.permissions
    token = await token_of(await an_employee(organization, permissions=permissions))
    place, target = encode_id("Quarter", quarter.id), scene.targets["kvartal"]
    headers, address = {"Authorization": f"Bearer {token}"}, f"127.0.0.1:{target.port}/graphql"
    over_http = HTTPXAsyncTransport(f"http://{address}", headers=headers, timeout=60)
    over_socket = WebsocketsTransport(
        f"ws://{address}", init_payload=headers, subprotocols=["graphql-transport-ws"]
    )
    async with Client(transport=over_http) as asked, Client(transport=over_socket) as watched:
        for day, what in enumerate(("none had any", "all had others"), 1):
            draft = gql(_UPDATE)
            draft.variable_values = {"id": place, "day": day}
            assert (await asked.execute(draft))["updateResourceSettings"]["errors"] == []
            watch = gql(_WATCH)
            watch.variable_values = {"id": place}
            steps = watched.subscribe(watch)
            assert (await anext(steps))["settingsApplicationProgress"]["state"] is None
            told = asyncio.ensure_future(_told(steps))
            spent = sum(map(cpu_seconds, descendants(target.database_pid)))
            began = perf_counter()
            apply = gql(_APPLY)
            apply.variable_values = {"id": place}
            answer = (await asked.execute(apply))["applyResourceSettings"]
            took = perf_counter() - began
            spent = sum(map(cpu_seconds, descendants(target.database_pid))) - spent
            assert answer == {"application": {"changed": BUILDINGS}, "errors": []}
            steps_told = await told
            assert steps_told[-1] == {"state": "DONE", "done": BUILDINGS, "total": BUILDINGS}
            yield Row(path, f"{what}: answered after", took, "s", "seconds", took < 10)
            yield Row(path, f"{what}: PostgreSQL", spent, "s")
            yield Row(path, f"{what}: steps told on the way", len(steps_told) - 1, "")


async def _told(answers: AsyncIterator[dict[str, dict[str, object]]]) -> list[dict[str, object]]:
    return [answer["settingsApplicationProgress"] async for answer in answers]
