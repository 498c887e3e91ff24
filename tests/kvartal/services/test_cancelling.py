"""Orders that are taken back over HTTP: by whom, and until when."""

from dataclasses import dataclass
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization, Premise, Resident
from kvartal.permissions import ORDER_MANAGE, SERVICE_ORDER
from kvartal.services.events import ServiceOrderCancelled
from kvartal.services.models import ServiceOrder
from kvartal.services.rules import ServiceOrderStatus
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_premise,
    a_service,
    a_service_order,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents

RIGHTS = (SERVICE_ORDER.code, ORDER_MANAGE.code)

CANCEL = """
mutation ($input: CancelServiceOrderInput!) {
  cancelServiceOrder(input: $input) {
    serviceOrder { status version resident { fullName } }
    errors { code path }
  }
}
"""
NEW, IN_PROGRESS, DONE, CANCELLED = ServiceOrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A premise, a resident who has signed in, and their order."""

    organization: Organization
    premise: Premise
    at_home: Actor
    order: ServiceOrder

    def input(self, **more: Any) -> dict[str, Any]:
        return {"input": {"id": encode_id("ServiceOrder", self.order.id), **more}}


@pytest.fixture
async def home(db: None) -> Home:
    organization = await an_organization()
    premise = await a_premise(building=await a_building(organization=organization))
    user = await a_resident_user(organization, premises=[premise], full_name="Орлова Вера")
    return Home(
        organization=organization,
        premise=premise,
        at_home=await actor_of(user),
        order=await a_service_order(
            premise=premise,
            service=await a_service(organization=organization),
            resident=await Resident.get(user=user),
        ),
    )


async def test_a_resident_takes_an_order_back(
    gql: GraphQLClient, events: EmittedEvents, home: Home
) -> None:
    answer = await gql(CANCEL, home.input(expectedVersion=1), actor=home.at_home)

    assert answer["data"]["cancelServiceOrder"] == {
        "serviceOrder": {
            "status": "CANCELLED",
            "version": 2,
            "resident": {"fullName": "Орлова Вера"},
        },
        "errors": [],
    }
    assert events == [
        ServiceOrderCancelled(
            order_id=home.order.id,
            organization_id=home.organization.id,
            building_id=home.premise.building_id,
            premise_id=home.premise.id,
            service_id=home.order.service_id,
            resident_id=home.order.resident_id,
        )
    ]
    assert ServiceOrderCancelled.name == "kvartal.service_order_cancelled"


async def test_taking_it_back_again_changes_nothing(
    gql: GraphQLClient, events: EmittedEvents, home: Home
) -> None:
    first = await gql(CANCEL, home.input(), actor=home.at_home)
    again = await gql(CANCEL, home.input(), actor=home.at_home)

    assert again == first
    assert len(events) == 1


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        (IN_PROGRESS, {}, {"code": "ORDER_TAKEN_UP", "path": ["id"]}),
        (DONE, {}, {"code": "ORDER_CLOSED", "path": ["id"]}),
        (NEW, {"expectedVersion": 7}, {"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}),
    ],
)
async def test_what_stands_in_the_way(
    gql: GraphQLClient,
    events: EmittedEvents,
    home: Home,
    status: ServiceOrderStatus,
    more: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    await ServiceOrder.filter(id=home.order.id).update(status=status)

    answer = await gql(CANCEL, home.input(**more), actor=home.at_home)

    assert answer["data"]["cancelServiceOrder"] == {"serviceOrder": None, "errors": [expected]}
    after = await ServiceOrder.get(id=home.order.id)
    assert (after.status, after.version) == (status, 1)
    assert events == []


async def test_who_may_not(gql: GraphQLClient, events: EmittedEvents, home: Home) -> None:
    elsewhere = await a_building(organization=home.organization)
    housemate = await a_resident_user(home.organization, premises=[home.premise])
    orders = await an_employee(home.organization, permissions=[SERVICE_ORDER.code])
    manages = await an_employee(home.organization, permissions=[ORDER_MANAGE.code])
    of_others = await an_employee(home.organization, permissions=RIGHTS, buildings=[elsewhere])
    stranger = await an_employee(await an_organization(), permissions=RIGHTS)

    async def told(actor: Actor | None) -> list[str]:
        answer = await gql(CANCEL, home.input(), actor=actor)
        return [error["extensions"]["code"] for error in answer["errors"]]

    assert await told(None) == ["UNAUTHENTICATED"]
    assert await told(await actor_of(housemate)) == ["NOT_FOUND"]
    assert await told(await actor_of(orders)) == ["NOT_FOUND"]
    assert await told(await actor_of(manages)) == ["FORBIDDEN"]
    assert await told(await actor_of(of_others)) == ["NOT_FOUND"]
    assert await told(await actor_of(stranger)) == ["NOT_FOUND"]
    assert (await ServiceOrder.get(id=home.order.id)).status is NEW
    assert events == []


async def test_staff_and_integrators_who_work_orders_off_cancel_them(
    gql: GraphQLClient, home: Home
) -> None:
    for person in (
        await an_employee(home.organization, permissions=RIGHTS),
        await a_service_token(home.organization, permissions=RIGHTS),
    ):
        await ServiceOrder.filter(id=home.order.id).update(status=NEW)

        answer = await gql(CANCEL, home.input(), actor=await actor_of(person))

        assert answer["data"]["cancelServiceOrder"]["serviceOrder"]["status"] == "CANCELLED"


async def test_who_has_moved_out_takes_nothing_back(gql: GraphQLClient, home: Home) -> None:
    other = await a_premise(building=await home.premise.building)
    await ServiceOrder.filter(id=home.order.id).update(premise_id=other.id)

    answer = await gql(CANCEL, home.input(), actor=home.at_home)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
