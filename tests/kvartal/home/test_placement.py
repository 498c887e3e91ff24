"""Where widgets stand on the home screen: what an organization chooses, and who sees it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.home.models import HomeWidgetChoice
from kvartal.home.rules import Placement, placements_of
from kvartal.housing.models import Organization, Premise
from kvartal.permissions import WIDGET_MANAGE
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter

PLACE = """
mutation ($input: UpdateHomeWidgetInput!) {
  updateHomeWidget(input: $input) {
    placement { key pinned position version } errors { code path version }
  }
}
"""
SCREEN = "query ($id: ID!) { premise(id: $id) { homeWidgets { key pinned position } } }"
ORGANIZATIONS = "{ organizations { homeWidgets { key pinned position version } } }"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def manager(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions={WIDGET_MANAGE.code}))


@pytest.fixture
async def premise(organization: Organization) -> Premise:
    return await a_premise(building=await a_building(organization=organization))


def asked(organization: Organization, **fields: Any) -> dict[str, Any]:
    given = {"organizationId": encode_id("Organization", organization.id), "key": "meters"}
    return {"input": {**given, **fields}}


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_widgets_stand_in_the_order_of_their_keys_until_a_place_is_chosen() -> None:
    usual = placements_of(["b", "a", "c"], {})
    chosen = {"a": Placement("a", False, 2, 5), "gone": Placement("gone", True, 0, 1)}

    assert usual == [Placement("a", True, 0), Placement("b", True, 1), Placement("c", True, 2)]
    assert placements_of(["b", "a", "c"], chosen) == [
        Placement("b", True, 1),
        Placement("a", False, 2, 5),
        Placement("c", True, 2),
    ]


async def test_a_widget_is_pinned_and_placed(
    gql: GraphQLClient, organization: Organization, manager: Actor, premise: Premise
) -> None:
    resident = await actor_of(await a_resident_user(organization, premises=[premise]))
    stranger = await a_premise()
    screen = {"id": encode_id("Premise", premise.id)}

    async def shown(actor: Actor, place: Mapping[str, str]) -> Any:
        answer = await gql(SCREEN, place, actor=actor)
        return answer["data"]["premise"]["homeWidgets"]

    async def place(**fields: Any) -> Any:
        answer = await gql(PLACE, asked(organization, **fields), actor=manager)
        return answer["data"]["updateHomeWidget"]

    assert await shown(resident, screen) == [{"key": "meters", "pinned": True, "position": 0}]

    first = await place(position=3, expectedVersion=0)
    placement = {"key": "meters", "pinned": True, "position": 3, "version": 1}
    assert first == {"placement": placement, "errors": []}
    second = await place(pinned=False, expectedVersion=1)
    assert second["placement"] == placement | {"pinned": False, "version": 2}

    assert await shown(resident, screen) == [{"key": "meters", "pinned": False, "position": 3}]
    theirs = await actor_of(await a_resident_user(await stranger.organization, premises=[stranger]))
    assert await shown(theirs, {"id": encode_id("Premise", stranger.id)}) == [
        {"key": "meters", "pinned": True, "position": 0}
    ]
    listed = await gql(ORGANIZATIONS, actor=manager)
    assert listed["data"]["organizations"] == [
        {"homeWidgets": [placement | {"pinned": False, "version": 2}]}
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"key": "weather"}, ("HOME_WIDGET_UNKNOWN", ["key"], None)),
        ({"position": -1}, ("POSITION_INVALID", ["position"], None)),
        ({"position": 1000}, ("POSITION_INVALID", ["position"], None)),
        ({"expectedVersion": 1}, ("VERSION_CONFLICT", ["expectedVersion"], 0)),
    ],
)
async def test_a_widget_is_not_placed(
    gql: GraphQLClient,
    organization: Organization,
    manager: Actor,
    fields: dict[str, Any],
    expected: tuple[str, list[str], int | None],
) -> None:
    answer = await gql(PLACE, asked(organization, **fields), actor=manager)

    [error] = answer["data"]["updateHomeWidget"]["errors"]
    assert (error["code"], error["path"], error["version"]) == expected
    assert await HomeWidgetChoice.all().count() == 0


async def test_who_may_not_place_widgets(
    gql: GraphQLClient, events: EmittedEvents, organization: Organization, premise: Premise
) -> None:
    resident = await actor_of(await a_resident_user(organization, premises=[premise]))
    viewer = await actor_of(await an_employee(organization))
    right = {WIDGET_MANAGE.code}
    away = await actor_of(await an_employee(await an_organization(), permissions=right))
    in_both = Actor(kind=away.kind, memberships=(*away.memberships, *viewer.memberships))

    async def told(actor: Actor | None) -> list[str]:
        return codes(await gql(PLACE, asked(organization, pinned=False), actor=actor))

    assert await told(None) == ["UNAUTHENTICATED"]
    assert await told(resident) == ["FORBIDDEN"]
    assert await told(viewer) == ["FORBIDDEN"]
    assert await told(in_both) == ["FORBIDDEN"]
    assert await told(away) == ["NOT_FOUND"]
    assert await HomeWidgetChoice.all().count() == 0
    assert events == []


async def test_home_screens_hear_of_a_new_place(
    gql: GraphQLClient,
    organization: Organization,
    manager: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    touched: list[str] = []
    monkeypatch.setattr("kvartal.home.service.touch", touched.append)

    await gql(PLACE, asked(organization, pinned=False), actor=manager)

    assert touched == [f"organization:{organization.id}"]


@pytest.mark.parametrize("count", [2, 20])
async def test_places_cost_one_statement_whatever_they_are_asked_for(
    gql: GraphQLClient, queries: QueryCounter, organization: Organization, count: int
) -> None:
    building = await a_building(organization=organization)
    for _ in range(count):
        await a_premise(building=building)
    actor = await actor_of(await an_employee(organization))

    query = "{ premises { nodes { homeWidgets { key } } } }"
    with queries.exactly(3):  # premises, the widget's own, places
        await gql(query, actor=actor)
        await asyncio.sleep(0)
    with queries.exactly(2):
        screens = await gql(query, actor=actor)
        await asyncio.sleep(0)
    with queries.exactly(1):  # organizations: the places are remembered
        await gql(ORGANIZATIONS, actor=actor)
        await asyncio.sleep(0)

    assert len(screens["data"]["premises"]["nodes"]) == count


async def test_the_database_refuses_a_second_choice_and_a_place_before_the_first(
    organization: Organization,
) -> None:
    await HomeWidgetChoice.create(organization=organization, key="meters")

    for fields in ({"key": "meters"}, {"key": "other", "position": -1}):
        with pytest.raises(IntegrityError):
            async with in_transaction():
                await HomeWidgetChoice.create(organization=organization, **fields)
