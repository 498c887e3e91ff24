"""Fifty at once for one meter and month: one row, and the answers together explain it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import (
    EVERYTHING,
    NOON,
    REGISTER,
    SUBMIT,
    faults,
    key,
    told,
)

from kvartal.auth.actor import Actor, ActorKind
from kvartal.db.connection import fetch
from kvartal.testing.auth_factories import a_resident_user, a_service_token, actor_of, an_employee
from kvartal.testing.host import Committed
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_home, submission, values_of

MANY = 50
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]
Change = tuple[Decimal | None, Decimal]

pytestmark = pytest.mark.committed


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Iterator[None]:
    with frozen_clock(NOON):
        yield


async def sent(own: Committed, home: Home, value: object, actor: Actor) -> dict[str, Any]:
    form = submission(home.premise, values_of(home.meter, str(value), confirmAnomaly=True))
    answer = await own.client(SUBMIT, form, actor=actor)
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    return payload


async def registered(
    own: Committed, home: Home, value: object, actor: Actor, mode: str
) -> tuple[str, ...]:
    given = {
        "organizationId": key("Organization", home.organization),
        "readings": [{"meterId": key("Meter", home.meter), "values": [str(value)]}],
        "mode": mode,
    }
    answer = await own.client(REGISTER["readings"], {"input": given}, actor=actor)
    payload = answer["data"]["registerReadings"]
    assert payload["errors"] == []
    [row] = told(payload["registration"]["rows"])
    return row


async def attempted(own: Committed, home: Home, value: int, actor: Actor) -> object:
    """What a system is told of its row, and people of what stands in their way."""
    if actor.kind is ActorKind.SERVICE:
        outcome, *_ = await registered(own, home, value, actor, "OVERWRITE")
        return outcome
    return faults(await sent(own, home, value, actor))


async def history_of(home: Home) -> list[Change]:
    revisions = await ReadingRevision.filter(reading__meter_id=home.meter.id).order_by("id")
    return [(each.old_t1, each.new_t1) for each in revisions]


async def events_of(name: str) -> int:
    return len(await fetch("SELECT 1 FROM kvartal_event WHERE name = $1", name))


def is_chain(history: Sequence[Change]) -> bool:
    """Each change begins where the one before it has ended."""
    return [old for old, _ in history] == [None, *(new for _, new in history[:-1])]


async def test_fifty_different_submissions_are_a_reading_and_forty_nine_corrections(
    committed: OwnDatabase,
) -> None:
    """Nobody's value is lost: each is in the history once, and its sender is told a version."""
    async with committed() as own:
        home = await a_home()
        people = [
            home.resident,
            await actor_of(await a_resident_user(home.organization, premises=[home.premise])),
        ]
        payloads = await asyncio.gather(
            *(sent(own, home, n, people[n % 2]) for n in range(1, MANY + 1))
        )

        [reading] = await Reading.filter(meter_id=home.meter.id)
        history = await history_of(home)
        events = [await events_of(f"meters.reading_{name}") for name in ("accepted", "corrected")]
        logged = await fetch("SELECT 1 FROM kvartal_audit_entry WHERE action = 'submitReadings'")

    assert is_chain(history)
    assert Counter(new for _, new in history) == Counter(Decimal(n) for n in range(1, MANY + 1))
    assert (reading.version, reading.t1) == (MANY, history[-1][1])
    assert [each["errors"] for each in payloads] == [[]] * MANY
    for value, payload in enumerate(payloads, start=1):
        [answer] = payload["readings"]
        # Their own save, or a later one that has come over it before they were answered.
        saved = 1 + [new for _, new in history].index(Decimal(value))
        assert saved <= answer["version"] <= MANY
        assert Decimal(answer["values"][0]["value"]) == history[answer["version"] - 1][1]
        assert answer["id"] == key("Reading", reading)
    assert events == [1, MANY - 1]
    assert len(logged) == MANY


async def test_outcomes_of_fifty_bulk_calls_add_up_to_the_row(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        system = await actor_of(await a_service_token(home.organization, permissions=EVERYTHING))
        outcomes = await asyncio.gather(
            *(registered(own, home, n % 10, system, "OVERWRITE") for n in range(MANY))
        )

        [reading] = await Reading.filter(meter_id=home.meter.id)
        history = await history_of(home)
        events = await events_of("meters.readings_registered")

    told_of = Counter(outcome for outcome, *_ in outcomes)
    assert told_of["CREATED"] == 1
    assert told_of["CREATED"] + told_of["UPDATED"] == len(history) == reading.version == events
    assert told_of.total() == told_of["CREATED"] + told_of["UPDATED"] + told_of["UNCHANGED"] == MANY
    assert is_chain(history)
    assert all(old != new for old, new in history)
    assert reading.t1 == history[-1][1]
    # Those of one value that were not the first of them in a row found it there.
    changes = Counter(int(new) for _, new in history)
    assert all(1 <= changes[value] <= MANY // 10 for value in range(10))


async def test_of_fifty_bulk_calls_that_keep_what_is_there_one_is_stored(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        home = await a_home()
        system = await actor_of(await a_service_token(home.organization, permissions=EVERYTHING))
        outcomes = await asyncio.gather(
            *(registered(own, home, n, system, "APPEND") for n in range(MANY))
        )

        [reading] = await Reading.filter(meter_id=home.meter.id)
        history = await history_of(home)

    [winner] = [n for n, outcome in enumerate(outcomes) if outcome == ("CREATED",)]
    assert (reading.t1, reading.version, history) == (winner, 1, [(None, Decimal(winner))])
    refused = ("REJECTED", ("READING_EXISTS", "values", "0"))
    assert Counter(outcomes) == {("CREATED",): 1, refused: MANY - 1}


async def test_people_and_systems_at_once_are_each_told_what_became_of_theirs(
    committed: OwnDatabase,
) -> None:
    """Once staff or a system has saved, residents are refused; nobody is told a thing not done."""
    async with committed() as own:
        home = await a_home()
        clerk = await actor_of(await an_employee(home.organization, permissions=EVERYTHING))
        system = await actor_of(await a_service_token(home.organization, permissions=EVERYTHING))
        actors = [home.resident, home.resident, clerk, system]
        async with asyncio.timeout(60):
            answers = await asyncio.gather(
                *(attempted(own, home, n, actors[n % 4]) for n in range(MANY))
            )

        [reading] = await Reading.filter(meter_id=home.meter.id)
        revisions = await ReadingRevision.filter(reading_id=reading.id).order_by("id")

    saved = {n for n, answer in enumerate(answers) if answer in ("CREATED", "UPDATED", [])}
    refusals = [answer for n, answer in enumerate(answers) if n not in saved]
    assert {int(each.new_t1) for each in revisions} == saved
    assert len(revisions) == len(saved) == reading.version
    assert refusals == [[("EDITED_BY_STAFF", ["readings", "0"])]] * (MANY - len(saved))
    authors = [each.author_kind.value for each in revisions]
    by_residents = authors.count("RESIDENT")
    assert authors[:by_residents] == ["RESIDENT"] * by_residents
    assert (reading.t1, reading.author_kind.value) == (revisions[-1].new_t1, authors[-1])
