"""Rules of services: what kinds there are, and how an order goes from new to done."""

from enum import StrEnum
from typing import ClassVar

from kvartal.errors import DomainError
from kvartal.housing.rules import cleaned

__all__ = [
    "OrderClosed",
    "OrderTakenUp",
    "ServiceKind",
    "ServiceOrderStatus",
    "ServiceUnavailable",
    "TitleRequired",
    "check_cancelling",
    "may_become",
    "paragraphs",
]


class ServiceKind(StrEnum):
    """What a service is about."""

    VERIFICATION = "VERIFICATION"
    REPLACEMENT = "REPLACEMENT"
    REPAIR = "REPAIR"
    OTHER = "OTHER"


class ServiceOrderStatus(StrEnum):
    """How far an order has come."""

    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class TitleRequired(DomainError):
    """A service has no title."""

    code: ClassVar[str] = "TITLE_REQUIRED"


class ServiceUnavailable(DomainError):
    """The service cannot be ordered now: it is switched off or in the archive."""

    code: ClassVar[str] = "SERVICE_UNAVAILABLE"


class OrderClosed(DomainError):
    """An order that is done or cancelled stays so, and none goes back to be new."""

    code: ClassVar[str] = "ORDER_CLOSED"


class OrderTakenUp(DomainError):
    """Somebody works on the order already: whoever ordered it does not take it back alone."""

    code: ClassVar[str] = "ORDER_TAKEN_UP"


_NEXT = {
    ServiceOrderStatus.NEW: frozenset(
        {ServiceOrderStatus.IN_PROGRESS, ServiceOrderStatus.DONE, ServiceOrderStatus.CANCELLED}
    ),
    ServiceOrderStatus.IN_PROGRESS: frozenset(
        {ServiceOrderStatus.DONE, ServiceOrderStatus.CANCELLED}
    ),
    ServiceOrderStatus.DONE: frozenset[ServiceOrderStatus](),
    ServiceOrderStatus.CANCELLED: frozenset[ServiceOrderStatus](),
}


def may_become(before: ServiceOrderStatus, after: ServiceOrderStatus) -> bool:
    """Whether an order may go from one status to the other."""
    return before == after or after in _NEXT[before]


def check_cancelling(status: ServiceOrderStatus) -> None:
    """Refuse to take back an order that somebody works on, or that is done."""
    if status is ServiceOrderStatus.IN_PROGRESS:
        raise OrderTakenUp(path=("id",))
    if status is ServiceOrderStatus.DONE:
        raise OrderClosed(path=("id",))


def paragraphs(text: str | None) -> str | None:
    """A text of several lines as people meant it; none if nothing is visible."""
    lines = [cleaned(line) for line in (text or "").splitlines()]
    return "\n".join(lines).strip() or None
