"""What is to be told of readings that rows leave as they are."""

from collections.abc import Collection, Mapping
from uuid import UUID

from kvartal.db.connection import fetch
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = ["channels_of"]


async def channels_of(reading_ids: Collection[UUID]) -> Mapping[UUID, SubmissionChannel]:
    """How each of these readings has come; who asks has found them among its meters' own."""
    rows = await fetch(
        "SELECT id, channel FROM meters_reading WHERE id = ANY($1::uuid[])", list(reading_ids)
    )
    return {row["id"]: SubmissionChannel(row["channel"]) for row in rows}
