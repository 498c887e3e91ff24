"""A notice as a row of GraphQL."""

from datetime import datetime

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.node import Node, encode_id
from kvartal.graphql.rows import Columns, read_lazily, row_over
from kvartal.text import say
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind, kinds
from kvartal_notifications.messages.facts import out_of_json
from kvartal_notifications.messages.wording import Written, written

__all__ = ["Notification"]


def _kind(columns: Columns) -> NotificationKind:
    # The statement finds none whose plugin is off.
    return kinds()[columns["kind"]]


def _written(columns: Columns) -> Written:
    facts = out_of_json(columns["facts"])
    return written(_kind(columns), facts, columns.locale, NotificationChannel.IN_APP)


def _place(kind: str, column: str, columns: Columns) -> strawberry.ID | None:
    key = columns[column]
    return encode_id(kind, key) if key is not None else None


def _subject(columns: Columns) -> strawberry.ID | None:
    kind = columns["subject_kind"]
    return _place(kind, "subject_id", columns) if kind is not None else None


@read_lazily(
    "kind",
    "created_at",
    "read_at",
    id=lambda _, columns: encode_id("Notification", columns["id"]),
    wording=lambda _, columns: _written(columns),
    kind_title=lambda _, columns: say(_kind(columns).title_code, columns.locale),
    title=lambda row, _: row.wording.title,
    text=lambda row, _: row.wording.text,
    subject_id=lambda _, columns: _subject(columns),
    premise_id=lambda _, columns: _place("Premise", "premise_id", columns),
    building_id=lambda _, columns: _place("Building", "building_id", columns),
)
@strawberry.type(description="A notice in the inbox of the person signed in (уведомление).")
class Notification(Node):
    """A notice to the viewer."""

    wording: strawberry.Private[Written]
    kind: str = strawberry.field(description="Key of its kind, e.g. for an icon.")
    kind_title: str = strawberry.field(
        description="What its kind is called, in the client's language."
    )
    title: str = strawberry.field(description="What it says in a line, in the client's language.")
    text: str = strawberry.field(description="What it says; plain text, in the client's language.")
    created_at: datetime = strawberry.field(description="When it came.")
    read_at: datetime | None = strawberry.field(
        description="When it was marked as read; null if it is unread."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        description="The id of what a tap opens, for `node(id:)`; it may be gone meanwhile."
    )
    premise_id: strawberry.ID | None = strawberry.field(
        description="The premise (помещение) that it is about, if it is about one."
    )
    building_id: strawberry.ID | None = strawberry.field(
        description="The building (дом) that it is about, if it is about one."
    )

    @classmethod
    def of(cls, record: Record, locale: str) -> "Notification":
        """The notice in a record."""
        return row_over(cls, Columns(record, locale=locale))
