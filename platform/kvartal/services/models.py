"""Tables of services and of their orders; checks stand in the migration."""

from uuid import UUID

from tortoise import fields

from kvartal.db.models import VersionedRow, link
from kvartal.housing.rules import SORT_KEY_LENGTH
from kvartal.services.rules import ServiceKind, ServiceOrderStatus

__all__ = ["Service", "ServiceOrder"]


class Service(VersionedRow):
    """Something that an organization does for its residents when they order it (услуга).

    ``price``: as people read it, e.g. «от 500 ₽»; one that is not active is shown to staff alone.
    """

    organization_id: UUID
    organization = link("kvartal.Organization", "services", index=False)
    kind = fields.CharEnumField(ServiceKind, max_length=20, default=ServiceKind.OTHER)
    title = fields.CharField(max_length=200)
    sort_key = fields.CharField(max_length=SORT_KEY_LENGTH)
    description = fields.TextField(null=True)
    price = fields.CharField(max_length=100, null=True)
    is_active = fields.BooleanField(default=True)
    archived_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_service"
        indexes = (("organization_id", "sort_key", "id"),)


class ServiceOrder(VersionedRow):
    """A service ordered for a premise (заказ услуги); by nobody in particular if staff did it.

    ``source_kind``, ``source_id``: the object that it was ordered for, by its GraphQL type.
    """

    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    service_id: UUID
    resident_id: UUID | None
    organization = link("kvartal.Organization", "service_orders", index=False)
    building = link("kvartal.Building", "service_orders", index=False)
    premise = link("kvartal.Premise", "service_orders")
    service = link("kvartal.Service", "orders")
    resident = link("kvartal.Resident", "service_orders", null=True)
    status = fields.CharEnumField(ServiceOrderStatus, max_length=20, default=ServiceOrderStatus.NEW)
    comment = fields.TextField(null=True)
    source_kind = fields.CharField(max_length=100, null=True)
    source_id = fields.UUIDField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_service_order"
