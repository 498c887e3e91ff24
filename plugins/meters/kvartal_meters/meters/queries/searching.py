"""Finding meters by what people type: address, premise, account, identifier, serial number."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.db.connection import fetch
from kvartal.db.sql import Args, like, literal_limit
from kvartal_meters.meters.rules import sought_parts

__all__ = ["FEW_METERS", "few_meters", "found_by"]

FEW_METERS = 500


def found_by(args: Args, words: Sequence[str]) -> list[str]:
    """That the meter ``m`` is found by all words: one by one, since no index knows LIKE ALL."""
    return [f"m.search LIKE {args.add(f'%{like(part)}%')}" for part in sought_parts(words)]


async def few_meters(args: Args, conditions: Sequence[str]) -> list[UUID] | None:
    """The meters ``m`` that a search finds; none if they are more than few.

    No single statement is good for a rare and a common word alike: so this one asks which it is.
    """
    rows = await fetch(
        f"SELECT m.id FROM meters_meter m WHERE {' AND '.join(conditions)}"
        f" LIMIT {literal_limit(FEW_METERS + 1)}",
        *args,
    )
    return [row["id"] for row in rows] if len(rows) <= FEW_METERS else None
