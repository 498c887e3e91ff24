"""Sentences for people: the only reader of ``<package>/locale/{ru,en}.po``.

A message is found by its code (the catalogue's msgid). Placeholders are filled by the facts, each
written as people write it: decimals with the language's sign, dates in words, enum members by
their titles, a code by its own where the sentence says ``{code:title}``. Russian is the language
of last resort.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from gettext import c2py
from importlib.resources import files
from string import Formatter
from typing import IO

import structlog
from babel.dates import format_date
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import get_decimal_symbol

from kvartal.errors import KvartalError
from kvartal.months import YearMonth

__all__ = [
    "LAST_RESORT",
    "LOCALES",
    "CatalogueError",
    "Catalogues",
    "codes",
    "load",
    "negotiate",
    "say",
    "title",
]

LOCALES = ("ru", "en")
LAST_RESORT = "ru"
HOST = "kvartal"
NOTHING = "—"

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class CatalogueError(KvartalError):
    """A catalogue cannot be read, or two packages claim one code: the start is refused."""


Piece = tuple[str, str | None, str]
"""Literal text, then the fact's name (none at the end of a sentence), then its format."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One translated message, its plural forms taken apart into pieces."""

    locale: str
    forms: tuple[tuple[Piece, ...], ...]
    form_of: Callable[[int], int]

    def pieces(self, count: object) -> tuple[Piece, ...]:
        if len(self.forms) == 1 or not isinstance(count, int):
            return self.forms[-1]
        return self.forms[self.form_of(abs(count))]


@dataclass(slots=True)
class Catalogues:
    """The sentences of several packages, by language and code."""

    _sentences: dict[str, dict[str, _Sentence]] = field(
        default_factory=lambda: {locale: {} for locale in LOCALES}
    )
    _codes: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    def load(self, packages: Iterable[str]) -> None:
        """Add the catalogues of the host and of ``packages``; those already read stay."""
        for package in (HOST, *packages):
            if package not in self._codes:
                self._add(package, {locale: _read(package, locale) for locale in LOCALES})

    def say(self, code: str, locale: str, **facts: object) -> str:
        """The sentence of ``code`` in that language, else in Russian, else the code itself."""
        sentence = self._find(code, locale)
        if sentence is None:
            log.error("text.missing", code=code, locale=locale)
            return code
        spoken: list[str] = []
        for literal, name, spec in sentence.pieces(facts.get("count")):
            spoken.append(literal)
            if name is not None:
                if name not in facts:
                    log.error("text.fact_missing", code=code, fact=name)
                spoken.append(self._show(facts.get(name), sentence.locale, spec))
        return "".join(spoken)

    def title(self, member: Enum, locale: str) -> str:
        """An enum member's name for people: the sentence of ``ClassName.MEMBER``."""
        return self.say(_title_code(member), locale)

    def codes(self, package: str, locale: str) -> frozenset[str]:
        """The codes that a package's catalogue has in a language."""
        return self._codes[package][locale]

    def _add(self, package: str, read: dict[str, dict[str, _Sentence]]) -> None:
        claimed = frozenset[str]().union(*read.values())
        for other, theirs in self._codes.items():
            for code in sorted(claimed & frozenset[str]().union(*theirs.values())):
                raise CatalogueError(f"{code} has a sentence in both {other} and {package}")
        for locale, sentences in read.items():
            self._sentences[locale].update(sentences)
        self._codes[package] = {locale: frozenset(found) for locale, found in read.items()}

    def _find(self, code: str, locale: str) -> _Sentence | None:
        return self._sentences.get(locale, {}).get(code) or self._sentences[LAST_RESORT].get(code)

    def _show(self, value: object, locale: str, spec: str) -> str:
        match value:
            case None:
                return NOTHING
            case Enum():
                known = self._find(_title_code(value), locale) is not None
                return self.title(value, locale) if known else str(value.value)
            case Decimal():
                return _decimal(value, locale)
            case YearMonth():
                return format_date(value.first_day, "LLLL y", locale=locale)
            case date():
                words = "d MMMM y" if spec == "full" else "d MMMM"
                return format_date(value, words, locale=locale)
            case str() if spec == "title" and self._find(value, locale) is not None:
                return self.say(value, locale)
            case _:
                return str(value)


def _title_code(member: Enum) -> str:
    return f"{type(member).__name__}.{member.name}"


def _decimal(value: Decimal, locale: str) -> str:
    digits = f"{value:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    if digits == "-0":
        digits = "0"
    return digits.replace(".", _decimal_sign(locale))


@lru_cache
def _decimal_sign(locale: str) -> str:
    return get_decimal_symbol(locale)


def _read(package: str, locale: str) -> dict[str, _Sentence]:
    """A package's catalogue in one language; a package without sentences has none."""
    source = files(package) / "locale" / f"{locale}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as file:
        return _parse(file, f"{package}/locale/{locale}.po", locale)


def _parse(file: IO[bytes], name: str, locale: str) -> dict[str, _Sentence]:
    try:
        catalogue = read_po(file, locale=locale, abort_invalid=True)
        form_of = c2py(catalogue.plural_expr)
        sentences: dict[str, _Sentence] = {}
        for message in catalogue:
            if not message.id:
                continue
            code = message.id if isinstance(message.id, str) else message.id[0]
            texts = _texts(message.string)
            if not all(texts):
                raise CatalogueError(f"{name}: {code} has no sentence")
            sentences[code] = _Sentence(locale, tuple(map(_pieces, texts)), form_of)
        return sentences
    except (PoFileError, ValueError) as error:
        raise CatalogueError(f"{name}: {error}") from error


def _texts(string: str | Iterable[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or ())


def _pieces(text: str) -> tuple[Piece, ...]:
    return tuple((literal, name, spec or "") for literal, name, spec, _ in Formatter().parse(text))


@lru_cache(maxsize=256)
def negotiate(accept_language: str | None) -> str:
    """The language to answer in, by the header ``Accept-Language``: Russian unless English wins."""
    best, best_weight = LAST_RESORT, 0.0
    for item in (accept_language or "").split(","):
        tag, _, parameter = item.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter.strip())
        if language in LOCALES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0


_loaded = Catalogues()
load = _loaded.load
say = _loaded.say
title = _loaded.title
codes = _loaded.codes
