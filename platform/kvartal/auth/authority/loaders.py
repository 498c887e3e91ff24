"""The buildings that somebody may work with, for any kind of holder."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from kvartal.db.connection import Record
from kvartal.graphql.loader import Loader
from kvartal.housing.queries.pages import pages_by_parents
from kvartal.housing.sources import BUILDINGS

if TYPE_CHECKING:
    from kvartal.graphql.paging import Page

__all__ = ["BuildingsOf"]


class BuildingsOf(Loader[tuple[UUID, "Page"], list[Record]]):
    """A page of the buildings that somebody may work with, as far as the actor sees them."""

    belongs: ClassVar[str]

    async def batch(
        self, keys: Sequence[tuple[UUID, "Page"]]
    ) -> Mapping[tuple[UUID, "Page"], list[Record]]:
        """A statement for each page that is asked for; all ask for the same as a rule."""
        holders: dict[Page, list[UUID]] = {}
        for holder, page in keys:
            holders.setdefault(page, []).append(holder)
        answers = await asyncio.gather(
            *(
                pages_by_parents(BUILDINGS, self.belongs, self.context.actor, ids, page)
                for page, ids in holders.items()
            )
        )
        return {
            (holder, page): rows
            for page, answer in zip(holders, answers, strict=True)
            for holder, rows in answer.items()
        }

    def missing(self, key: tuple[UUID, "Page"]) -> list[Record]:
        """Somebody without buildings."""
        return []
