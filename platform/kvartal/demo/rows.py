"""Writing many rows at once."""

from collections.abc import Iterable, Sequence

from tortoise.models import Model

__all__ = ["insert"]

BATCH = 1000


async def insert(rows: Iterable[Model], order: Sequence[type[Model]]) -> None:
    """Insert rows of several tables, one table after the other in this order."""
    by_kind: dict[type[Model], list[Model]] = {kind: [] for kind in order}
    for row in rows:
        by_kind[type(row)].append(row)
    for kind, found in by_kind.items():
        await kind.bulk_create(found, batch_size=BATCH)  # lint-skip: query-in-loop -- one a table
