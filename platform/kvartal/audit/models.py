"""The table of the audit log: written once, never changed, deleted when its time is over."""

from uuid import UUID

from tortoise import fields

from kvartal.audit.rules import AuditActorKind
from kvartal.db.models import Row, link

__all__ = ["AuditEntry"]


class AuditEntry(Row):
    """Who did what to what, and when (``created_at``).

    What it names may be gone by now, so its ids are no links. ``organization``: none if it is the
    system's own, or if nothing tells to which of a person's organizations the thing done belongs.
    """

    organization_id: UUID | None
    organization = link("kvartal.Organization", "audit_entries", null=True, index=False)
    actor_kind = fields.CharEnumField(AuditActorKind, max_length=20)
    user_id = fields.UUIDField(null=True)
    session_id = fields.UUIDField(null=True)
    service_token_id = fields.UUIDField(null=True)
    actor_name = fields.CharField(max_length=200, null=True)
    action = fields.CharField(max_length=150)
    object_kind = fields.CharField(max_length=100, null=True)
    object_id = fields.UUIDField(null=True)
    input = fields.JSONField[object](null=True)
    changes = fields.JSONField[object](null=True)
    request_id = fields.CharField(max_length=64, null=True)
    channel = fields.CharField(max_length=20, null=True)
    address = fields.CharField(max_length=60, null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_audit_entry"
        indexes = (
            ("organization_id", "created_at", "id"),
            ("organization_id", "action", "created_at", "id"),
        )
