"""The history of a reading: who saved which values when, over which channel."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from kvartal import text
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.graphql.extend import extends
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.graphql.rows import Reading
from kvartal_meters.readings.loaders import NamesByAuthor, RevisionsByReading
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = ["ReadingChanges", "ReadingRevision"]


@strawberry.type(
    description="What somebody did to a reading, by a save or a review: it is never changed itself."
)
class ReadingRevision:
    """Who saved what, or found it right."""

    organization_uuid: strawberry.Private[UUID]
    user_uuid: strawberry.Private[UUID | None]
    changed_at: datetime = strawberry.field(description="When it was done.")
    author_kind: AuthorKind = strawberry.field(description="Who did it.")
    is_review: bool = strawberry.field(
        description="Whether they saved nothing: they looked at an unusual consumption («Требуют"
        " проверки») and found the values right."
    )
    channel: SubmissionChannel = strawberry.field(description="Which way it came.")
    channel_title: str = strawberry.field(description="The channel in the client's language.")
    old_values: list[Decimal] | None = strawberry.field(
        description="The values until then, T1 first; null when the reading was new."
    )
    new_values: list[Decimal] = strawberry.field(
        description="The values since then; equal to the old ones after a review, and if somebody"
        " has saved the same again."
    )

    @classmethod
    def of(cls, record: Record, locale: str) -> "ReadingRevision":
        """The row in a record."""
        channel = SubmissionChannel(record["channel"])
        return cls(
            organization_uuid=record["organization_id"],
            user_uuid=record["changed_by_id"],
            changed_at=record["created_at"],
            author_kind=AuthorKind(record["author_kind"]),
            channel=channel,
            channel_title=text.title(channel, locale),
            is_review=record["is_review"],
            old_values=_values(record, "old") or None,
            new_values=_values(record, "new"),
        )

    @strawberry.field(description="The person's name; null for another system.")
    async def author(self, info: Info) -> str | None:
        """Their name in the organization."""
        return await _name(info.context, self.author_kind, self.organization_uuid, self.user_uuid)


@extends(Reading)
class ReadingChanges:
    """Who is behind the values of a reading; for staff alone."""

    @strawberry.field(
        description="Its changes, newest first, the latest hundred of them; null for residents,"
        " who are not told who works on what, and without the right to readings."
    )
    async def revisions(
        self, info: Info, parent: strawberry.Parent[Reading]
    ) -> list[ReadingRevision] | None:
        """The history of the reading."""
        actor, organization = info.context.actor, parent.meter.building.organization_uuid
        if actor.is_resident or not actor.may(SUBMIT.code, organization):
            return None
        rows = await info.context.load(RevisionsByReading, parent.uuid)
        return [ReadingRevision.of(row, info.context.locale) for row in rows]

    @strawberry.field(
        description="The name of who saved it last; null for another system, and for residents."
    )
    async def author(self, info: Info, parent: strawberry.Parent[Reading]) -> str | None:
        """The person's name in the organization."""
        if info.context.actor.is_resident:
            return None
        return await _name(
            info.context,
            parent.author_kind,
            parent.meter.building.organization_uuid,
            parent.author_uuid,
        )


async def _name(
    context: Context, kind: AuthorKind, organization: UUID, user: UUID | None
) -> str | None:
    return None if user is None else await context.load(NamesByAuthor, (kind, organization, user))


def _values(record: Record, prefix: str) -> list[Decimal]:
    values = (record[f"{prefix}_t{n}"] for n in (1, 2, 3))
    return [value for value in values if value is not None]
