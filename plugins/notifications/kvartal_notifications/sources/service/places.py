"""Where premises are, as a fact of what people are told."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from kvartal.db.connection import Record
from kvartal_notifications.sources import queries

__all__ = ["OfPremise", "facts_of_place", "facts_of_places"]

_FACTS = ("address", "premise", "premise_kind")


class OfPremise(Protocol):
    """Something that is about a premise."""

    @property
    def organization_id(self) -> UUID: ...

    @property
    def premise_id(self) -> UUID: ...


async def facts_of_places(found: Iterable[OfPremise]) -> Mapping[UUID, Mapping[str, Any]]:
    """The names of many premises as they are now, in one statement."""
    about = list(found)
    rows = await queries.places(
        (each.organization_id for each in about), [each.premise_id for each in about]
    )
    return {key: _facts(row) for key, row in rows.items()}


async def facts_of_place(about: OfPremise) -> Mapping[str, Any] | None:
    """The names of one premise as they are now; None if it is gone."""
    return (await facts_of_places([about])).get(about.premise_id)


def _facts(row: Record) -> Mapping[str, Any]:
    return {name: row[name] for name in _FACTS}
