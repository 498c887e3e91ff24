"""Services as plugins use them: offered beside a thing of theirs, and ordered for it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.services.api import (
    OrderSource,
    ServiceKind,
    ServiceOrder,
    ServiceOrderCreated,
    ServiceOrderStatus,
    live_services,
    order_service,
    placed_order,
)
from kvartal.services.models import ServiceOrder as OrderRow
from kvartal.testing.auth_factories import a_resident_user, actor_of
from kvartal.testing.factories import a_premise, a_service, an_organization
from kvartal.testing.watch import EmittedEvents

Committed = Callable[[], AbstractAsyncContextManager[Any]]


async def test_an_object_is_ordered_for_once_while_its_order_is_open(
    db: None, events: EmittedEvents
) -> None:
    premise = await a_premise()
    organization = await premise.organization
    service = await a_service(organization=organization, kind=ServiceKind.VERIFICATION)
    actor = await actor_of(await a_resident_user(organization, premises=[premise]))
    source = OrderSource("Premise", premise.id)
    order: dict[str, Any] = {"service_id": service.id, "premise_id": premise.id, "source": source}

    first = await order_service(actor, **order)
    again = await order_service(actor, **order)
    await OrderRow.filter(id=first).update(status=ServiceOrderStatus.DONE)
    later = await order_service(actor, **order)

    assert first == again != later
    assert [each.order_id for each in events.of(ServiceOrderCreated)] == [first, later]
    assert {(each.source_kind, each.source_id) for each in events.of(ServiceOrderCreated)} == {
        ("Premise", premise.id)
    }
    row = ServiceOrder.of(await placed_order(later))
    assert row.source_id is not None


@pytest.mark.committed
async def test_two_orders_for_an_object_at_once_are_one(committed: Committed) -> None:
    async with committed():
        premise = await a_premise()
        organization = await premise.organization
        service = await a_service(organization=organization)
        actor = await actor_of(await a_resident_user(organization, premises=[premise]))
        source = OrderSource("Premise", premise.id)

        orders = await asyncio.gather(
            *(
                order_service(actor, service_id=service.id, premise_id=premise.id, source=source)
                for _ in range(4)
            )
        )

        assert len(set(orders)) == 1
        assert await OrderRow.all().count() == 1


async def test_services_of_the_organization_that_are_not_archived_can_be_linked(db: None) -> None:
    organization = await an_organization()
    live = await a_service(organization=organization, is_active=False)
    old = await a_service(organization=organization, archived_at=clock.now())
    theirs = await a_service()

    found = await live_services(organization.id, [live.id, old.id, theirs.id, uuid4()])

    assert found == {live.id}
