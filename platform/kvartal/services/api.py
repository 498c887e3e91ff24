"""What plugins may use of services: offer one beside a thing of theirs, and order it."""

from kvartal.services.events import ServiceOrderCancelled, ServiceOrderCreated
from kvartal.services.graphql.rows import Service, ServiceOrder
from kvartal.services.queries import live_services, placed_order
from kvartal.services.rules import ServiceKind, ServiceOrderStatus, ServiceUnavailable
from kvartal.services.service import OrderSource, order_service
from kvartal.services.sources import ORDER, ORDERS, SERVICE, SERVICES

__all__ = [
    "ORDER",
    "ORDERS",
    "SERVICE",
    "SERVICES",
    "OrderSource",
    "Service",
    "ServiceKind",
    "ServiceOrder",
    "ServiceOrderCancelled",
    "ServiceOrderCreated",
    "ServiceOrderStatus",
    "ServiceUnavailable",
    "live_services",
    "order_service",
    "placed_order",
]
