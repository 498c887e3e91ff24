"""Who may submit, correct and see readings: everybody else learns nothing and changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, a_resident, an_organization
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import ALL, SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    submission,
    values_of,
)

NOON = "2026-11-20T12:00+03:00"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id } errors { code message path } }
}
"""
SUBMIT_COLLECTIVE = """
mutation ($input: SubmitCollectiveReadingsInput!) {
  submitCollectiveReadings(input: $input) { readings { id } errors { code message path } }
}
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) {
  correctReading(input: $input) { reading { id } errors { code message path } }
}
"""
LIST = "{ readings { nodes { id } totalCount { count } } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
ALL_RIGHTS = [each.code for each in ALL]


@dataclass(frozen=True, slots=True)
class Scene:
    """A home, its house, and what is in them to be touched."""

    home: Home
    house: Meter
    november: Reading

    @property
    def mutations(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """What a stranger may try, by name."""
        correction = {"readingId": encode_id("Reading", self.november.id), "values": ["106"]}
        return {
            "submitReadings": (
                SUBMIT_READINGS,
                submission(self.home.premise, values_of(self.home.meter, "106")),
            ),
            "submitCollectiveReadings": (
                SUBMIT_COLLECTIVE,
                submission(self.home.building, values_of(self.house, "5")),
            ),
            "correctReading": (CORRECT, {"input": correction}),
        }


@pytest.fixture
async def scene(home: Home) -> Scene:
    """A home with a reading of the present month, in a house with a meter of its own."""
    return Scene(
        home,
        await a_collective_meter(building=home.building),
        await a_reading(home.meter, "2026-11", "105"),
    )


async def nobody(scene: Scene) -> Actor:
    return ANONYMOUS


async def a_neighbour(scene: Scene) -> Actor:
    flat = await a_premise(building=scene.home.building)
    return await actor_of(await a_resident_user(scene.home.organization, premises=[flat]))


async def a_resident_elsewhere(scene: Scene) -> Actor:
    return (await a_home(identifier="чужой")).resident


async def staff_elsewhere(scene: Scene) -> Actor:
    return await actor_of(await an_employee(await an_organization(), permissions=ALL_RIGHTS))


async def staff_of_another_house(scene: Scene) -> Actor:
    other = await a_building(organization=scene.home.organization)
    return await actor_of(
        await an_employee(scene.home.organization, permissions=ALL_RIGHTS, buildings=[other])
    )


async def staff_without_the_right(scene: Scene) -> Actor:
    rights = [right for right in ALL_RIGHTS if right != SUBMIT.code]
    return await actor_of(await an_employee(scene.home.organization, permissions=rights))


async def staff_with_the_right_elsewhere(scene: Scene) -> Actor:
    employee = await an_employee(await an_organization(), permissions=ALL_RIGHTS)
    await an_employee(scene.home.organization, user=await employee.user)
    return await actor_of(employee)


async def a_system_without_the_right(scene: Scene) -> Actor:
    return await actor_of(await a_service_token(scene.home.organization))


async def a_system_elsewhere(scene: Scene) -> Actor:
    return await actor_of(await a_service_token(await an_organization(), permissions=ALL_RIGHTS))


async def staff_of_this_house(scene: Scene) -> Actor:
    return await actor_of(
        await an_employee(
            scene.home.organization, permissions=ALL_RIGHTS, buildings=[scene.home.building]
        )
    )


async def a_system(scene: Scene) -> Actor:
    return await actor_of(await a_service_token(scene.home.organization, permissions=[SUBMIT.code]))


Who = Callable[[Scene], Awaitable[Actor]]
DENIED: list[tuple[Who, str]] = [
    (nobody, "UNAUTHENTICATED"),
    (a_neighbour, "NOT_FOUND"),
    (a_resident_elsewhere, "NOT_FOUND"),
    (staff_elsewhere, "NOT_FOUND"),
    (staff_of_another_house, "NOT_FOUND"),
    (staff_without_the_right, "FORBIDDEN"),
    (a_system_without_the_right, "FORBIDDEN"),
    (a_system_elsewhere, "NOT_FOUND"),
]


async def attempt(
    gql: GraphQLClient, scene: Scene, actor: Actor, name: str, at: str = NOON
) -> dict[str, Any]:
    query, variables = scene.mutations[name]
    with clock.frozen(datetime.fromisoformat(at)):
        answer: dict[str, Any] = await gql(query, variables, actor=actor)
    return answer


@pytest.mark.parametrize(
    ("name", "who", "code"),
    [
        (name, who, code)
        for name in ("submitReadings", "submitCollectiveReadings", "correctReading")
        for who, code in DENIED
        # A house's meters are its residents' to see: STAFF_ONLY, in test_collective.
        if (name, who) != ("submitCollectiveReadings", a_neighbour)
    ],
)
async def test_others_are_denied_and_nothing_changes(
    gql: GraphQLClient, scene: Scene, events: EmittedEvents, name: str, who: Who, code: str
) -> None:
    answer = await attempt(gql, scene, await who(scene), name)

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await Reading.filter(billing_month="2026-11-01").count() == 1
    assert (await Reading.get(id=scene.november.id)).version == 1
    assert await ReadingRevision.all().count() == 0
    assert events == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("submitReadings", "FORBIDDEN"),
        ("submitCollectiveReadings", "FORBIDDEN"),
        ("correctReading", "FORBIDDEN"),
    ],
)
async def test_a_right_counts_where_it_was_given(
    gql: GraphQLClient, scene: Scene, events: EmittedEvents, name: str, code: str
) -> None:
    answer = await attempt(gql, scene, await staff_with_the_right_elsewhere(scene), name)

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert events == []


