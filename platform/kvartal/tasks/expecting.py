"""Which tasks are still going to run: for who waits for one that may have been given up."""

from collections.abc import Collection
from uuid import UUID

from kvartal.db.connection import fetch

__all__ = ["expected"]


async def expected(argument: str, values: Collection[UUID]) -> set[UUID]:
    """Those of the ids that a task has for this argument which is neither done nor given up.

    It waits, runs, or is to be tried again. A task that was enqueued in a unit of work is found as
    soon as that has committed.
    """
    rows = await fetch(
        "SELECT DISTINCT (payload ->> $1)::uuid AS id FROM kvartal_delivery"
        " WHERE done_at IS NULL AND failed_at IS NULL AND event_id IS NULL"
        " AND payload ->> $1 = ANY($2::text[])",
        argument,
        [str(each) for each in values],
    )
    return {row["id"] for row in rows}
