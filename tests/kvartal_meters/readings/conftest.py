"""A town whose readings are listed and searched."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization, Quarter
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_account,
    an_organization,
)
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.testing import a_collective_meter, a_meter, a_reading

FOUND = """
query ($filter: ReadingFilterInput, $search: String) {
  readings(filter: $filter, search: $search) {
    nodes { billingMonth meter { identifier } }
    totalCount { count }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Two houses of one organization: the northern in a quarter, the southern in a group."""

    organization: Organization
    quarter: Quarter
    north: Building
    south: Building
    clerk: Actor
    ids: dict[str, str]


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02}T{hour:02}:{minute:02}+00:00")


@pytest.fixture
async def town(db: None) -> Town:
    """The readings of each meter are told by its identifier."""
    organization = await an_organization(timezone="Asia/Yekaterinburg")
    quarter = await a_quarter(organization=organization)
    north = await a_building(quarter=quarter, address="г. Пермь, ул. Тёплая, 5")
    south = await a_building(organization=organization, address="г. Пермь, ул. Лесная, 5_а")
    group = await a_group(organization=organization, buildings=[south])
    flat = await a_premise(building=north, number="15")
    other = await a_premise(building=south, number="100%")
    account = await an_account(premise=flat, number="7700415015")
    cold = await a_meter(premise=flat, account=account, identifier="ХВС", serial_number="18-034512")
    light = await a_meter(premise=other, identifier="ЭЛ", type=MeterType.ELECTRICITY_2T)
    house = await a_collective_meter(building=south, identifier="ОДПУ")
    foreign = await a_meter(identifier="ЧУЖОЙ")
    await a_reading(cold, "2026-10", "100", submitted_at=at(1))
    await a_reading(cold, "2026-11", "104.5", submitted_at=at(15), needs_review=True)
    await a_reading(
        light, "2026-11", "10", "20", submitted_at=at(16), channel=SubmissionChannel.CRM
    )
    await a_reading(house, "2026-11", "7", submitted_at=at(17))
    await a_reading(foreign, "2026-11", "7", submitted_at=at(17))
    return Town(
        organization=organization,
        quarter=quarter,
        north=north,
        south=south,
        clerk=await actor_of(await an_employee(organization, permissions=[SUBMIT.code])),
        ids={
            "organizationId": encode_id("Organization", organization.id),
            "groupId": encode_id("BuildingGroup", group.id),
            "quarterId": encode_id("Quarter", quarter.id),
            "buildingId": encode_id("Building", north.id),
            "premiseId": encode_id("Premise", other.id),
            "strangersBuilding": encode_id("Building", foreign.building_id),
            "strangersOrganization": encode_id("Organization", foreign.organization_id),
        },
    )


Find = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def find(gql: GraphQLClient, town: Town) -> Find:
    """What a filter and a search find, as ``identifier month``, newest first."""

    async def found(
        search: str | None = None, actor: Actor | None = None, **filter: object
    ) -> list[str]:
        answer = await gql(FOUND, {"filter": filter, "search": search}, actor=actor or town.clerk)
        readings = answer["data"]["readings"]
        assert readings["totalCount"]["count"] == len(readings["nodes"])
        return [
            f"{each['meter']['identifier']} {each['billingMonth'][5:]}"
            for each in readings["nodes"]
        ]

    return found