@pytest.mark.parametrize("name", ["submitReadings", "submitCollectiveReadings", "correctReading"])
@pytest.mark.parametrize("who", [staff_of_this_house, a_system])
async def test_those_with_the_right_are_let_in(
    gql: GraphQLClient, scene: Scene, events: EmittedEvents, name: str, who: Who
) -> None:
    answer = await attempt(gql, scene, await who(scene), name)

    assert answer["data"][name]["errors"] == []
    assert len(events) == 1


@pytest.mark.parametrize("name", ["submitReadings", "submitCollectiveReadings", "correctReading"])
async def test_what_is_anothers_looks_like_what_does_not_exist(
    gql: GraphQLClient, scene: Scene, name: str
) -> None:
    actor = await staff_elsewhere(scene)
    query, variables = scene.mutations[name]
    foreign = await gql(query, variables, actor=actor)
    scene.home.meter.id, scene.house.id, scene.november.id = uuid4(), uuid4(), uuid4()
    query, variables = scene.mutations[name]

    missing = await gql(query, variables, actor=actor)

    for answer in (foreign, missing):
        del answer["errors"][0]["extensions"]["requestId"]
    assert foreign == missing
    assert foreign["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_one_foreign_meter_spoils_the_whole_form(
    gql: GraphQLClient, scene: Scene, events: EmittedEvents
) -> None:
    second = await a_premise(building=scene.home.building)
    await a_resident(second, user=scene.home.user)
    theirs = await a_meter(premise=second)
    foreign = await a_meter()

    for other in (foreign, theirs):
        with clock.frozen(datetime.fromisoformat(NOON)):
            answer = await gql(
                SUBMIT_READINGS,
                submission(
                    scene.home.premise, values_of(scene.home.meter, "106"), values_of(other, "1")
                ),
                actor=scene.home.resident,
            )
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
    assert events == []


@pytest.mark.parametrize(
    ("who", "code"), [(nobody, "UNAUTHENTICATED"), (staff_without_the_right, "FORBIDDEN")]
)
async def test_the_list_takes_the_right(
    gql: GraphQLClient, scene: Scene, who: Who, code: str
) -> None:
    answer = await gql(LIST, actor=await who(scene))

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (a_neighbour, False),
        (a_resident_elsewhere, False),
        (staff_elsewhere, False),
        (staff_of_another_house, False),
        (staff_with_the_right_elsewhere, False),
        (a_system_elsewhere, False),
        (staff_of_this_house, True),
        (a_system, True),
    ],
)
async def test_the_list_shows_what_the_actor_may_see(
    gql: GraphQLClient, scene: Scene, who: Who, sees: bool
) -> None:
    actor = await who(scene)

    listed = await gql(LIST, actor=actor)
    node = await gql(NODE, {"id": encode_id("Reading", scene.november.id)}, actor=actor)

    number = 2 if sees else 0
    assert len(listed["data"]["readings"]["nodes"]) == number
    assert listed["data"]["readings"]["totalCount"] == {"count": number}
    assert (node["data"]["node"] is not None) is sees


async def test_residents_see_their_own_readings_and_their_houses(
    gql: GraphQLClient, scene: Scene
) -> None:
    common = await a_reading(scene.house, "2026-11", "7")
    foreign = await a_collective_meter()
    await a_reading(foreign, "2026-11", "7")

    own = await gql(LIST, actor=scene.home.resident)
    neighbour = await gql(LIST, actor=await a_neighbour(scene))

    assert {each["id"] for each in own["data"]["readings"]["nodes"]} >= {
        encode_id("Reading", common.id),
        encode_id("Reading", scene.november.id),
    }
    assert own["data"]["readings"]["totalCount"] == {"count": 3}
    assert neighbour["data"]["readings"]["nodes"] == [{"id": encode_id("Reading", common.id)}]
