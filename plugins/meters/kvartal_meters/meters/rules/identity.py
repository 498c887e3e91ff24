"""How meters are told apart and found: identifiers, accounts, serial numbers, searched text."""

import re
from collections.abc import Sequence

from kvartal.housing.api import cleaned

__all__ = ["account_key", "clean_identifier", "search_text", "serial_key", "sought_parts"]

_PREMISE = re.compile(r"(?:кв|квартира|пом|помещение|оф|офис)\.?(\d\S*)?")

_SERIAL = str.maketrans("АВЕКМНОРСТХ", "ABEKMHOPCTX", "№-‐‑‒–—−")


def clean_identifier(identifier: str) -> str:
    """A meter's identifier as it is stored: trimmed, single spaces; empty means there is none."""
    return cleaned(identifier)


def account_key(number: str) -> str:
    """An account's number as it is compared: no spaces, no case; leading zeros are significant."""
    return "".join(number.split()).casefold()


def serial_key(serial_number: str) -> str:
    """A serial number as it is compared: upper case, Latin look-alikes, no spaces, № or hyphens."""
    return "".join(serial_number.split()).upper().translate(_SERIAL)


def search_text(*parts: str | None) -> str:
    """What people may type to find a meter: address, premise, account, identifier, serial number.

    In the form of the words that a search is split into: lower case, е for ё.
    """
    joined = " ".join(part for part in parts if part)
    return " ".join(joined.lower().replace("ё", "е").replace(",", " ").split())


def sought_parts(words: Sequence[str]) -> list[str]:
    """The parts of a meter's ``search_text`` that these words mean.

    As a rule a word may stand inside another. The number of a premise, «кв. 15», is one by itself:
    house, account and meter may have a 15 in theirs. Without a number «кв.» says nothing.
    """
    parts: list[str] = []
    is_number = False
    for word in words:
        named = _PREMISE.fullmatch(word)
        if named is None:
            parts.append(f" {word} " if is_number and word[0].isdigit() else word)
        elif named[1]:
            parts.append(f" {named[1]} ")
        is_number = named is not None and not named[1]
    return parts or list(words)
