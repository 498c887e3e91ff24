"""What happens to orders of services."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event
from kvartal.services.rules import ServiceKind

__all__ = ["ServiceOrderCancelled", "ServiceOrderCreated"]


@event("kvartal.service_order_cancelled")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrderCancelled(Event):
    """A new order was taken back; ``resident_id`` is whose it was, unless staff's."""

    order_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    service_id: UUID
    resident_id: UUID | None


@event("kvartal.service_order_created")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrderCreated(Event):
    """A service was ordered; ``resident_id`` is who did it, unless staff did."""

    order_id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID
    service_id: UUID
    service_kind: ServiceKind
    resident_id: UUID | None
    source_kind: str | None = None
    source_id: UUID | None = None
