"""Offering services, ordering one, and working the orders off."""

from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, NotFound
from kvartal.events import emit
from kvartal.housing.queries.rows import by_ids, sees
from kvartal.housing.rules import InputFaults, NotAResident, PlaceArchived, TextTooLong, sort_key
from kvartal.housing.service.access import check_version, require
from kvartal.housing.sources import ORGANIZATIONS, PREMISES
from kvartal.permissions import ORDER_MANAGE, SERVICE_EDIT, SERVICE_ORDER
from kvartal.plugin import Permission
from kvartal.services import models, queries
from kvartal.services.events import ServiceOrderCancelled, ServiceOrderCreated
from kvartal.services.rules import (
    OrderClosed,
    ServiceKind,
    ServiceOrderStatus,
    ServiceUnavailable,
    TitleRequired,
    check_cancelling,
    may_become,
    paragraphs,
)
from kvartal.services.sources import ORDERS, SERVICES

__all__ = [
    "OrderSource",
    "ServiceFields",
    "archive_service",
    "cancel_order",
    "create_service",
    "order_service",
    "restore_service",
    "set_order_status",
    "update_service",
]

TITLE_LENGTH = 200
TEXT_LENGTH = 5000
PRICE_LENGTH = 100


class ServiceFields(TypedDict, total=False):
    """The fields of a service that are being set; one left out stays as it is."""

    title: str | None
    kind: ServiceKind
    description: str | None
    price: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class OrderSource:
    """The object that a service is ordered for, by its GraphQL type."""

    kind: str
    id: UUID


async def create_service(
    actor: Actor, organization_id: UUID, fields: ServiceFields
) -> models.Service:
    """A new service of an organization."""
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, SERVICE_EDIT)
        values = _values({"title": "", **fields})
        return await models.Service.create(organization_id=organization_id, **values)


async def update_service(
    actor: Actor, service_id: UUID, fields: ServiceFields, *, expected_version: int | None = None
) -> models.Service:
    """A service with some of its fields changed."""
    async with unit_of_work():
        service = await _held(actor, service_id, expected_version)
        service.update_from_dict(_values(fields))
        return await _saved(service)


async def archive_service(
    actor: Actor, service_id: UUID, *, expected_version: int | None = None
) -> None:
    """Put a service into the archive: it is offered no more, its orders stay."""
    async with unit_of_work():
        service = await _held(actor, service_id, expected_version)
        if service.archived_at is not None:
            nothing_changed()
            return
        service.archived_at = clock.now()
        await _saved(service)


async def restore_service(
    actor: Actor, service_id: UUID, *, expected_version: int | None = None
) -> None:
    """Take a service out of the archive."""
    async with unit_of_work():
        service = await _held(actor, service_id, expected_version)
        if service.archived_at is None:
            nothing_changed()
            return
        service.archived_at = None
        await _saved(service)


async def order_service(
    actor: Actor,
    *,
    service_id: UUID,
    premise_id: UUID,
    comment: str | None = None,
    resident_id: UUID | None = None,
    source: OrderSource | None = None,
) -> UUID:
    """An order of a service for a premise; for an object that has an open one, that one.

    Residents order for themselves; staff for one of the premise's residents, or for nobody.
    """
    async with unit_of_work():
        home = await _home(actor, premise_id)
        service = (await by_ids(SERVICES, actor, [service_id])).get(service_id)
        if service is None or service["organization_id"] != home["organization_id"]:
            raise NotFound
        faults = InputFaults()
        text = _text(faults, "comment", comment)
        if not service["is_active"] or service["archived_at"] is not None:
            faults.errors.append(ServiceUnavailable(path=("service_id",)))
        if home["archived_at"] is not None:
            faults.errors.append(PlaceArchived(path=("premise_id",)))
        if (
            not actor.is_resident
            and resident_id
            and not await queries.lives_in(resident_id, premise_id)
        ):
            faults.errors.append(NotAResident(path=("resident_id",)))
        faults.check()
        who = home["resident_id"] if actor.is_resident else resident_id
        return await _order(home, premise_id, service, who, text, source)


