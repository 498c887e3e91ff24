"""Factories of the exchange for tests: each call makes one row, and what it stands in."""

from typing import Any

from kvartal.db.models import uuid7
from kvartal.housing.models import Organization
from kvartal.sealing import seal
from kvartal.testing.factories import an_organization
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.service.opening import password_place
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import (
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.wording import packed
from kvartal_integration.schedules.models import ExchangeSettings

__all__ = ["a_connection", "an_entry", "an_operation", "exchange_settings"]


async def a_connection(
    organization: Organization,
    *,
    host: str = "ftp.invalid",
    username: str = "exchange",
    password: str | None = "password",  # noqa: S107 -- nobody's
    **fields: Any,
) -> ExchangeConnection:
    """The connection to the organization's file server."""
    row_id = uuid7()
    return await ExchangeConnection.create(
        id=row_id,
        organization=organization,
        host=host,
        username=username,
        password_sealed=password and seal().seal(password, password_place(row_id)),
        **fields,
    )


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
