"""Linking a service of verification to a resource of many buildings at once."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kvartal_meters.catalog.rules import ResourceKind

__all__ = ["Link", "LinkOutcome", "LinkScope", "link_outcome"]


class LinkScope(StrEnum):
    """Where a service is linked: in one building, or in all that the employee may change."""

    THIS_BUILDING = "THIS_BUILDING"
    ALL_ACCESSIBLE = "ALL_ACCESSIBLE"


class LinkOutcome(StrEnum):
    """What linking a service does to a building's resource."""

    LINKED = "LINKED"
    REPLACED = "REPLACED"
    UNCHANGED = "UNCHANGED"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The service that a resource of an organization's buildings, or of one of them, is given."""

    organization_id: UUID
    resource_kind: ResourceKind
    service_id: UUID
    building_id: UUID | None = None


def link_outcome(present: UUID | None, *, locked: bool, service_id: UUID) -> LinkOutcome:
    """What becomes of a resource with the service ``present``; a rule protects its building."""
    if locked:
        return LinkOutcome.LOCKED
    if present == service_id:
        return LinkOutcome.UNCHANGED
    return LinkOutcome.LINKED if present is None else LinkOutcome.REPLACED
