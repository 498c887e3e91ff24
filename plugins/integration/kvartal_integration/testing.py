"""Factories of the exchange for tests: each call makes one row, and what it stands in."""

from typing import Any

from kvartal.housing.models import Organization
from kvartal.testing.factories import an_organization
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import (
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.wording import packed
from kvartal_integration.schedules.models import ExchangeSettings

__all__ = ["an_entry", "an_operation", "exchange_settings"]


async def an_operation(
    organization: Organization | None = None,
    *,
    kind: OperationKind = OperationKind.XML_IMPORT,
    status: OperationStatus = OperationStatus.QUEUED,
    trigger: Trigger = Trigger.PERSON,
    **fields: Any,
) -> Operation:
    """An operation of the log; ``started_by_id``: the user who has started it."""
    return await Operation.create(
        organization=organization or await an_organization(),
        kind=kind,
        direction=kind.direction,
        status=status,
        trigger=trigger,
        **fields,
    )


async def an_entry(
    operation: Operation,
    number: int,
    code: str = "W203",
    *,
    severity: EntrySeverity = EntrySeverity.WARNING,
    facts: dict[str, Any] | None = None,
    **fields: Any,
) -> OperationEntry:
    """An entry of an operation, which does not count it."""
    return await OperationEntry.create(
        organization_id=operation.organization_id,
        operation=operation,
        number=number,
        code=code,
        severity=severity,
        facts=packed(facts if facts is not None else {"n": str(number)}),
        **fields,
    )


async def exchange_settings(
    organization: Organization, kind: OperationKind = OperationKind.XML_IMPORT, **fields: Any
) -> ExchangeSettings:
    """The settings of a direction; ``emails``: who is told of it."""
    return await ExchangeSettings.create(
        organization=organization, direction=kind.direction, **fields
    )
