"""Services over HTTP: who offers, who orders, who works the orders off."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization, Premise, Resident
from kvartal.permissions import ORDER_MANAGE, SERVICE_EDIT, SERVICE_ORDER
from kvartal.services.events import ServiceOrderCreated
from kvartal.services.models import Service, ServiceOrder
from kvartal.services.rules import ServiceKind, ServiceOrderStatus
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
    a_resident,
    a_service,
    a_service_order,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents, QueryCounter

RIGHTS = (SERVICE_EDIT.code, SERVICE_ORDER.code, ORDER_MANAGE.code)

SERVICES = """
query ($premiseId: ID, $organizationId: ID, $all: Boolean = false) {
  services(premiseId: $premiseId, organizationId: $organizationId, includeArchived: $all) {
    title
  }
}
"""
ORDERS = """
query ($organizationId: ID, $buildingId: ID, $premiseId: ID, $serviceId: ID,
       $statuses: [ServiceOrderStatus!], $first: Int, $after: String) {
  serviceOrders(organizationId: $organizationId, buildingId: $buildingId, premiseId: $premiseId,
                serviceId: $serviceId, statuses: $statuses, first: $first, after: $after) {
    nodes { comment status service { title } premise { number } resident { fullName } }
    pageInfo { endCursor hasNextPage }
    totalCount { count isExact }
  }
}
"""
CREATE = """
mutation ($input: CreateServiceInput!) {
  createService(input: $input) {
    service { title kind description price isActive version } errors { code path limit }
  }
}
"""
UPDATE = """
mutation ($input: UpdateServiceInput!) {
  updateService(input: $input) {
    service { title kind description price isActive version } errors { code path }
  }
}
"""
ORDER = """
mutation ($input: OrderServiceInput!) {
  orderService(input: $input) {
    serviceOrder { id status comment sourceId version premise { number } resident { fullName } }
    errors { code path }
  }
}
"""
SET_STATUS = """
mutation ($input: UpdateServiceOrderInput!) {
  updateServiceOrder(input: $input) { serviceOrder { status version } errors { code path } }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename } }"


