"""The history of a reading: who saved what, when and how; staff are told, residents are not."""

from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Resident
from kvartal.testing.auth_factories import a_service_token, a_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.testing import Home, a_meter, a_reading, submission, values_of

NOON = "2026-11-20T12:00+03:00"
EVENING = "2026-11-20T18:30+03:00"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id author } errors { code } }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { author } errors { code } }
}
"""
REVIEW = """
mutation ($input: MarkReadingsReviewedInput!) {
  markReadingsReviewed(input: $input) { errors { code } }
}
"""
HISTORY = """
query ($id: ID!) {
  node(id: $id) {
    ... on Reading {
      author
      revisions {
        changedAt author authorKind channel channelTitle isReview oldValues newValues
      }
    }
  }
}
"""
LIST = """
query ($first: Int) {
  readings(first: $first) { nodes { author revisions { author newValues } } }
}
"""


async def history(gql: GraphQLClient, actor: Actor, reading_id: str) -> Any:
    answer = await gql(HISTORY, {"id": reading_id}, actor=actor)
    return answer["data"]["node"]


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who sees readings."""
    return await actor_of(
        await an_employee(
            home.organization, permissions=[SUBMIT.code], full_name="Смирнова Ольга Львовна"
        )
    )


@pytest.fixture
async def corrected(gql: GraphQLClient, home: Home, clerk: Actor) -> str:
    """November's reading: 105 by the resident at noon, 104.5 by the clerk in the evening."""
    with clock.frozen(datetime.fromisoformat(NOON)):
        saved = await gql(
            SUBMIT_READINGS,
            submission(home.premise, values_of(home.meter, "105")),
            actor=home.resident,
        )
    [reading] = saved["data"]["submitReadings"]["readings"]
    # Who saved it is no news for a resident's app, not even of the resident.
    assert reading["author"] is None
    with clock.frozen(datetime.fromisoformat(EVENING)):
        change = {"readingId": reading["id"], "values": ["104.5"]}
        answer = await gql(CORRECT, {"input": change}, actor=clerk)
    assert answer["data"]["correctReading"]["reading"] == {"author": "Смирнова Ольга Львовна"}
    found: str = reading["id"]
    return found


async def test_staff_see_who_changed_what(gql: GraphQLClient, clerk: Actor, corrected: str) -> None:
    assert await history(gql, clerk, corrected) == {
        "author": "Смирнова Ольга Львовна",
        "revisions": [
            {
                "changedAt": "2026-11-20T15:30:00+00:00",
                "author": "Смирнова Ольга Львовна",
                "authorKind": "EMPLOYEE",
                "channel": "CRM",
                "channelTitle": "CRM",
                "isReview": False,
                "oldValues": ["105"],
                "newValues": ["104.5"],
            },
            {
                "changedAt": "2026-11-20T09:00:00+00:00",
                "author": "Петров Иван Сергеевич",
                "authorKind": "RESIDENT",
                "channel": "RESIDENT_APP",
                "channelTitle": "Приложение жителя",
                "isReview": False,
                "oldValues": None,
                "newValues": ["105"],
            },
        ],
    }


async def test_a_review_is_told_from_a_save_of_equal_values(
    gql: GraphQLClient, clerk: Actor, corrected: str
) -> None:
    await Reading.all().update(needs_review=True)
    await gql(REVIEW, {"input": {"readings": [{"readingId": corrected}]}}, actor=clerk)
    with clock.frozen(datetime.fromisoformat(EVENING)):
        again = {"readingId": corrected, "values": ["104.5"]}
        await gql(CORRECT, {"input": again}, actor=clerk)

    found = await history(gql, clerk, corrected)

    kinds = [
        (each["isReview"], each["oldValues"], each["newValues"]) for each in found["revisions"]
    ]
    assert sorted(kinds[:2]) == [(False, ["104.5"], ["104.5"]), (True, ["104.5"], ["104.5"])]
    assert [is_review for is_review, *_ in kinds[2:]] == [False, False]


async def test_residents_are_not_told_who_works_on_what(
    gql: GraphQLClient, home: Home, corrected: str
) -> None:
    assert await history(gql, home.resident, corrected) == {"author": None, "revisions": None}