async def cancel_order(
    actor: Actor, order_id: UUID, *, expected_version: int | None = None
) -> None:
    """Take back an order that nobody has taken up; one that is taken back already stays so.

    Residents take back their own, staff those that they work off.
    """
    permission = SERVICE_ORDER if actor.is_resident else ORDER_MANAGE
    async with unit_of_work():
        order = await _held_order(actor, order_id, permission, expected_version)
        check_cancelling(order.status)
        if order.status is ServiceOrderStatus.CANCELLED:
            nothing_changed()
            return
        await _become(order, ServiceOrderStatus.CANCELLED)
        emit(
            ServiceOrderCancelled(
                order_id=order_id,
                organization_id=order.organization_id,
                building_id=order.building_id,
                premise_id=order.premise_id,
                service_id=order.service_id,
                resident_id=order.resident_id,
            )
        )


async def set_order_status(
    actor: Actor,
    order_id: UUID,
    status: ServiceOrderStatus,
    *,
    expected_version: int | None = None,
) -> None:
    """An order that has come further."""
    async with unit_of_work():
        order = await _held_order(actor, order_id, ORDER_MANAGE, expected_version)
        if not may_become(order.status, status):
            raise OrderClosed(path=("status",))
        if order.status == status:
            nothing_changed()
            return
        await _become(order, status)


async def _held_order(
    actor: Actor, order_id: UUID, permission: Permission, expected_version: int | None
) -> models.ServiceOrder:
    await require(actor, ORDERS, order_id, permission)
    order = await models.ServiceOrder.select_for_update().get(id=order_id)
    check_version(order, expected_version)
    return order


async def _become(order: models.ServiceOrder, status: ServiceOrderStatus) -> None:
    order.status = status
    order.version += 1
    await order.save(force_update=True)


async def _held(actor: Actor, service_id: UUID, expected_version: int | None) -> models.Service:
    await require(actor, SERVICES, service_id, SERVICE_EDIT)
    service = await models.Service.select_for_update().get(id=service_id)
    check_version(service, expected_version)
    return service


async def _saved(service: models.Service) -> models.Service:
    service.version += 1
    await service.save(force_update=True)
    return service


async def _home(actor: Actor, premise_id: UUID) -> Record:
    home = await queries.home_of_order(actor, premise_id)
    if home is not None:
        return home
    if await sees(PREMISES, actor, premise_id):
        raise Forbidden("FORBIDDEN_PERMISSION", permission=SERVICE_ORDER.code)
    raise NotFound


async def _order(
    home: Record,
    premise_id: UUID,
    service: Record,
    resident_id: UUID | None,
    comment: str | None,
    source: OrderSource | None,
) -> UUID:
    facts: dict[str, Any] = {
        "organization_id": home["organization_id"],
        "building_id": home["building_id"],
        "premise_id": premise_id,
        "service_id": service["id"],
        "resident_id": resident_id,
        "source_kind": source.kind if source else None,
        "source_id": source.id if source else None,
    }
    order_id = await queries.insert_order(facts, comment, now=clock.now())
    if order_id is None:
        nothing_changed()
        return await queries.open_order_of(facts)
    emit(ServiceOrderCreated(order_id=order_id, service_kind=ServiceKind(service["kind"]), **facts))
    return order_id


def _values(fields: ServiceFields) -> dict[str, Any]:
    faults, values = InputFaults(), dict[str, Any](fields)
    if "title" in fields:
        title = faults.required("title", fields["title"], TITLE_LENGTH, TitleRequired)
        values |= {"title": title, "sort_key": sort_key(title)}
    if "description" in fields:
        values["description"] = _text(faults, "description", fields["description"])
    if "price" in fields:
        values["price"] = faults.optional("price", fields["price"], PRICE_LENGTH)
    faults.check()
    return values


def _text(faults: InputFaults, field: str, text: str | None) -> str | None:
    kept = paragraphs(text)
    if kept is not None and len(kept) > TEXT_LENGTH:
        faults.errors.append(TextTooLong(limit=TEXT_LENGTH, path=(field,)))
    return kept