def archiving(verb: str) -> str:
    return (
        f"mutation ($input: ServiceInput!) {{ {verb}Service(input: $input)"
        " { service { archivedAt version } errors { code } } }"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A premise with a resident who has signed in, a service, and an employee with all rights."""

    organization: Organization
    premise: Premise
    resident: Resident
    at_home: Actor
    service: Service
    employee: Actor

    def order_input(self, **more: Any) -> dict[str, Any]:
        return {
            "input": {
                "serviceId": encode_id("Service", self.service.id),
                "premiseId": encode_id("Premise", self.premise.id),
                **more,
            }
        }


@pytest.fixture
async def place(db: None) -> Place:
    organization = await an_organization()
    premise = await a_premise(building=await a_building(organization=organization), number="5")
    user = await a_resident_user(organization, premises=[premise], full_name="Орлова Вера")
    return Place(
        organization=organization,
        premise=premise,
        resident=await Resident.get(user=user),
        at_home=await actor_of(user),
        service=await a_service(
            organization=organization, title="Поверка", kind=ServiceKind.VERIFICATION
        ),
        employee=await actor_of(await an_employee(organization, permissions=RIGHTS)),
    )


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def refusals(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    [payload] = answer["data"].values()
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_a_service_is_offered_and_changed(gql: GraphQLClient, place: Place) -> None:
    given = {
        "organizationId": encode_id("Organization", place.organization.id),
        "title": "  Замена  счетчика ",
        "kind": "REPLACEMENT",
        "description": " Выезд \n\n и замена ",
        "price": "от 500 ₽",
    }

    created = await gql(CREATE, {"input": given}, actor=place.employee)
    made = await Service.get(kind=ServiceKind.REPLACEMENT)
    one = {"id": encode_id("Service", made.id)}
    changed = await gql(
        UPDATE,
        {"input": {**one, "title": "Замена", "description": None, "kind": None, "isActive": False}},
        actor=place.employee,
    )

    service = {
        "title": "Замена счетчика",
        "kind": "REPLACEMENT",
        "description": "Выезд\n\nи замена",
        "price": "от 500 ₽",
        "isActive": True,
        "version": 1,
    }
    assert created["data"]["createService"] == {"service": service, "errors": []}
    assert changed["data"]["updateService"] == {
        "service": service
        | {"title": "Замена", "description": None, "isActive": False, "version": 2},
        "errors": [],
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"title": " "}, [("TITLE_REQUIRED", ["title"])]),
        (
            {"title": "x" * 201, "description": "x" * 5001, "price": "x" * 101},
            [
                ("TEXT_TOO_LONG", ["title"]),
                ("TEXT_TOO_LONG", ["description"]),
                ("TEXT_TOO_LONG", ["price"]),
            ],
        ),
        ({"expectedVersion": 2}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ],
)
async def test_a_service_is_not_changed(
    gql: GraphQLClient, place: Place, given: dict[str, Any], expected: list[Any]
) -> None:
    one = {"id": encode_id("Service", place.service.id)}

    answer = await gql(UPDATE, {"input": {**one, **given}}, actor=place.employee)

    assert refusals(answer) == expected
    assert (await Service.get(id=place.service.id)).version == 1


async def test_services_are_listed_for_those_they_are_offered_to(
    gql: GraphQLClient, place: Place
) -> None:
    await a_service(organization=place.organization, title="Архив", archived_at=clock.now())
    await a_service(organization=place.organization, title="Выключена", is_active=False)
    theirs = await a_service(title="Чужая")
    ours = {"organizationId": encode_id("Organization", place.organization.id)}
    home = {"premiseId": encode_id("Premise", place.premise.id)}
    foreign = {"organizationId": encode_id("Organization", theirs.organization_id)}

    async def titles(actor: Actor, **variables: Any) -> list[str]:
        answer = await gql(SERVICES, variables, actor=actor)
        return [each["title"] for each in answer["data"]["services"]]

    assert await titles(place.at_home) == ["Поверка"]
    assert await titles(place.at_home, **home, all=True) == ["Поверка"]
    assert await titles(place.employee) == ["Выключена", "Поверка"]
    assert await titles(place.employee, **ours, all=True) == ["Архив", "Выключена", "Поверка"]
    assert await titles(place.employee, **home) == ["Выключена", "Поверка"]
    assert await titles(place.employee, **foreign) == []

    stranger = await actor_of(await an_employee(await an_organization()))
    assert codes(await gql(SERVICES, home, actor=stranger)) == ["NOT_FOUND"]
    assert codes(await gql(SERVICES)) == ["UNAUTHENTICATED"]


async def test_a_service_goes_into_the_archive_and_comes_back(
    gql: GraphQLClient, place: Place
) -> None:
    given = {"input": {"id": encode_id("Service", place.service.id)}}
    late = {"input": {**given["input"], "expectedVersion": 9}}

    for verb, version in (("archive", 2), ("archive", 2), ("restore", 3), ("restore", 3)):
        answer = await gql(archiving(verb), given, actor=place.employee)
        service = answer["data"][f"{verb}Service"]["service"]
        assert (service["archivedAt"] is not None) == (verb == "archive")
        assert service["version"] == version

    answer = await gql(archiving("archive"), late, actor=place.employee)
    assert answer["data"]["archiveService"]["errors"] == [{"code": "VERSION_CONFLICT"}]


async def test_a_resident_orders_a_service_for_their_premise(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    answer = await gql(
        ORDER, place.order_input(comment=" Позвоните \n до пяти "), actor=place.at_home
    )

    order = await ServiceOrder.get(service=place.service)
    assert answer["data"]["orderService"] == {
        "serviceOrder": {
            "id": encode_id("ServiceOrder", order.id),
            "status": "NEW",
            "comment": "Позвоните\nдо пяти",
            "sourceId": None,
            "version": 1,
            "premise": {"number": "5"},
            "resident": {"fullName": "Орлова Вера"},
        },
        "errors": [],
    }
    assert events == [
        ServiceOrderCreated(
            order_id=order.id,
            organization_id=place.organization.id,
            building_id=place.premise.building_id,
            premise_id=place.premise.id,
            service_id=place.service.id,
            service_kind=ServiceKind.VERIFICATION,
            resident_id=place.resident.id,
        )
    ]
    assert ServiceOrderCreated.name == "kvartal.service_order_created"


async def test_staff_order_for_a_resident_or_for_nobody(gql: GraphQLClient, place: Place) -> None:
    neighbour = await a_resident(await a_premise(building=await place.premise.building))
    who = encode_id("Resident", place.resident.id)
    ordering = await actor_of(
        await an_employee(place.organization, permissions=[SERVICE_ORDER.code])
    )

    for_vera = await gql(ORDER, place.order_input(residentId=who), actor=place.employee)
    for_nobody = await gql(ORDER, place.order_input(), actor=ordering)
    for_stranger = await gql(
        ORDER,
        place.order_input(residentId=encode_id("Resident", neighbour.id)),
        actor=place.employee,
    )

    assert for_vera["data"]["orderService"]["serviceOrder"]["resident"] == {
        "fullName": "Орлова Вера"
    }
    assert for_nobody["data"]["orderService"]["serviceOrder"]["resident"] is None
    assert refusals(for_stranger) == [("NOT_A_RESIDENT", ["residentId"])]


async def test_all_that_stands_in_an_orders_way_is_told_at_once(
    gql: GraphQLClient, events: EmittedEvents, place: Place
) -> None:
    place.service.is_active = False
    await place.service.save()
    place.premise.archived_at = clock.now()
    await place.premise.save()

    answer = await gql(ORDER, place.order_input(comment="x" * 5001), actor=place.employee)

    assert refusals(answer) == [
        ("TEXT_TOO_LONG", ["comment"]),
        ("SERVICE_UNAVAILABLE", ["serviceId"]),
        ("PLACE_ARCHIVED", ["premiseId"]),
    ]
    assert await ServiceOrder.all().count() == 0
    assert events == []


async def test_who_may_not_order(gql: GraphQLClient, events: EmittedEvents, place: Place) -> None:
    other = await a_building(organization=place.organization)
    next_door = await a_premise(building=other)
    neighbour = await a_resident_user(place.organization, premises=[next_door])
    theirs = await a_service()
    viewer = await an_employee(place.organization)
    of_others = await an_employee(place.organization, permissions=RIGHTS, buildings=[other])
    stranger = await an_employee(await an_organization(), permissions=RIGHTS)
    away = await actor_of(stranger)
    here = await actor_of(viewer)
    in_both = Actor(kind=away.kind, memberships=(*away.memberships, *here.memberships))

    async def told(actor: Actor | None, **more: Any) -> list[str]:
        return codes(await gql(ORDER, place.order_input(**more), actor=actor))

    assert await told(None) == ["UNAUTHENTICATED"]
    assert await told(here) == ["FORBIDDEN"]
    assert await told(in_both) == ["FORBIDDEN"]
    assert await told(away) == ["NOT_FOUND"]
    assert await told(await actor_of(of_others)) == ["NOT_FOUND"]
    assert await told(await actor_of(neighbour)) == ["NOT_FOUND"]
    foreign = encode_id("Service", theirs.id)
    assert await told(place.at_home, serviceId=foreign) == ["NOT_FOUND"]
    assert await told(place.employee, serviceId=foreign) == ["NOT_FOUND"]
    assert await ServiceOrder.all().count() == 0
    assert events == []


async def test_a_resident_is_not_offered_what_is_switched_off(
    gql: GraphQLClient, place: Place
) -> None:
    place.service.is_active = False
    await place.service.save()

    assert codes(await gql(ORDER, place.order_input(), actor=place.at_home)) == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (CREATE, "organization"),
        (UPDATE, "service"),
        (archiving("archive"), "service"),
        (archiving("restore"), "service"),
        (SET_STATUS, "order"),
    ],
)
async def test_who_may_not_manage_services(
    gql: GraphQLClient, place: Place, document: str, kind: str
) -> None:
    order = await a_service_order(premise=place.premise, service=place.service)
    given = {
        "organization": {
            "organizationId": encode_id("Organization", place.organization.id),
            "title": "Новая",
        },
        "service": {"id": encode_id("Service", place.service.id)},
        "order": {"id": encode_id("ServiceOrder", order.id), "status": "DONE"},
    }[kind]
    right = [ORDER_MANAGE.code if kind == "order" else SERVICE_EDIT.code]
    elsewhere = await a_building(organization=place.organization)
    away = await actor_of(await an_employee(await an_organization(), permissions=right))
    viewer = await actor_of(await an_employee(place.organization))
    in_both = Actor(kind=away.kind, memberships=(*away.memberships, *viewer.memberships))

    async def told(actor: Actor | None) -> list[str]:
        return codes(await gql(document, {"input": given}, actor=actor))

    assert await told(None) == ["UNAUTHENTICATED"]
    assert await told(place.at_home) == ["FORBIDDEN"]
    assert await told(viewer) == ["FORBIDDEN"]
    assert await told(away) == ["NOT_FOUND"]
    assert await told(in_both) == (["NOT_FOUND"] if kind == "order" else ["FORBIDDEN"])
    if kind == "order":
        of_others = await an_employee(place.organization, permissions=right, buildings=[elsewhere])
        assert await told(await actor_of(of_others)) == ["NOT_FOUND"]
    assert [row.version for row in await Service.all()] == [1]
    assert [row.version for row in await ServiceOrder.all()] == [1]
    token = await a_service_token(place.organization, permissions=right)
    answer = await gql(document, {"input": given}, actor=await actor_of(token))
    assert refusals(answer) == []


async def test_an_order_comes_further_until_it_is_closed(gql: GraphQLClient, place: Place) -> None:
    order = await a_service_order(premise=place.premise, service=place.service)
    one = {"id": encode_id("ServiceOrder", order.id)}

    async def put(status: str, **more: Any) -> Any:
        given = {**one, "status": status, **more}
        answer = await gql(SET_STATUS, {"input": given}, actor=place.employee)
        return answer["data"]["updateServiceOrder"]

    assert await put("IN_PROGRESS", expectedVersion=2) == {
        "serviceOrder": None,
        "errors": [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}],
    }
    taken = {"serviceOrder": {"status": "IN_PROGRESS", "version": 2}, "errors": []}
    assert await put("IN_PROGRESS", expectedVersion=1) == taken
    assert await put("IN_PROGRESS") == taken
    assert (await put("DONE"))["serviceOrder"] == {"status": "DONE", "version": 3}
    closed = {"serviceOrder": None, "errors": [{"code": "ORDER_CLOSED", "path": ["status"]}]}
    assert await put("CANCELLED") == closed
    assert await put("NEW") == closed


async def test_orders_are_seen_by_staff_and_by_who_ordered_them(
    gql: GraphQLClient, place: Place
) -> None:
    building = await place.premise.building
    other = await a_building(organization=place.organization)
    orders = [
        await a_service_order(
            premise=place.premise, service=place.service, resident=place.resident, comment="мой"
        ),
        await a_service_order(
            premise=place.premise,
            service=place.service,
            comment="ничей",
            status=ServiceOrderStatus.DONE,
        ),
        await a_service_order(
            premise=await a_premise(building=other), service=place.service, comment="другой"
        ),
    ]
    await a_service_order(comment="чужой")

    async def seen(actor: Actor, **variables: Any) -> list[str]:
        answer = await gql(ORDERS, variables, actor=actor)
        found = answer["data"]["serviceOrders"]
        assert found["totalCount"]["count"] == len(found["nodes"])
        return [each["comment"] for each in found["nodes"]]

    async def staff(*rights: str, buildings: Any = None) -> Actor:
        employee = await an_employee(place.organization, permissions=rights, buildings=buildings)
        return await actor_of(employee)

    assert await seen(place.employee) == ["другой", "ничей", "мой"]
    assert await seen(await staff(ORDER_MANAGE.code, buildings=[building])) == ["ничей", "мой"]
    assert await seen(await staff(SERVICE_EDIT.code)) == []
    assert await seen(place.at_home) == ["мой"]
    assert await seen(place.employee, statuses=["DONE", "CANCELLED"]) == ["ничей"]
    assert await seen(place.employee, buildingId=encode_id("Building", other.id)) == ["другой"]
    home = encode_id("Premise", place.premise.id)
    assert await seen(place.employee, premiseId=home) == ["ничей", "мой"]
    service = encode_id("Service", place.service.id)
    assert await seen(place.employee, serviceId=service) == ["другой", "ничей", "мой"]
    organization = encode_id("Organization", place.organization.id)
    assert len(await seen(place.employee, organizationId=organization)) == 3

    first = await gql(ORDERS, {"first": 2}, actor=place.employee)
    cursor = first["data"]["serviceOrders"]["pageInfo"]["endCursor"]
    rest = await gql(ORDERS, {"first": 2, "after": cursor}, actor=place.employee)
    assert [each["comment"] for each in rest["data"]["serviceOrders"]["nodes"]] == ["мой"]

    async def node(actor: Actor, kind: str, key: Any) -> Any:
        return (await gql(NODE, {"id": encode_id(kind, key)}, actor=actor))["data"]["node"]

    assert await node(place.at_home, "ServiceOrder", orders[0].id) is not None
    assert await node(place.at_home, "ServiceOrder", orders[1].id) is None
    assert await node(place.at_home, "Service", place.service.id) is not None


async def test_who_has_moved_out_sees_no_orders_of_the_premise(
    gql: GraphQLClient, place: Place
) -> None:
    other = await a_premise(building=await place.premise.building)
    await a_service_order(premise=other, service=place.service, resident=place.resident)

    answer = await gql(ORDERS, actor=place.at_home)

    assert answer["data"]["serviceOrders"]["nodes"] == []


@pytest.mark.parametrize("count", [2, 20])
async def test_lists_take_as_many_statements_whatever_their_length(
    gql: GraphQLClient, queries: QueryCounter, place: Place, count: int
) -> None:
    for _ in range(count):
        await a_service_order(premise=place.premise, resident=place.resident)

    with queries.exactly(3):
        orders = await gql(ORDERS, actor=place.employee)
        services = await gql(SERVICES, actor=place.employee)
        await asyncio.sleep(0)

    assert len(orders["data"]["serviceOrders"]["nodes"]) == count
    assert len(services["data"]["services"]) == count + 1
