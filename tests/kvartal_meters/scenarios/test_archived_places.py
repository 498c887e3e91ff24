"""Nothing that stands in an archived premise or building takes readings, until it is restored."""

from datetime import datetime
from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import (
    NOON,
    Register,
    Submit,
    faults,
    key,
    told,
)

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.housing.api import ArchiveChanged
from kvartal.testing.client import GraphQLClient
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_collective_meter, a_reading, submission, values_of
from kvartal_meters.widget.tasks import follow_archive

CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { errors { code path message } }
}
"""
SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) { errors { code path } }
}
"""
SCREEN = """
query ($id: ID!) {
  premise(id: $id) {
    homeWidgets { ... on MeterWidget { state submitted total } }
    meters { submission { allowed reasons { code message } } }
  }
}
"""
SENTENCE = "Помещение или дом в архиве: показания не принимаются"


async def into_archive(home: Home, place: str) -> None:
    kept = {"premise": home.premise, "building": home.building}[place]
    kept.archived_at = clock.now()
    await kept.save()


@pytest.fixture(params=["premise", "building"])
async def archived(request: pytest.FixtureRequest, home: Home) -> str:
    """A home that is in the archive itself, or its house."""
    await into_archive(home, request.param)
    place: str = request.param
    return place


@pytest.mark.usefixtures("archived")
@pytest.mark.parametrize("who", ["resident", "chief", "system"])
async def test_it_takes_no_reading_from_anybody(
    gql: GraphQLClient, submit: Submit, home: Home, chief: Actor, system: Actor, who: str
) -> None:
    actor = {"resident": home.resident, "chief": chief, "system": system}[who]
    reading = await a_reading(home.meter, "2026-11", "105")
    change = {"readingId": key("Reading", reading), "values": ["106"]}

    submitted = await submit(values_of(home.meter, "106"), actor=actor)
    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(CORRECT, {"input": change}, actor=actor)

    assert faults(submitted) == [("PLACE_ARCHIVED", ["readings", "0"])]
    assert answer["data"]["correctReading"]["errors"] == [
        {"code": "PLACE_ARCHIVED", "path": [], "message": SENTENCE}
    ]
    assert (await Reading.get(id=reading.id)).version == 1


@pytest.mark.usefixtures("archived")
async def test_it_takes_nothing_in_bulk(register: Register, home: Home) -> None:
    rows = await register("readings", {"meterId": key("Meter", home.meter), "values": ["5"]})

    assert told(rows) == [("REJECTED", ("PLACE_ARCHIVED",))]


@pytest.mark.parametrize(("place", "code"), [("premise", []), ("building", ["PLACE_ARCHIVED"])])
async def test_a_house_meter_hangs_on_the_house_alone(
    gql: GraphQLClient, home: Home, chief: Actor, place: str, code: list[str]
) -> None:
    house = await a_collective_meter(building=home.building)
    await into_archive(home, place)

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(
            SUBMIT_COLLECTIVE, submission(home.building, values_of(house, "5")), actor=chief
        )

    payload = answer["data"]["submitCollectiveReadings"]
    assert [each["code"] for each in payload["errors"]] == code


async def screen(gql: GraphQLClient, home: Home) -> Any:
    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(SCREEN, {"id": key("Premise", home.premise)}, actor=home.resident)
    return answer["data"]["premise"]


@pytest.mark.usefixtures("archived")
async def test_the_screen_asks_for_none_and_says_why(gql: GraphQLClient, home: Home) -> None:
    shown = await screen(gql, home)

    assert shown["homeWidgets"] == [{"state": "NONE", "submitted": 0, "total": 0}]
    assert shown["meters"] == [
        {
            "submission": {
                "allowed": False,
                "reasons": [{"code": "PLACE_ARCHIVED", "message": SENTENCE}],
            }
        }
    ]


async def test_what_is_restored_takes_readings_again(
    gql: GraphQLClient, submit: Submit, home: Home, archived: str
) -> None:
    kept = {"premise": home.premise, "building": home.building}[archived]
    kept.archived_at = None
    await kept.save()

    assert (await screen(gql, home))["homeWidgets"] == [
        {"state": "SUBMIT", "submitted": 0, "total": 1}
    ]
    assert faults(await submit(values_of(home.meter, "105"))) == []


@pytest.mark.parametrize(
    ("kind", "topic"), [("Premise", "premise"), ("Building", "building"), ("Quarter", None)]
)
@pytest.mark.parametrize("is_archived", [True, False])
async def test_who_watches_the_widget_is_told(
    home: Home, kind: str, topic: str | None, is_archived: bool
) -> None:
    changed = ArchiveChanged(
        organization_id=home.organization.id,
        kind=kind,
        place_id=home.premise.id,
        is_archived=is_archived,
    )
    async with unit_of_work() as work:
        await follow_archive(changed)

    assert list(work.touched) == ([f"{topic}:{home.premise.id}"] if topic else [])
