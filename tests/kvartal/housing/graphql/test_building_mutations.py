"""Adding and changing buildings over HTTP: what is told when, and who hears of a move."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import decode_id, encode_id
from kvartal.housing.events import BuildingMoved, PlacesRenamed
from kvartal.housing.models import Building, Organization
from kvartal.permissions import BUILDING_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_group, a_quarter, an_organization
from kvartal.testing.watch import EmittedEvents

CREATE_BUILDING = """
mutation ($input: CreateBuildingInput!) {
  createBuilding(input: $input) {
    building { id address timezone externalId fiasGuid version quarter { name } }
    errors { code path message limit }
  }
}
"""
UPDATE_BUILDING = """
mutation ($input: UpdateBuildingInput!) {
  updateBuilding(input: $input) {
    building { address timezone externalId fiasGuid version quarter { name } }
    errors { code path version }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A building, and an employee who may change it."""

    organization: Organization
    building: Building
    employee: Actor

    def input_of(self, mutation: str) -> dict[str, Any]:
        if mutation == UPDATE_BUILDING:
            return {"id": encode_id("Building", self.building.id), "address": "новый"}
        return {
            "organizationId": encode_id("Organization", self.organization.id),
            "address": "ул. Новая, 1",
        }


@pytest.fixture
async def place(db: None) -> Place:
    organization = await an_organization(timezone="Asia/Yekaterinburg")
    building = await a_building(organization=organization, address="ул. Мира, 1")
    employee = await an_employee(organization, permissions={BUILDING_EDIT.code})
    return Place(organization, building, await actor_of(employee))


async def rows() -> list[Any]:
    """All buildings, by what is changed of them."""
    return sorted(await Building.all().values_list("address", "version"))


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_a_building_is_created(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    quarter = await a_quarter(organization=place.organization, name="Северный")
    group = await a_group(organization=place.organization)
    guid = str(uuid4())
    given = {
        "organizationId": encode_id("Organization", place.organization.id),
        "address": "  ул.  Новая, 1 ",
        "timezone": "Europe/Kaliningrad",
        "quarterId": encode_id("Quarter", quarter.id),
        "groupIds": [encode_id("BuildingGroup", group.id)],
        "externalId": "b-1",
        "fiasGuid": guid,
    }

    answer = await gql(CREATE_BUILDING, {"input": given}, actor=place.employee)

    payload = answer["data"]["createBuilding"]
    building_id = payload["building"].pop("id")
    assert payload == {
        "building": {
            "address": "ул. Новая, 1",
            "timezone": "Europe/Kaliningrad",
            "externalId": "b-1",
            "fiasGuid": guid,
            "version": 1,
            "quarter": {"name": "Северный"},
        },
        "errors": [],
    }
    assert events == [
        BuildingMoved(
            organization_id=place.organization.id,
            building_id=uuid(building_id),
            quarter_before=None,
            quarter_after=quarter.id,
            groups_before=(),
            groups_after=(group.id,),
        )
    ]
    assert BuildingMoved.name == "kvartal.building_moved"


async def test_a_new_building_has_the_organizations_time_zone(
    gql: GraphQLClient, place: Place
) -> None:
    variables = {"input": place.input_of(CREATE_BUILDING)}

    answer = await gql(CREATE_BUILDING, variables, actor=place.employee)

    building = answer["data"]["createBuilding"]["building"]
    assert building["timezone"] == "Asia/Yekaterinburg"
    assert building["quarter"] is None


async def test_all_faults_of_a_new_building_are_told_at_once(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    given = {
        **place.input_of(CREATE_BUILDING),
        "address": " \u200b ",
        "timezone": "Луна",
        "externalId": "x" * 101,
    }
    before = await rows()

    answer = await gql(CREATE_BUILDING, {"input": given}, actor=place.employee)

    assert answer["data"]["createBuilding"]["errors"] == [
        {
            "code": "ADDRESS_REQUIRED",
            "path": ["address"],
            "message": "Укажите адрес",
            "limit": None,
        },
        {
            "code": "TIMEZONE_UNKNOWN",
            "path": ["timezone"],
            "message": "Неизвестный часовой пояс. Укажите его по IANA, например Europe/Moscow",
            "limit": None,
        },
        {
            "code": "TEXT_TOO_LONG",
            "path": ["externalId"],
            "message": "Слишком длинное значение: допустимо не более 100 знаков",
            "limit": 100,
        },
    ]
    assert await rows() == before
    assert events == []


@pytest.mark.parametrize("mutation", [CREATE_BUILDING, UPDATE_BUILDING])
async def test_quarters_and_groups_of_others_do_not_exist(
    gql: GraphQLClient, place: Place, mutation: str
) -> None:
    quarter, group = await a_quarter(), await a_group()
    own = await a_group(organization=place.organization)
    before = await rows()

    for foreign in (
        {"quarterId": encode_id("Quarter", quarter.id)},
        {"groupIds": [encode_id("BuildingGroup", each.id) for each in (own, group)]},
    ):
        given = {**place.input_of(mutation), **foreign}
        answer = await gql(mutation, {"input": given}, actor=place.employee)
        assert codes(answer) == ["NOT_FOUND"]

    assert await rows() == before


async def test_given_fields_of_a_building_change_and_no_others(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    one = {"id": encode_id("Building", place.building.id), "expectedVersion": 1}

    first = await gql(
        UPDATE_BUILDING,
        {"input": {**one, "timezone": "Europe/Samara", "externalId": " b-1 "}},
        actor=place.employee,
    )
    guid = str(uuid4())
    second = await gql(
        UPDATE_BUILDING,
        {"input": {"id": one["id"], "address": "ул. Мира, 2", "fiasGuid": guid}},
        actor=place.employee,
    )
    third = await gql(
        UPDATE_BUILDING,
        {"input": {"id": one["id"], "externalId": None, "fiasGuid": None}},
        actor=place.employee,
    )

    building = {
        "address": "ул. Мира, 1",
        "timezone": "Europe/Samara",
        "externalId": "b-1",
        "fiasGuid": None,
        "version": 2,
        "quarter": None,
    }
    assert first == updated(building)
    building |= {"address": "ул. Мира, 2", "fiasGuid": guid, "version": 3}
    assert second == updated(building)
    building |= {"externalId": None, "fiasGuid": None, "version": 4}
    assert third == updated(building)
    assert events == [PlacesRenamed.of_buildings(place.organization.id, place.building.id)]
    [row] = await Building.filter(id=place.building.id)
    assert row.sort_key != place.building.sort_key


async def test_a_building_that_somebody_else_has_changed_is_not_changed(
    gql: GraphQLClient, place: Place
) -> None:
    given = {**place.input_of(UPDATE_BUILDING), "expectedVersion": 7}
    before = await rows()

    answer = await gql(UPDATE_BUILDING, {"input": given}, actor=place.employee)

    assert answer["data"]["updateBuilding"] == {
        "building": None,
        "errors": [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "version": 1}],
    }
    assert await rows() == before


async def test_a_building_moves_between_quarters_and_groups(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    quarter = await a_quarter(organization=place.organization)
    left, stays, joined = [await a_group(organization=place.organization) for _ in range(3)]
    building_id = encode_id("Building", place.building.id)

    async def move(**fields: Any) -> None:
        given = {"id": building_id, **fields}
        answer = await gql(UPDATE_BUILDING, {"input": given}, actor=place.employee)
        assert answer["data"]["updateBuilding"]["errors"] == []

    def ids(*groups: Any) -> list[str]:
        return [encode_id("BuildingGroup", group.id) for group in groups]

    await move(quarterId=encode_id("Quarter", quarter.id), groupIds=ids(left, stays, stays))
    await move(quarterId=encode_id("Quarter", quarter.id), groupIds=ids(stays, left))
    await move(groupIds=ids(stays, joined))
    await move(quarterId=None)
    await move(groupIds=None)

    def sorted_ids(*groups: Any) -> tuple[UUID, ...]:
        return tuple(sorted(group.id for group in groups))

    assert [
        (each.quarter_before, each.quarter_after, each.groups_before, each.groups_after)
        for each in events.of(BuildingMoved)
    ] == [
        (None, quarter.id, (), sorted_ids(left, stays)),
        (quarter.id, quarter.id, sorted_ids(left, stays), sorted_ids(stays, joined)),
        (quarter.id, None, sorted_ids(stays, joined), sorted_ids(stays, joined)),
        (None, None, sorted_ids(stays, joined), ()),
    ]


def uuid(value: str) -> UUID:
    return decode_id(value)[1]


def updated(building: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"updateBuilding": {"building": building, "errors": []}}}
