"""The service beside the warning, ordering it, and the banner of what a policy would spare."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization, Premise
from kvartal.permissions import SERVICE_ORDER
from kvartal.services.api import ServiceKind, ServiceOrderCreated, ServiceOrderStatus
from kvartal.services.models import Service, ServiceOrder
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, a_service, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus, VerificationReason
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    resource_settings,
)

METER = """
query ($id: ID!) { meter(id: $id) { verification { severity service { id title } } } }
"""
OF_PREMISES = """
query ($premises: [ID!]!) {
  nodes(ids: $premises) {
    ... on Premise { meters { verification { severity service { title } } } }
  }
}
"""
ORDER = """
mutation ($input: OrderVerificationInput!) {
  orderVerification(input: $input) {
    serviceOrder {
      id status comment sourceId service { title } premise { number } resident { fullName }
    }
    errors { code path message }
  }
}
"""
BANNER = "{ organizations { metersPolicy { lapsedByCommissioningOnly } } }"
NOON = "2026-11-24T12:00+03:00"


@dataclass
class Offered:
    """A home whose water meters a service of verification is offered for."""

    home: Home
    service: Service

    def order(self, meter: Meter | None = None, **fields: Any) -> dict[str, Any]:
        return {"input": {"meterId": encode_id("Meter", (meter or self.home.meter).id), **fields}}


@pytest.fixture
async def offered(db: None) -> Offered:
    home = await a_home()
    service = await a_service(
        organization=home.organization, kind=ServiceKind.VERIFICATION, title="Поверка на дому"
    )
    await link(home, service)
    return Offered(home, service)


async def link(home: Home, service: Service) -> None:
    await ResourceSettings.filter(id=home.settings.id).update(service_id=service.id)


async def service_beside(gql: GraphQLClient, meter: Meter, actor: Actor) -> Any:
    answer = await gql(METER, {"id": encode_id("Meter", meter.id)}, actor=actor)
    return answer["data"]["meter"]["verification"]["service"]


async def staff_of(organization: Organization, *permissions: str, **access: Any) -> Actor:
    return await actor_of(await an_employee(organization, permissions=permissions, **access))


# The service


async def test_the_linked_service_is_shown_to_residents_and_staff(
    offered: Offered, gql: GraphQLClient
) -> None:
    home = offered.home
    shown = {"id": encode_id("Service", offered.service.id), "title": "Поверка на дому"}

    for actor in (home.resident, await staff_of(home.organization)):
        assert await service_beside(gql, home.meter, actor) == shown


async def test_a_resource_without_a_link_has_no_service(
    offered: Offered, gql: GraphQLClient
) -> None:
    home = offered.home
    gas = await a_meter(premise=home.premise, type=MeterType.GAS)
    await resource_settings(home.building, ResourceKind.GAS)
    house = await a_collective_meter(building=home.building)

    for meter in (gas, house):
        assert await service_beside(gql, meter, home.resident) is None
        assert await service_beside(gql, meter, await staff_of(home.organization)) is None


@pytest.mark.parametrize("field", ["is_active", "archived_at"])
async def test_residents_do_not_see_what_cannot_be_ordered(
    offered: Offered, gql: GraphQLClient, field: str
) -> None:
    value = False if field == "is_active" else clock.now()
    await Service.filter(id=offered.service.id).update(**{field: value})
    home = offered.home

    assert await service_beside(gql, home.meter, home.resident) is None
    assert await service_beside(gql, home.meter, await staff_of(home.organization)) is not None


async def test_the_services_of_many_meters_come_in_one_statement(
    offered: Offered, gql: GraphQLClient, queries: QueryCounter
) -> None:
    organization = offered.home.organization
    reader = await staff_of(organization)

    async def asked(premises: list[Premise]) -> Any:
        ids = [encode_id("Premise", premise.id) for premise in premises]
        return await gql(OF_PREMISES, {"premises": ids}, actor=reader)

    premises = [offered.home.premise]
    with queries.counted() as few:
        await asked(premises)
    for number in range(19):
        home = await a_home(organization=organization, identifier=f"ХВС-{number}-новый")
        await link(home, offered.service)
        premises.append(home.premise)

    with queries.exactly(len(few)):
        answer = await asked(premises)

    titles = [each["meters"][0]["verification"]["service"] for each in answer["data"]["nodes"]]
    assert titles == [{"title": "Поверка на дому"}] * 20


# Ordering


async def test_a_resident_orders_for_their_meter(
    offered: Offered, gql: GraphQLClient, events: EmittedEvents
) -> None:
    home = offered.home

    answer = await gql(ORDER, offered.order(comment="После 18:00"), actor=home.resident)

    order = await ServiceOrder.get()
    meter_id = encode_id("Meter", home.meter.id)
    assert answer["data"]["orderVerification"] == {
        "serviceOrder": {
            "id": encode_id("ServiceOrder", order.id),
            "status": "NEW",
            "comment": "После 18:00",
            "sourceId": meter_id,
            "service": {"title": "Поверка на дому"},
            "premise": {"number": home.premise.number},
            "resident": {"fullName": "Петров Иван Сергеевич"},
        },
        "errors": [],
    }
    [created] = events.of(ServiceOrderCreated)
    assert (created.source_kind, created.source_id) == ("Meter", home.meter.id)
    assert (created.service_kind, created.premise_id) == (
        ServiceKind.VERIFICATION,
        home.premise.id,
    )


@pytest.mark.parametrize("status", [MeterStatus.ACTIVE, MeterStatus.VERIFICATION])
async def test_an_open_order_is_the_answer_and_a_closed_one_makes_room(
    offered: Offered, gql: GraphQLClient, events: EmittedEvents, status: MeterStatus
) -> None:
    await Meter.filter(id=offered.home.meter.id).update(status=status)

    async def ordered() -> str:
        answer = await gql(ORDER, offered.order(), actor=offered.home.resident)
        assert answer["data"]["orderVerification"]["errors"] == []
        found: str = answer["data"]["orderVerification"]["serviceOrder"]["id"]
        return found

    first = await ordered()
    assert await ordered() == first
    await ServiceOrder.all().update(status=ServiceOrderStatus.DONE)
    assert await ordered() != first
    assert len(events.of(ServiceOrderCreated)) == 2


async def test_staff_who_order_services_order_on_behalf_of_residents(
    offered: Offered, gql: GraphQLClient
) -> None:
    home = offered.home
    clerk = await staff_of(home.organization, SERVICE_ORDER.code, buildings=[home.building])

    answer = await gql(ORDER, offered.order(), actor=clerk)

    payload = answer["data"]["orderVerification"]
    assert (payload["errors"], payload["serviceOrder"]["resident"]) == ([], None)


@pytest.mark.parametrize(
    ("case", "code", "path"),
    [
        ("no link", "VERIFICATION_NOT_OFFERED", ["meterId"]),
        ("switched off", "VERIFICATION_NOT_OFFERED", ["meterId"]),
        ("archived service", "VERIFICATION_NOT_OFFERED", ["meterId"]),
        ("house meter", "VERIFICATION_NOT_OFFERED", ["meterId"]),
        ("archived meter", "METER_ARCHIVED", ["meterId"]),
        ("archived premise", "PLACE_ARCHIVED", ["meterId"]),
        ("long comment", "TEXT_TOO_LONG", ["comment"]),
    ],
)
async def test_what_cannot_be_ordered_says_why(
    offered: Offered,
    gql: GraphQLClient,
    events: EmittedEvents,
    case: str,
    code: str,
    path: list[str],
) -> None:
    home, now = offered.home, clock.now()
    asked = offered.order()
    match case:
        case "no link":
            await ResourceSettings.all().update(service_id=None)
        case "switched off":
            await Service.all().update(is_active=False)
        case "archived service":
            await Service.all().update(archived_at=now)
        case "house meter":
            asked = offered.order(await a_collective_meter(building=home.building))
        case "archived meter":
            await Meter.all().update(status=MeterStatus.ARCHIVED, archived_at=now)
        case "archived premise":
            await Premise.filter(id=home.premise.id).update(archived_at=now)
        case _:
            asked = offered.order(comment="я" * 5001)

    answer = await gql(ORDER, asked, actor=home.resident)

    payload = answer["data"]["orderVerification"]
    assert payload["serviceOrder"] is None
    [error] = payload["errors"]
    assert (error["code"], error["path"]) == (code, path)
    if code == "VERIFICATION_NOT_OFFERED":
        assert error["message"].startswith("Управляющая организация не привязала услугу поверки")
    assert not await ServiceOrder.exists()
    assert events == []


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("a neighbour", "NOT_FOUND"),
        ("a resident of another organization", "NOT_FOUND"),
        ("staff without the right", "FORBIDDEN"),
        ("staff of another organization", "NOT_FOUND"),
        ("staff of another building", "NOT_FOUND"),
        ("staff with the right elsewhere", "FORBIDDEN"),
    ],
)
async def test_nobody_orders_for_others(
    offered: Offered, gql: GraphQLClient, events: EmittedEvents, who: str, code: str
) -> None:
    answer = await gql(ORDER, offered.order(), actor=await _outsider(offered.home, who))

    [error] = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == (None, code)
    assert not await ServiceOrder.exists()
    assert events == []


async def _outsider(home: Home, who: str) -> Actor:
    right = SERVICE_ORDER.code
    match who:
        case "nobody":
            return ANONYMOUS
        case "a neighbour":
            flat = await a_premise(building=home.building)
            return await actor_of(await a_resident_user(home.organization, premises=[flat]))
        case "a resident of another organization":
            return (await a_home()).resident
        case "staff without the right":
            return await staff_of(home.organization)
        case "staff of another organization":
            return await staff_of(await an_organization(), right)
        case "staff of another building":
            other = await a_building(organization=home.organization)
            return await staff_of(home.organization, right, buildings=[other])
    here = await an_employee(home.organization)
    await an_employee(await an_organization(), permissions=[right], user=await here.user)
    return await actor_of(here)


# The banner


async def test_the_banner_counts_what_only_commissioning_has_put_on_verification(
    gql: GraphQLClient,
    db: None,
    frozen_clock: Callable[[str], AbstractContextManager[None]],
) -> None:
    organization = await an_organization()
    building = await a_building(organization=organization)
    premise = await a_premise(building=building)
    other = await a_premise(building=await a_building(organization=organization))
    lapsed: dict[str, Any] = {
        "status": MeterStatus.VERIFICATION,
        "verification_reason": VerificationReason.COMM,
        "commissioned_on": date(2015, 1, 1),
        "verification_interval": 6,
    }
    verified: dict[str, Any] = {**lapsed, "verified_on": date(2024, 5, 1)}
    await a_meter(premise=premise, **verified)
    await a_meter(premise=other, **lapsed, next_verification_on=date(2026, 11, 24))
    # No later date, or one that has passed as well: the switch would not have helped.
    await a_meter(premise=premise, **lapsed)
    await a_meter(premise=premise, **lapsed, next_verification_on=date(2026, 11, 23))
    # Another date did it, a person did, or it is back in service.
    await a_meter(premise=premise, **{**verified, "verification_reason": VerificationReason.LAST})
    await a_meter(premise=premise, **{**verified, "verification_reason": None})
    await a_meter(
        premise=premise,
        **{**verified, "verification_reason": None, "status": MeterStatus.ACTIVE},
    )
    await a_meter(**verified)

    async def counted(actor: Actor) -> Any:
        with frozen_clock(NOON):
            answer = await gql(BANNER, actor=actor)
        return answer["data"]["organizations"]

    assert await counted(await staff_of(organization)) == [
        {"metersPolicy": {"lapsedByCommissioningOnly": 2}}
    ]
    assert await counted(await staff_of(organization, buildings=[building])) == [
        {"metersPolicy": {"lapsedByCommissioningOnly": 1}}
    ]
    assert await counted(await staff_of(await an_organization())) == [
        {"metersPolicy": {"lapsedByCommissioningOnly": 0}}
    ]


async def test_the_banners_of_many_organizations_come_in_one_statement(
    gql: GraphQLClient, queries: QueryCounter
) -> None:
    reader = await an_employee(await an_organization())
    user = await reader.user
    await an_employee(await an_organization(), user=user)
    with queries.counted() as few:
        await gql(BANNER, actor=await actor_of(reader))
    for _ in range(18):
        await an_employee(await an_organization(), user=user)

    with queries.exactly(len(few)):
        answer = await gql(BANNER, actor=await actor_of(reader))

    assert len(answer["data"]["organizations"]) == 20