async def test_what_another_system_saved_has_no_persons_name(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    token = await actor_of(await a_service_token(home.organization, permissions=[SUBMIT.code]))
    with clock.frozen(datetime.fromisoformat(NOON)):
        form = submission(home.premise, values_of(home.meter, "105"))
        saved = await gql(SUBMIT_READINGS, form, actor=token)

    found = await history(gql, clerk, saved["data"]["submitReadings"]["readings"][0]["id"])

    assert found["author"] is None
    [revision] = found["revisions"]
    assert (revision["author"], revision["authorKind"], revision["channel"]) == (
        None,
        "SERVICE",
        "API",
    )


async def test_an_archived_employee_keeps_the_name(
    gql: GraphQLClient, home: Home, clerk: Actor, corrected: str
) -> None:
    reader = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
    await Employee.filter(user_id=clerk.user_id).update(archived_at=clock.now())

    found = await history(gql, reader, corrected)

    assert found["author"] == "Смирнова Ольга Львовна"


async def test_a_name_is_that_of_the_readings_organization(
    gql: GraphQLClient, home: Home, clerk: Actor, corrected: str
) -> None:
    """The same person may be called otherwise where they work or live besides."""
    elsewhere = await an_organization()
    user = await home.user
    await Resident.create(organization=elsewhere, user=user, full_name="Петров из другого дома")
    employee = await Employee.get(user_id=clerk.user_id)
    await an_employee(elsewhere, user=await employee.user, full_name="Смирнова по совместительству")

    found = await history(gql, clerk, corrected)

    assert [each["author"] for each in found["revisions"]] == [
        "Смирнова Ольга Львовна",
        "Петров Иван Сергеевич",
    ]


async def test_a_reading_from_before_has_no_history(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    october = await Reading.get(meter_id=home.meter.id)

    assert await history(gql, clerk, encode_id("Reading", october.id)) == {
        "author": None,
        "revisions": [],
    }


async def test_registers_are_told_as_many_as_there_are(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    october = await Reading.get(meter_id=home.meter.id)
    await ReadingRevision.create(
        organization_id=home.organization.id,
        reading=october,
        author_kind=AuthorKind.SERVICE,
        channel=SubmissionChannel.XML,
        old_t1=1,
        old_t2=0,
        new_t1=3,
        new_t2=0,
    )

    found = await history(gql, clerk, encode_id("Reading", october.id))

    [revision] = found["revisions"]
    assert (revision["oldValues"], revision["newValues"]) == (["1", "0"], ["3", "0"])


async def test_only_the_latest_hundred_changes_are_told(
    gql: GraphQLClient, home: Home, clerk: Actor
) -> None:
    october = await Reading.get(meter_id=home.meter.id)
    await ReadingRevision.bulk_create(
        ReadingRevision(
            organization_id=home.organization.id,
            reading=october,
            author_kind=AuthorKind.SERVICE,
            channel=SubmissionChannel.XML,
            new_t1=n,
            created_at=datetime.fromisoformat(f"2026-10-01T00:{n // 60:02}:{n % 60:02}+00:00"),
        )
        for n in range(103)
    )

    found = await history(gql, clerk, encode_id("Reading", october.id))

    assert [each["newValues"] for each in found["revisions"]] == [
        [str(n)] for n in range(102, 2, -1)
    ]


@pytest.mark.parametrize("rights", [[], [SUBMIT.code]])
async def test_other_staff_see_no_reading_and_so_no_history(
    gql: GraphQLClient, home: Home, corrected: str, rights: list[str]
) -> None:
    other = await a_building(organization=home.organization)
    outsiders = [
        await an_employee(home.organization, permissions=rights, buildings=[other]),
        await an_employee(await an_organization(), permissions=rights),
    ]

    assert [await history(gql, await actor_of(each), corrected) for each in outsiders] == [
        None,
        None,
    ]


@pytest.mark.parametrize("number", [2, 20])
async def test_histories_and_names_take_three_statements_more(
    gql: GraphQLClient, home: Home, clerk: Actor, queries: QueryCounter, number: int
) -> None:
    for n in range(number):
        user = await a_user()
        await an_employee(home.organization, user=user, full_name=f"Сотрудник {n:02}")
        meter = await a_meter(premise=await a_premise(building=home.building))
        reading = await a_reading(meter, "2026-11", "5")
        await Reading.filter(id=reading.id).update(
            submitted_by_id=user.id, author_kind=AuthorKind.EMPLOYEE
        )
        for kind, by in ((AuthorKind.EMPLOYEE, user.id), (AuthorKind.RESIDENT, home.user.id)):
            await ReadingRevision.create(
                organization_id=home.organization.id,
                reading=reading,
                changed_by_id=by,
                author_kind=kind,
                channel=SubmissionChannel.CRM,
                new_t1=5,
            )

    # The list, the names of those who saved last, the histories, the residents named in them.
    with queries.exactly(4):
        answer = await gql(LIST, {"first": number}, actor=clerk)

    nodes = answer["data"]["readings"]["nodes"]
    assert len(nodes) == number
    assert {each["author"] for each in nodes} == {f"Сотрудник {n:02}" for n in range(number)}
    assert {revision["author"] for each in nodes for revision in each["revisions"]} == {
        "Петров Иван Сергеевич",
        *(f"Сотрудник {n:02}" for n in range(number)),
    }
