"""Answers that are kept with the event they were made of, as an object and as JSON."""

from collections.abc import Mapping
from typing import Any

import orjson

__all__ = ["CodedAnswer", "KeptAnswers"]

MAX_KEPT = 32


class CodedAnswer(dict[str, Any]):
    """An answer with the JSON that it is sent as."""

    __slots__ = ("coded",)

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(answer)
        self.coded = orjson.dumps(answer)


class KeptAnswers:
    """The answers to the last events.

    An event is known by its identity: it is kept too, so that no other takes its place.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[object, CodedAnswer]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, event: object) -> CodedAnswer | None:
        """The answer to this very event, if it has been given."""
        kept = self._kept.get(id(event))
        return None if kept is None else kept[1]

    def has_kind_of(self, event: object) -> bool:
        """Whether an answer to an event of the same type is kept."""
        return any(type(known) is type(event) for known, _ in self._kept.values())

    def keep(self, event: object, answer: Mapping[str, Any]) -> CodedAnswer:
        """Have the answer ready for all others who are told of the event."""
        coded = CodedAnswer(answer)
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[id(event)] = (event, coded)
        return coded
