"""What a mutation of the estate answers with: the row as it is now."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.node import uuid_of
from kvartal.housing.queries.rows import by_ids
from kvartal.housing.sources import Source

__all__ = ["row_of", "rows_of", "uuids_of"]

T = TypeVar("T")


async def row_of(info: Info, source: Source, of: Callable[[Record], T], key: UUID) -> T:
    """The changed row, read by whoever changed it."""
    return of((await by_ids(source, info.context.actor, [key]))[key])


async def rows_of(
    info: Info, source: Source, of: Callable[[Record], T], keys: Sequence[UUID]
) -> list[T]:
    """The changed rows in the order of their keys."""
    found = await by_ids(source, info.context.actor, keys)
    return [of(found[key]) for key in keys]


def uuids_of(kind: str, values: Sequence[str]) -> list[UUID]:
    """The keys of ids that must all name a ``kind``."""
    return [uuid_of(kind, value) for value in values]
