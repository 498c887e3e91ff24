"""How a template says a fact: its filters, in a language."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from jinja2 import TemplateRuntimeError

from kvartal.text import say

__all__ = ["phrases"]

_TAGS = ("zero", "one", "two", "few", "many", "other")


def phrases(locale: str) -> Mapping[str, Callable[..., str]]:
    """The filters ``said``, ``day``, ``number``, ``plural`` and ``join_words``."""
    spoken = Locale.parse(locale)

    def said(code: str, **facts: Any) -> str:
        """The sentence of a code in the catalogues."""
        return say(code, locale, **facts)

    def day(value: str | date, *, full: bool = False) -> str:
        """A date in words; with its year if it is told in full."""
        moment = value if isinstance(value, date) else date.fromisoformat(value)
        return format_date(moment, "d MMMM y" if full else "d MMMM", locale=spoken)

    def number(value: str | int | Decimal) -> str:
        """A number with the language's signs, none of its digits lost."""
        return format_decimal(Decimal(value), locale=spoken, decimal_quantization=False)

    def plural(count: str | int | Decimal, *forms: str) -> str:
        """The form of a word that goes with a count, which is not said itself."""
        return forms[_form(spoken, Decimal(count), len(forms))]

    def join_words(words: Sequence[str]) -> str:
        """Words as a list in a sentence."""
        return format_list(list(words), locale=spoken)

    return {
        "said": said,
        "day": day,
        "number": number,
        "plural": plural,
        "join_words": join_words,
    }


def _form(locale: Locale, count: Decimal, given: int) -> int:
    """Which of the forms, that are given as the language orders them: one, few, many, other."""
    rule = locale.plural_form
    tags = [tag for tag in _TAGS if tag in {*rule.tags, "other"}]
    # In Russian a fraction alone is «other», and takes the form of the few: 1,5 дня.
    if given == len(tags) - 1 and len(tags) > 2:
        tags[-1:] = []
        return tags.index(rule(count)) if rule(count) in tags else tags.index("few")
    if given != len(tags):
        raise TemplateRuntimeError(f"{locale.language} has other plural forms than {given}")
    return tags.index(rule(count))
