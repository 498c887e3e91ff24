"""What a tenant's rows hold that nobody else's do, and whether an answer tells of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from uuid import UUID

from kvartal.db.connection import fetch
from kvartal.errors import BadInput
from kvartal.graphql.node import decode_id

__all__ = ["Key", "Secrets", "Snapshot", "has_written", "snapshot", "told_by"]

Key = tuple[str, UUID]
Snapshot = Mapping[Key, str]

LONG = 5


async def has_written() -> bool:
    """Whether the present transaction has changed or locked a row: it has a number then."""
    [row] = await fetch("SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS has_written")
    return bool(row["has_written"])


async def snapshot() -> Snapshot:
    """All rows of all tables as they are now."""
    tables = await fetch(
        "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype"
        " ORDER BY c.relname"
    )
    selects = [
        f"SELECT '{table['name']}' AS name, t.id, to_jsonb(t)::text AS content"
        f" FROM {table['name']} t"
        for table in tables
    ]
    rows = await fetch(" UNION ALL ".join(selects))
    return {(row["name"], row["id"]): row["content"] for row in rows}


class Secrets:
    """Texts, large numbers and ids of a tenant's rows that no row of ``others`` holds."""

    def __init__(self, rows: Snapshot, others: Iterable[str]) -> None:
        self._found: dict[frozenset[Key], dict[str, str]] = {}
        # What refers to a row is no secret of the row that refers.
        common = {text for content in others for text in _texts(content).values()}
        common |= {str(key[1]) for key in rows}
        self._by_row = {
            key: {
                column: text
                for column, text in _texts(content).items()
                if column == "id" or text not in common
            }
            for key, content in rows.items()
        }

    def of(self, keys: frozenset[Key]) -> Mapping[str, str]:
        """What tells of these rows and of no other: the text, and its table and column."""
        if keys not in self._found:
            self._found[keys] = self._only_of(keys)
        return self._found[keys]

    def _only_of(self, keys: frozenset[Key]) -> dict[str, str]:
        shown = {
            text
            for key, found in self._by_row.items()
            if key not in keys
            for text in found.values()
        }
        return {
            text: f"{key[0]}.{column}"
            for key in keys
            for column, text in self._by_row[key].items()
            if text not in shown
        }

    @property
    def columns(self) -> set[str]:
        """The columns that hold a secret."""
        return {f"{key[0]}.{name}" for key, found in self._by_row.items() for name in found}


def _texts(content: str) -> dict[str, str]:
    """The long texts and numbers of a row, by column."""
    row = json.loads(content, parse_float=str)
    return {name: str(value) for name, value in row.items() if len(str(value)) >= LONG}


def told_by(answer: object, secrets: Mapping[str, str]) -> set[str]:
    """Which tables and columns an answer tells of."""
    spoken = set(_spoken(answer))
    everything = "\0".join(spoken)
    return {
        place
        for text, place in secrets.items()
        if text in spoken or (len(text) > LONG and text in everything)
    }


def _spoken(value: object) -> Iterator[str]:
    """All texts of an answer, its opaque ids opened."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _spoken(each)
    elif isinstance(value, list):
        for each in value:
            yield from _spoken(each)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
        with suppress(BadInput):
            yield str(decode_id(str(value))[1])
