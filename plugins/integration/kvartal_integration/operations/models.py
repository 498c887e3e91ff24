"""The log of imports and exports: an operation, and what it has to say of single rows."""

from typing import Any
from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, link
from kvartal_integration.operations.rules import (
    Direction,
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)

__all__ = ["Operation", "OperationEntry"]


class Operation(Row):
    """An import or export (запись журнала операций).

    ``request``: what it was asked to do; ``cursor``: how far it has come, from where it goes on
    after a restart; ``counts``: its outcomes by name; ``message``: code and facts of the sentence
    that people read. ``done`` of ``total``, in rows or bytes.
    """

    organization_id: UUID
    started_by_id: UUID | None
    organization = link("kvartal.Organization", "integration_operations", index=False)
    kind = fields.CharEnumField(OperationKind, max_length=20)
    direction = fields.CharEnumField(Direction, max_length=10)
    status = fields.CharEnumField(OperationStatus, max_length=30, default=OperationStatus.QUEUED)
    trigger = fields.CharEnumField(Trigger, max_length=10)
    started_by = link("kvartal.User", "integration_operations", null=True, index=False)
    locale = fields.CharField(max_length=5, default="ru")
    request = fields.JSONField[dict[str, Any]](default=dict)
    cursor = fields.JSONField[dict[str, Any]](default=dict)
    counts = fields.JSONField[dict[str, int]](default=dict)
    message = fields.JSONField[dict[str, Any]](null=True)
    done = fields.IntField(default=0)
    total = fields.IntField(null=True)
    errors = fields.IntField(default=0)
    warnings = fields.IntField(default=0)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    cancel_requested_at = fields.DatetimeField(null=True)

    class Meta:
        app = "integration"
        table = "integration_operation"


class OperationEntry(Row):
    """An error or a warning of an operation: which file, line, account and meter it is about."""

    organization = link("kvartal.Organization", "integration_entries", index=False)
    operation: Any = fields.ForeignKeyField(
        "integration.Operation", related_name="entries", on_delete=fields.CASCADE, db_index=False
    )
    number = fields.IntField()
    severity = fields.CharEnumField(EntrySeverity, max_length=10)
    code = fields.CharField(max_length=40)
    facts = fields.JSONField[dict[str, Any]](default=dict)
    file = fields.CharField(max_length=500, null=True)
    line = fields.IntField(null=True)
    account = fields.CharField(max_length=64, null=True)
    meter = fields.CharField(max_length=64, null=True)

    class Meta:
        app = "integration"
        table = "integration_operation_entry"
        unique_together = (("operation_id", "number"),)
