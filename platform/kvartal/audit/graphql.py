"""The audit log over GraphQL: who has changed what, newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from kvartal.audit.queries import (
    WHO,
    AuditFilter,
    count_entries,
    entries_by_ids,
    entries_page,
)
from kvartal.audit.rules import AuditActorKind
from kvartal.audit.service import read_by, reader_in
from kvartal.audit.sources import ORDER
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.errors import BadInput
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import query
from kvartal.graphql.node import Node, decode_id, encode_id, uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.permissions import AUDIT_VIEW
from kvartal.plugin import GraphQLPart, NodeKind

__all__ = ["GRAPHQL", "AuditEntry"]

describe_enum(
    AuditActorKind,
    "Who did something.",
    ANONYMOUS="Somebody whom nothing names.",
    RESIDENT="A resident (житель).",
    EMPLOYEE="An employee (сотрудник).",
    SERVICE="An integrator, by a service token.",
    SYSTEM="The system by itself, at night or after an event.",
)


@strawberry.type(description="What one fact was and what it became.")
class AuditChange:
    """A changed fact."""

    fact: str = strawberry.field(description="Which fact, by the name of its column.")
    before: JSON | None = strawberry.field(description="What it was; personal data are masked.")
    after: JSON | None = strawberry.field(description="What it became.")


@strawberry.type(description="One thing that was done (запись журнала аудита); never changed.")
class AuditEntry(Node):
    """A row of the log."""

    at: datetime = strawberry.field(description="When.")
    actor_kind: AuditActorKind = strawberry.field(description="What kind of somebody did it.")
    actor_name: str | None = strawberry.field(
        description="Their name then: of an employee, a resident or a service token."
    )
    actor_id: strawberry.ID | None = strawberry.field(
        description="The employee, resident or service token; null if they are no more."
    )
    action: str = strawberry.field(
        description="The mutation, e.g. `submitReadings`, or what the system calls its own act."
    )
    object_id: strawberry.ID | None = strawberry.field(
        description="What it was done to; it may be gone by now."
    )
    object_kind: str | None = strawberry.field(
        description="The GraphQL type of what it was done to."
    )
    input: JSON | None = strawberry.field(
        description="The input as it was given: secrets are masked, of personal data two characters"
        " are left, and of a list of more than 20 its `count`. Of what the system does by itself,"
        " what it tells of it; ids of things are bare UUIDs there."
    )
    changes: list[AuditChange] = strawberry.field(
        description="What has changed, as far as the mutation tells; ids are bare UUIDs here."
    )
    channel: str | None = strawberry.field(description="The app, as of the session.")
    address: str | None = strawberry.field(description="Network address that it came from.")
    request_id: str | None = strawberry.field(
        description="The request, as in the log of the server and in `extensions.requestId`."
    )

    @classmethod
    def of(cls, record: Record) -> "AuditEntry":
        """The row in a record."""
        thing = record["object_id"] and record["object_kind"]
        return cls(
            id=encode_id("AuditEntry", record["id"]),
            at=record["created_at"],
            actor_kind=AuditActorKind(record["actor_kind"]),
            actor_name=record["actor_name"],
            actor_id=_actor_id(record),
            action=record["action"],
            object_id=encode_id(record["object_kind"], record["object_id"]) if thing else None,
            object_kind=record["object_kind"],
            input=_json(record["input"]),
            changes=[
                AuditChange(fact=fact, before=before, after=after)
                for fact, (before, after) in (_json(record["changes"]) or {}).items()
            ],
            channel=record["channel"],
            address=record["address"],
            request_id=record["request_id"],
        )


@strawberry.input(description="Which rows of the audit log are asked for; all that are given hold.")
class AuditLogFilter:
    """The filter of auditLog."""

    since: datetime | None = strawberry.field(
        default=None, name="from", description="Not before this."
    )
    until: datetime | None = strawberry.field(default=None, name="to", description="Before this.")
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Done by this employee, resident or service token."
    )
    action: str | None = strawberry.field(
        default=None, description="The name of a mutation, e.g. `submitReadings`."
    )
    object_id: strawberry.ID | None = strawberry.field(
        default=None, description="Done to this object, of whatever type."
    )


@strawberry.type
class AuditQueries:
    """Fields of Query about the audit log."""

    @query(
        access=AUDIT_VIEW,
        description="The audit log of an organization (журнал аудита): each mutation that changed"
        " something, and what the system did by itself; newest first. Staff who work with all"
        " buildings may read it.",
    )
    async def audit_log(
        self,
        info: Info,
        organization_id: Annotated[
            strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
        ],
        filter: Annotated[
            AuditLogFilter | None, strawberry.argument(description="Only these rows.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEntry]:
        """A page of the log."""
        page, actor = page_of(first, after, last, before), info.context.actor
        where = _where(organization_id, filter or AuditLogFilter())
        reader_in(actor, where.organization_id)
        found = await entries_page(actor, where, page)
        count = partial(count_entries, actor, where)
        return connected(page, found, AuditEntry.of, ORDER, count)


def _where(organization_id: str, asked: AuditLogFilter) -> AuditFilter:
    return AuditFilter(
        organization_id=uuid_of("Organization", organization_id),
        since=asked.since,
        until=asked.until,
        who=_who(asked.actor_id) if asked.actor_id is not None else None,
        action=asked.action,
        object_id=decode_id(asked.object_id)[1] if asked.object_id is not None else None,
    )


def _who(actor_id: str) -> Any:
    kind, key = decode_id(actor_id)
    if kind not in WHO:
        raise BadInput("BAD_ID_KIND", id=actor_id[:100], expected="Employee", given=kind)
    return kind, key


def _actor_id(record: Record) -> strawberry.ID | None:
    people: Mapping[str, Any] = {
        "Employee": record["employee_id"],
        "Resident": record["resident_id"],
        "ServiceToken": record["service_token_id"],
    }
    return next((encode_id(kind, key) for kind, key in people.items() if key is not None), None)


def _json(text: str | None) -> Any:
    return orjson.loads(text) if text is not None else None


async def _entries(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, AuditEntry]:
    found = await entries_by_ids(context.actor, read_by(context.actor), ids)
    return {key: AuditEntry.of(row) for key, row in found.items()}


GRAPHQL = GraphQLPart(queries=(AuditQueries,), nodes=(NodeKind(type=AuditEntry, fetch=_entries),))
