"""What a unit of work writes last, in one statement: its events, deliveries and audit rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from kvartal.audit.rules import Entry
from kvartal.db.connection import execute
from kvartal.db.models import uuid7
from kvartal.events import Event, Routes, adapter

if TYPE_CHECKING:
    from kvartal.db.transaction import TaskCall

__all__ = ["write_last"]

# A single statement: the foreign key is checked at its end, when both inserts are done.
_OUTBOX = """
WITH event AS (
    INSERT INTO kvartal_event (id, name, payload, created_at, updated_at)
    SELECT id, name, payload::jsonb, $1, $1
    FROM jsonb_to_recordset($2::jsonb) AS e(id uuid, name text, payload text)
){then}
INSERT INTO kvartal_delivery
    (id, event_id, target, payload, due_at, attempts, created_at, updated_at)
SELECT id, event_id, target, payload::jsonb, $1, 0, $1, $1
FROM jsonb_to_recordset($3::jsonb) AS d(id uuid, event_id uuid, target text, payload text)
"""

# The name is the one of now, before it changes or goes. Whose it is, if nothing has told: that of
# the only organization that the person belongs to. What they do to themselves concerns all of
# them, each of which gets a row of its own.
_AUDIT = """
INSERT INTO kvartal_audit_entry (id, created_at, updated_at, organization_id, actor_kind, user_id,
    session_id, service_token_id, actor_name, action, object_kind, object_id, input, changes,
    request_id, channel, address)
SELECT CASE WHEN o.place > 1 THEN kvartal_uuid7() ELSE a.id END, $1, $1, o.id, a.actor_kind,
    a.user_id, a.session_id, a.service_token_id, CASE a.actor_kind
        WHEN 'EMPLOYEE' THEN (
            SELECT e.full_name FROM kvartal_employee e WHERE e.user_id = a.user_id
            ORDER BY (e.organization_id = o.id) DESC NULLS LAST, e.id LIMIT 1)
        WHEN 'RESIDENT' THEN (
            SELECT r.full_name FROM kvartal_resident r WHERE r.user_id = a.user_id
            ORDER BY (r.organization_id = o.id) DESC NULLS LAST, r.id LIMIT 1)
        WHEN 'SERVICE' THEN (
            SELECT t.title FROM kvartal_service_token t WHERE t.id = a.service_token_id)
    END,
    a.action, a.object_kind, a.object_id, a.input, a.changes, a.request_id, a.channel,
    left(a.address, 60)
FROM jsonb_to_recordset({given}::jsonb) AS a(id uuid, organization_id uuid, is_own_act boolean,
    actor_kind text, user_id uuid, session_id uuid, service_token_id uuid, action text,
    object_kind text, object_id uuid, input jsonb, changes jsonb, request_id text, channel text,
    address text)
LEFT JOIN LATERAL (
    SELECT id, count(*) OVER () AS found, row_number() OVER (ORDER BY id) AS place
    FROM (
        SELECT a.organization_id AS id WHERE a.organization_id IS NOT NULL
        UNION
        SELECT e.organization_id FROM kvartal_employee e
        WHERE a.organization_id IS NULL AND a.actor_kind = 'EMPLOYEE' AND e.user_id = a.user_id
            AND e.archived_at IS NULL
        UNION
        SELECT r.organization_id FROM kvartal_resident r
        WHERE a.organization_id IS NULL AND a.actor_kind = 'RESIDENT' AND r.user_id = a.user_id
    ) known
) o ON o.found = 1 OR a.is_own_act
"""

_OUTBOX_ALONE = _OUTBOX.format(then="")
_AUDIT_ALONE = _AUDIT.format(given="$2")
_BOTH = _OUTBOX.format(then=f", audited AS ({_AUDIT.format(given='$4')})")


async def write_last(
    events: Sequence[Event],
    tasks: "Sequence[TaskCall]",
    entries: Sequence[Entry],
    *,
    routes: Routes,
    now: datetime,
) -> None:
    """Write what has gathered; nothing is sent if nothing has."""
    has_outbox = bool(events or tasks)
    outbox = _outbox(events, tasks, routes) if has_outbox else ()
    if not entries:
        if has_outbox:
            await execute(_OUTBOX_ALONE, now, *outbox)
        return
    await execute(_BOTH if has_outbox else _AUDIT_ALONE, now, *outbox, _audit(entries))


def _outbox(
    events: Sequence[Event], tasks: "Sequence[TaskCall]", routes: Routes
) -> tuple[str, str]:
    happened, deliveries = [], []
    for each in events:
        event_id = uuid7()
        payload = adapter(type(each)).dump_json(each).decode()
        happened.append({"id": event_id, "name": each.name, "payload": payload})
        deliveries += [
            {"id": uuid7(), "event_id": event_id, "target": handler.name, "payload": None}
            for handler in routes.of(type(each))
        ]
    deliveries += [
        {"id": uuid7(), "event_id": None, "target": call.name, "payload": call.arguments}
        for call in tasks
    ]
    return orjson.dumps(happened).decode(), orjson.dumps(deliveries).decode()


def _audit(entries: Sequence[Entry]) -> str:
    rows = [
        {
            "id": uuid7(),
            **{
                name: value
                for name in Entry.__slots__
                if (value := getattr(each, name)) is not None
            },
        }
        for each in entries
    ]
    return orjson.dumps(rows, default=str).decode()
