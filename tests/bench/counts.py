"""What a path asks of PostgreSQL: how many statements, and how the list's are done."""

from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from datetime import timedelta

from tests.bench.operations import BULK, LIST, SCREEN, SUBMIT, WIDGET
from tests.bench.paths import Row
from tests.bench.scene import Scene
from tests.bench.statements import list_statement, plan_of

from kvartal import clock
from kvartal.app import create_app
from kvartal.graphql.node import encode_id
from kvartal.graphql.paging import encode_cursor, page_of
from kvartal.housing.api import search_words
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import rolled_back
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.readings.queries.filtering import ReadingFilter

__all__ = ["plans", "statements"]

_BUFFERS = 600
_MILLISECONDS = 20


async def statements(scene: Scene) -> AsyncIterator[Row]:
    """Statements of an operation, that of the credential among them."""
    client = GraphQLClient(create_app(scene.host, running=nullcontext), {})
    home = scene.homes[-1]
    premise = encode_id("Premise", home.premise)
    value = scene.size.next_value
    entry = {"meterId": encode_id("Meter", home.meters[0]), "values": [value]}
    rows = [
        {"meterId": encode_id("Meter", meter), "values": [value]} for meter in scene.meters[:500]
    ]
    registration = {"organizationId": scene.organization_id, "readings": rows}
    operations: Mapping[str, tuple[str, object, str, int]] = {
        "list": (LIST, {"first": 50}, scene.employee, 2),
        "screen": (SCREEN, {"premise": premise}, home.token, 2),
        "widget": (WIDGET, {"premise": premise}, home.token, 2),
        "submit": (
            SUBMIT,
            {"input": {"premiseId": premise, "readings": [entry]}},
            home.token,
            4,
        ),
        "bulk": (BULK, {"input": registration}, scene.integrator, 5),
    }
    for name, (query, variables, token, most) in operations.items():
        if name == "bulk" and not scene.has_bulk:
            continue
        for _ in range(2):  # a new connection asks what its types are, beside all else
            async with rolled_back():
                with QueryCounter().counted() as sent:
                    answer = await client(query, variables, token=token)  # type: ignore[arg-type]
        assert "errors" not in answer, answer
        yield Row(
            "statements", name, len(sent), "", f"≤ {most} with the credential's", len(sent) <= most
        )


async def plans(scene: Scene) -> AsyncIterator[Row]:
    """A page of the list from the top, from the depth, and by scopes and words."""
    newest = page_of(50, None, None, None)
    long_ago = (clock.now() - timedelta(days=365)).isoformat()
    deep = page_of(50, encode_cursor(long_ago, "ffffffff-ffff-ffff-ffff-ffffffffffff"), None, None)
    home = scene.homes[0]
    listed = {
        "newest": (newest, ReadingFilter()),
        "a year deep": (deep, ReadingFilter()),
        "a house": (newest, ReadingFilter(building_id=home.building)),
        "a premise": (newest, ReadingFilter(premise_id=home.premise)),
        "a resource": (newest, ReadingFilter(resource_kind=ResourceKind.HEATING)),
        "a rare resource": (newest, ReadingFilter(resource_kind=ResourceKind.GAS)),
        "a common word": (newest, ReadingFilter(words=tuple(search_words("полевая")))),
        "a rare word": (newest, ReadingFilter(words=tuple(search_words("0000000042")))),
    }
    for name, (page, where) in listed.items():
        statement = await list_statement(scene.actor, page, where)
        if statement is None:
            continue
        plan = await plan_of(statement)
        met = plan.buffers <= _BUFFERS and plan.milliseconds <= _MILLISECONDS
        path = "page of the list"
        yield Row(
            path, f"{name}: blocks", plan.buffers, "", f"≤ {_BUFFERS}, ≤ {_MILLISECONDS} ms", met
        )
        yield Row(path, f"{name}: time", plan.milliseconds, "ms")
