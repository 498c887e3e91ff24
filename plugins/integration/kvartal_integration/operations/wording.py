"""What the log keeps of a sentence, and how it is said later, in whichever language is asked for.

A fact that JSON does not know keeps its kind, so that it is written as people write it: a decimal
with the language's sign, a month by its name, a member of an enum by its title.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from kvartal.months import YearMonth
from kvartal.text import say
from kvartal_integration.operations.rules import Facts, Sentence

__all__ = ["packed", "packed_sentence", "spoken"]


def packed(facts: Facts) -> dict[str, Any]:
    """The facts in JSON."""
    return {name: _packed(value) for name, value in facts.items()}


def packed_sentence(sentence: Sentence) -> dict[str, Any]:
    """A sentence in JSON: its code and facts."""
    return {"code": sentence.code, "facts": packed(sentence.facts)}


def spoken(code: str, facts: Mapping[str, Any], locale: str) -> str:
    """The sentence of a code with facts that were packed."""
    return say(code, locale, **{name: _unpacked(value, locale) for name, value in facts.items()})


def _packed(value: object) -> Any:
    match value:
        case Sentence():
            return {"sentence": packed_sentence(value)}
        case Enum():
            return {"title": f"{type(value).__name__}.{value.name}"}
        case Decimal():
            return {"decimal": f"{value:f}"}
        case YearMonth():
            return {"month": str(value)}
        case date():
            return {"date": value.isoformat()}
        case None | bool() | int() | str():
            return value
    raise TypeError(f"{type(value).__name__} is no fact of a sentence")


def _unpacked(value: Any, locale: str) -> object:
    match value:
        case {"sentence": {"code": code, "facts": facts}}:
            return spoken(code, facts, locale)
        case {"title": title}:
            return say(title, locale)
        case {"decimal": digits}:
            return Decimal(digits)
        case {"month": month}:
            return YearMonth.parse(month)
        case {"date": day}:
            return date.fromisoformat(day)
    return value
