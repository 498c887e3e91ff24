"""What is another tenant's is answered as what does not exist: word for word."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from tests.access.operations import Operation, operations
from tests.access.scene import Scene, staged
from tests.access.walk import Stranger, run
from tests.access.world import Tenant

from kvartal.embedded import Servers
from kvartal.testing.host import TestHost, committed_host

# As long as the victim's: a text that is cut off is cut off at the same place.
WORD, NUMBER = "Небывалость", 41018
# What is new in each answer.
NEW = re.compile(r'"(requestId|challenge)": "[^"]*"')


@pytest.fixture(scope="module")
async def scene(servers: Servers, worker_id: str, host: TestHost) -> AsyncIterator[Scene]:
    """The scene in a database of its own."""
    async with (
        committed_host(servers, worker_id, host, limit_cost=500_000) as own,
        staged(own.client, own.host) as made,
    ):
        yield made


def nobody_like(victim: Tenant) -> Tenant:
    """A tenant like the victim that does not exist."""
    rows = {kind: SimpleNamespace(id=uuid4()) for kind in victim.rows}
    return Tenant(
        word=WORD,
        email=f"{NUMBER}-{WORD}@example.org".lower(),
        phone=f"+7900{NUMBER:07}",
        permissions=victim.permissions,
        rows=rows,
        employee=victim.employee,
        resident=victim.resident,
        service=victim.service,
    )


def leaves(value: Any) -> Iterator[str]:
    """All texts of some variables, in their order."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield str(value)


def anonymised(answer: Any, variables: Any) -> str:
    """An answer without what was asked for and what is new each time."""
    text = NEW.sub("", json.dumps(answer, ensure_ascii=False))
    for number, said in enumerate(leaves(variables)):
        text = text.replace(json.dumps(said, ensure_ascii=False)[1:-1], f"<{number}>")
    return text


def may_ask(scene: Scene) -> Iterator[tuple[Stranger, Operation, Operation]]:
    """Each operation about the victim, and the same about nobody, for who is let to the door."""
    pairs = zip(
        operations(scene.schema, scene.victim),
        operations(scene.schema, nobody_like(scene.victim)),
        strict=True,
    )
    for of_victim, of_nobody in pairs:
        if of_victim.variables != of_nobody.variables:
            for stranger in scene.strangers:
                if stranger.is_outside and stranger.refusal(of_victim) is None:
                    yield stranger, of_victim, of_nobody


async def test_nothing_tells_that_a_strangers_thing_exists(scene: Scene) -> None:
    told = []
    for stranger, of_victim, of_nobody in may_ask(scene):
        answers = [
            anonymised(
                (await run(scene.client, each, stranger.actor, scene.rows)).answer, each.variables
            )
            for each in (of_victim, of_nobody)
        ]
        if answers[0] != answers[1]:
            told.append(f"{of_victim}, {stranger.name}: {answers[0]} and not {answers[1]}")

    assert told == []


async def test_the_comparison_sees_a_difference(scene: Scene) -> None:
    of_victim, of_nobody = (
        next(operations(scene.schema, tenant, only="premise"))
        for tenant in (scene.victim, nobody_like(scene.victim))
    )
    employee = scene.victim.employee

    answers = [
        anonymised((await run(scene.client, each, employee, scene.rows)).answer, each.variables)
        for each in (of_victim, of_nobody)
    ]

    assert answers[0] != answers[1]
