"""The readings that a subscriber has not been told of."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args, literal_limit
from kvartal_meters.feed.rules import AT_ONCE, FeedState
from kvartal_meters.meters.queries import visible
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries.filtering import ReadingFilter, of_place
from kvartal_meters.readings.sources import READING, reading_columns, reading_joins

__all__ = ["FeedFilter", "untold"]

_COLUMNS = reading_columns("r", meter="m")
_JOINS = reading_joins("r", meter="m")


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which readings a subscriber wants; None of the buildings are all."""

    where: ReadingFilter
    building_ids: Sequence[UUID] | None = None


async def untold(actor: Actor, wanted: FeedFilter, state: FeedState) -> list[Record]:
    """What was submitted since the horizon and is not told yet, the newest first."""
    args = Args()
    since: datetime = state.horizon
    conditions = [
        visible(actor, args, alias="r", permission=SUBMIT),
        f"r.submitted_at >= {args.add(since)}",
        *of_place(args, wanted.where, "r"),
    ]
    if wanted.building_ids is not None:
        conditions.append(f"r.building_id = ANY({args.add(list(wanted.building_ids))}::uuid[])")
    if state.told:
        ids = args.add([key for key, _ in state.told])
        moments = args.add([moment for _, moment in state.told])
        conditions.append(
            f"NOT EXISTS (SELECT 1 FROM unnest({ids}::uuid[], {moments}::timestamptz[])"
            " AS told(id, submitted_at)"
            " WHERE told.id = r.id AND told.submitted_at = r.submitted_at)"
        )
    order = "ORDER BY r.submitted_at DESC, r.id DESC"
    picked = (
        f"SELECT r.* FROM {READING.table} r WHERE {' AND '.join(conditions)}"
        f" {order} LIMIT {literal_limit(AT_ONCE + 1)}"
    )
    return await fetch(f"SELECT {_COLUMNS} FROM ({picked}) AS r {_JOINS} {order}", *args)
