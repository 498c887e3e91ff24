"""The list «Требуют проверки»: staff look at what is unusual and say that it is right."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import ReadingsReviewed
from kvartal_meters.permissions import ALL, SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

NOON = "2026-11-20T12:00+03:00"
REVIEW = """
mutation ($input: MarkReadingsReviewedInput!) {
  markReadingsReviewed(input: $input) {
    readings { meter { identifier } needsReview version author values { value } }
    errors { code path version }
  }
}
"""
FLAGGED = "{ readings(filter: { needsReview: true }) { nodes { meter { identifier } } } }"


def row(reading: Reading, version: int | None = None) -> dict[str, Any]:
    return {"readingId": encode_id("Reading", reading.id), "expectedVersion": version}


async def review(gql: GraphQLClient, actor: Actor, *rows: dict[str, Any]) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(NOON)):
        return await gql(REVIEW, {"input": {"readings": list(rows)}}, actor=actor)


async def flagged(gql: GraphQLClient, actor: Actor) -> list[str]:
    answer = await gql(FLAGGED, actor=actor)
    return [each["meter"]["identifier"] for each in answer["data"]["readings"]["nodes"]]


@pytest.fixture
async def november(home: Home) -> Reading:
    """A reading that somebody confirmed although it is unusual."""
    return await a_reading(home.meter, "2026-11", "905", needs_review=True)


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who sees readings."""
    return await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code], full_name="Орлова Вера")
    )


async def test_what_is_right_leaves_the_list(
    gql: GraphQLClient, home: Home, november: Reading, clerk: Actor, events: EmittedEvents
) -> None:
    house = await a_collective_meter(building=home.building, identifier="ОДПУ")
    other = await a_reading(house, "2026-11", "7", needs_review=True)
    assert set(await flagged(gql, clerk)) == {"ХВС-15", "ОДПУ"}

    answer = await review(gql, clerk, row(other), row(november, 1))

    assert answer["data"]["markReadingsReviewed"] == {
        "readings": [
            {
                "meter": {"identifier": identifier},
                "needsReview": False,
                "version": 2,
                "author": None,  # it is still whoever saved it
                "values": [{"value": value}],
            }
            for identifier, value in (("ОДПУ", "7"), ("ХВС-15", "905"))
        ],
        "errors": [],
    }
    assert await flagged(gql, clerk) == []
    ids = tuple(sorted((other.id, november.id)))
    assert events == [ReadingsReviewed(home.organization.id, ids, clerk.user_id)]


async def test_who_confirmed_it_stays_in_the_history(
    gql: GraphQLClient, november: Reading, clerk: Actor
) -> None:
    await review(gql, clerk, row(november))

    [revision] = await ReadingRevision.filter(reading_id=november.id, changed_by_id=clerk.user_id)
    assert (revision.channel, revision.created_at) == ("CRM", datetime.fromisoformat(NOON))
    assert (revision.old_t1, revision.new_t1) == (Decimal(905), Decimal(905))
    assert revision.is_review
    saved = await Reading.get(id=november.id)
    assert (saved.submitted_at, saved.author_kind) == (november.submitted_at, november.author_kind)
    assert saved.updated_at == datetime.fromisoformat(NOON)


async def test_what_needs_no_review_is_left_alone(
    gql: GraphQLClient, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    october = await Reading.get(meter_id=home.meter.id)

    answer = await review(gql, clerk, row(october), row(october))

    assert [each["version"] for each in answer["data"]["markReadingsReviewed"]["readings"]] == [
        1,
        1,
    ]
    assert await ReadingRevision.all().count() == 0
    assert events == []
    assert await AuditEntry.all().count() == 0


async def test_of_a_stale_list_nothing_is_confirmed(
    gql: GraphQLClient, home: Home, november: Reading, clerk: Actor
) -> None:
    house = await a_collective_meter(building=home.building)
    other = await a_reading(house, "2026-11", "7", needs_review=True)

    answer = await review(gql, clerk, row(other, 1), row(november, 3))

    assert answer["data"]["markReadingsReviewed"] == {
        "readings": None,
        "errors": [
            {
                "code": "VERSION_CONFLICT",
                "path": ["readings", "1", "expectedVersion"],
                "version": 1,
            }
        ],
    }
    assert await Reading.filter(needs_review=True).count() == 2


@pytest.mark.parametrize("number", [0, 101])
async def test_a_list_has_a_reading_at_least_and_a_hundred_at_most(
    gql: GraphQLClient, november: Reading, clerk: Actor, number: int
) -> None:
    answer = await review(gql, clerk, *[row(november)] * number)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
    assert await Reading.filter(needs_review=True).count() == 1


async def nobody(home: Home) -> Actor:
    return ANONYMOUS


async def the_resident(home: Home) -> Actor:
    return home.resident


async def staff_elsewhere(home: Home) -> Actor:
    return await actor_of(await an_employee(await an_organization(), permissions=[SUBMIT.code]))


async def staff_of_another_house(home: Home) -> Actor:
    other = await a_building(organization=home.organization)
    return await actor_of(
        await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[other])
    )


async def staff_without_the_right(home: Home) -> Actor:
    rights = [each.code for each in ALL if each is not SUBMIT]
    return await actor_of(await an_employee(home.organization, permissions=rights))


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (nobody, "UNAUTHENTICATED"),
        (the_resident, "FORBIDDEN"),
        (staff_without_the_right, "FORBIDDEN"),
        (staff_elsewhere, "NOT_FOUND"),
        (staff_of_another_house, "NOT_FOUND"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
async def test_others_confirm_nothing(
    gql: GraphQLClient,
    home: Home,
    november: Reading,
    who: Callable[[Home], Awaitable[Actor]],
    code: str,
) -> None:
    answer = await review(gql, await who(home), row(november))

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await Reading.filter(needs_review=True).count() == 1


async def test_one_that_is_not_there_fails_them_all(
    gql: GraphQLClient, november: Reading, clerk: Actor
) -> None:
    missing = {"readingId": encode_id("Reading", uuid4())}

    answer = await review(gql, clerk, row(november), missing)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
    assert await Reading.filter(needs_review=True).count() == 1


@pytest.mark.parametrize("number", [2, 20])
async def test_a_review_takes_as_many_statements_for_two_as_for_twenty(
    gql: GraphQLClient, home: Home, clerk: Actor, queries: QueryCounter, number: int
) -> None:
    rows = []
    for _ in range(number):
        meter = await a_meter(premise=await a_premise(building=home.building))
        rows.append(row(await a_reading(meter, "2026-11", "5", needs_review=True)))

    with queries.exactly(6):
        answer = await review(gql, clerk, *rows)

    assert len(answer["data"]["markReadingsReviewed"]["readings"]) == number
