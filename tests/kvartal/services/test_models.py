"""What the database itself refuses of services and orders."""

from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kvartal.services.models import ServiceOrder
from kvartal.services.rules import ServiceOrderStatus
from kvartal.testing.factories import (
    a_building,
    a_premise,
    a_resident,
    a_service,
    a_service_order,
    an_organization,
)


async def refused(make: Any, **fields: Any) -> None:
    with pytest.raises(IntegrityError):
        async with in_transaction():
            await make(**fields)


async def test_a_service_has_a_title(db: None) -> None:
    await refused(a_service, organization=await an_organization(), title="  ")


async def test_an_object_has_one_open_order_of_a_service(db: None) -> None:
    premise = await a_premise()
    service = await a_service(organization=await premise.organization)
    source: dict[str, Any] = {"source_kind": "Meter", "source_id": uuid4()}
    first = await a_service_order(premise=premise, service=service, **source)

    await refused(a_service_order, premise=premise, service=service, **source)

    other: dict[str, Any] = {**source, "source_kind": "Lamp"}
    await a_service_order(premise=premise, service=service, **other)
    await a_service_order(premise=premise, **source)
    await a_service_order(premise=premise, service=service)
    await a_service_order(premise=premise, service=service)
    first.status = ServiceOrderStatus.DONE
    await first.save()
    await a_service_order(premise=premise, service=service, **source)
    assert await ServiceOrder.all().count() == 6


async def test_a_source_is_told_whole(db: None) -> None:
    premise = await a_premise()

    await refused(a_service_order, premise=premise, source_kind="Meter")
    await refused(a_service_order, premise=premise, source_id=uuid4())


async def test_an_order_refers_to_nothing_of_another_organization(db: None) -> None:
    premise = await a_premise()
    service = await a_service(organization=await premise.organization)
    right: dict[str, Any] = {
        "organization_id": premise.organization_id,
        "building_id": premise.building_id,
        "premise_id": premise.id,
        "service_id": service.id,
    }
    theirs = await a_building()
    home = await a_premise(building=theirs)

    for wrong in (
        {"building_id": theirs.id},
        {"premise_id": home.id},
        {"service_id": (await a_service()).id},
        {"resident_id": (await a_resident(home)).id},
    ):
        await refused(ServiceOrder.create, **{**right, **wrong})

    await ServiceOrder.create(**right)
