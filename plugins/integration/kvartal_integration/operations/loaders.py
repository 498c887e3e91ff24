"""What hangs on the operations of a list: entries, files, and who has started them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from kvartal.auth.api import names_of_staff
from kvartal.db.connection import Record
from kvartal.files.api import files_of
from kvartal.graphql.loader import Loader
from kvartal.graphql.paging import Page
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import EntrySeverity
from kvartal_integration.operations.service.files import FILE_OWNER

__all__ = ["CountByOperation", "EntriesByOperation", "FilesByOperation", "NamesByStarter"]

Q = TypeVar("Q")
V = TypeVar("V")

Asked = tuple[EntrySeverity | None, Page]


async def _by_question(
    keys: Sequence[tuple[UUID, Q]],
    ask: Callable[[Sequence[UUID], Q], Awaitable[Mapping[UUID, V]]],
) -> dict[tuple[UUID, Q], V]:
    """Ask once for all operations that have the same question."""
    operations: dict[Q, list[UUID]] = {}
    for operation, question in keys:
        operations.setdefault(question, []).append(operation)
    answers = await asyncio.gather(*(ask(ids, question) for question, ids in operations.items()))
    return {
        (operation, question): found
        for question, answer in zip(operations, answers, strict=True)
        for operation, found in answer.items()
    }


class EntriesByOperation(Loader[tuple[UUID, Asked], list[Record]]):
    """A page of the entries of an operation that is seen."""

    async def batch(
        self, keys: Sequence[tuple[UUID, Asked]]
    ) -> Mapping[tuple[UUID, Asked], list[Record]]:
        """Entries by operation and question."""
        return await _by_question(keys, lambda ids, asked: queries.entries_of(ids, *asked))

    def missing(self, key: tuple[UUID, Asked]) -> list[Record]:
        """An operation without such entries."""
        return []


class CountByOperation(Loader[tuple[UUID, EntrySeverity | None], int]):
    """How many entries of a severity are kept of an operation."""

    async def batch(
        self, keys: Sequence[tuple[UUID, EntrySeverity | None]]
    ) -> Mapping[tuple[UUID, EntrySeverity | None], int]:
        """Counts by operation and severity."""
        return await _by_question(keys, queries.count_entries)


class FilesByOperation(Loader[UUID, list[Record]]):
    """The files of an operation that is seen, oldest first; the table of entries among them."""

    async def batch(self, keys: Sequence[UUID]) -> Mapping[UUID, list[Record]]:
        """Files by operation."""
        return await files_of(FILE_OWNER, keys)

    def missing(self, key: UUID) -> list[Record]:
        """An operation without files."""
        return []


class NamesByStarter(Loader[tuple[UUID, UUID], str | None]):
    """The name of who has started an operation, by organization and user."""

    async def batch(
        self, keys: Sequence[tuple[UUID, UUID]]
    ) -> Mapping[tuple[UUID, UUID], str | None]:
        """Names by starter."""
        return {**await names_of_staff(keys)}

    def missing(self, key: tuple[UUID, UUID]) -> None:
        """One who was never employed there."""
