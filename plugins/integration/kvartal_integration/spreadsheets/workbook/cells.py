"""What people write into cells, read as columns: numbers, days, months, and numbers that are names.

A cell is an error or a value; an empty one is None. Nothing is guessed: 10.12.2023 is the 10th of
December, and what can be read in two ways is not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

__all__ = ["Parsed", "months", "names", "numbers", "taken_on"]

_SPACES = r"[\s\x00-\x1f\x7f\u00a0\u2007\u2009\u202f\u200b\ufeff]+"
_NUMBER = r"0*[0-9]{1,12}(?:[.,][0-9]{1,60})?"
_DAY = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"
_ISO_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?"
_MONTH = r"(0?[1-9]|1[0-2])\.((?:19|20)[0-9]{2})"
_ISO_MONTH = r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])"
_DIGITS_OF_EXCEL = 15
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column: texts by row, None where there is nothing; what could not be read, by row."""

    values: "pd.Series[str]"
    bad: "pd.Series[str]"


def names(cells: Sequence[object]) -> "pd.Series[str]":
    """Accounts and identifiers as text: a number without the .0 and the exponent of Excel's."""
    return _texts(cells, _whole)


def numbers(cells: Sequence[object]) -> Parsed:
    """Values of registers, with a dot: spaces are left out, a comma is a dot."""
    given = _texts(cells, _decimal)
    bare = given.str.replace(_SPACES, "", regex=True)
    valid = bare.str.fullmatch(_NUMBER).fillna(value=False)
    return _parsed(given, bare.str.replace(",", "."), valid)


def taken_on(cells: Sequence[object]) -> Parsed:
    """Days, in ISO: Excel's dates, ДД.ММ.ГГГГ and ГГГГ-ММ-ДД."""
    given = _texts(cells, _shown)
    iso = given.str.extract(f"^{_ISO_DAY}$", expand=False)
    local = given.where(given.str.fullmatch(_DAY).fillna(value=False))
    days = _days(iso, "%Y-%m-%d").fillna(_days(local, "%d.%m.%Y"))
    return _parsed(given, days, days.notna())


def months(cells: Sequence[object]) -> Parsed:
    """Billing months, as 2026-11: ММ.ГГГГ, ГГГГ-ММ, a day of the month, or 11.2026 as a number."""
    given = _texts(cells, _month_shown)
    local = given.str.extract(f"^{_MONTH}$")
    iso = given.str.extract(f"^{_ISO_MONTH}$")
    named = local[1] + "-" + local[0].str.zfill(2)
    named = named.fillna(iso[0] + "-" + iso[1])
    day = taken_on(given.where(named.isna()).tolist()).values.str.slice(0, 7)
    found = named.fillna(day)
    return _parsed(given, found, found.notna())


def _days(texts: "pd.Series[str]", form: str) -> "pd.Series[str]":
    """Days of one form in ISO; what there is no such day of is nothing."""
    return pd.to_datetime(texts, format=form, errors="coerce").dt.strftime("%Y-%m-%d").astype("str")


def _parsed(given: "pd.Series[str]", found: "pd.Series[str]", valid: "pd.Series[bool]") -> Parsed:
    return Parsed(found.where(valid), given.where(~valid).str.slice(0, _SHOWN))


def _texts(cells: Sequence[object], written: Callable[[object], str]) -> "pd.Series[str]":
    """The cells as texts without spaces around them; what is no text by ``written``."""
    raw: pd.Series[Any] = pd.Series(list(cells), dtype="object")
    is_text = raw.map(lambda cell: isinstance(cell, str)).astype("bool")
    texts = raw.where(is_text, None).astype("str")
    others = raw[~is_text & raw.notna()]
    if len(others):
        texts = texts.where(is_text, others.map(written).astype("str"))
    texts = texts.str.replace(_SPACES, " ", regex=True).str.strip()
    return texts.where(texts.ne("").fillna(value=False))


def _whole(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return _shown(cell)


def _decimal(cell: object) -> str:
    """As many digits as Excel knows of a number: 0.30000000000000004 is 0.3 to people."""
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.{_DIGITS_OF_EXCEL}g}'):f}"
    return _shown(cell)


def _month_shown(cell: object) -> str:
    """10.2020 that Excel has taken for a number is 10.202."""
    if isinstance(cell, float):
        return f"{cell:.4f}"
    return _shown(cell)


def _shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else str(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
