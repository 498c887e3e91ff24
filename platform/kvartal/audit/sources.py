"""Where the rows of the audit log come from, and in which order they are listed."""

from uuid import UUID

from kvartal.db.sql import Keyset, RowShape, instant

__all__ = ["ENTRY", "ORDER"]

ENTRY = RowShape(
    "kvartal_audit_entry",
    (
        "id",
        "created_at",
        "actor_kind",
        "actor_name",
        "user_id",
        "service_token_id",
        "session_id",
        "action",
        "object_kind",
        "object_id",
        "input",
        "changes",
        "request_id",
        "channel",
        "address",
    ),
)
ORDER = Keyset({"a.created_at": instant, "a.id": UUID}, descending=True)
