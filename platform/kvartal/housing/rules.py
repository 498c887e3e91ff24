"""Rules of the estate: closed sets, the order of addresses and numbers, texts, refusals."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar
from zoneinfo import available_timezones

from kvartal.auth.rules import InvalidPhone, normal_phone
from kvartal.errors import DomainError, Refused

__all__ = [
    "SORT_KEY_LENGTH",
    "AccountNumberTaken",
    "AddressRequired",
    "AlreadyResident",
    "ExternalIdTaken",
    "InnInvalid",
    "InputFaults",
    "MonthShiftInvalid",
    "NameRequired",
    "NotAResident",
    "NumberRequired",
    "OrganizationKind",
    "PlaceArchived",
    "PlaceNotEmpty",
    "PremiseKind",
    "PremiseNumberTaken",
    "ResidentPhoneTaken",
    "TextTooLong",
    "TimezoneUnknown",
    "cleaned",
    "search_terms",
    "search_words",
    "sort_key",
]

SORT_KEY_LENGTH = 200
# A whole address with region, town, street, house, block and premise has so many.
_SEARCH_WORDS = 12
# What people write before a premise's number, and nobody writes into the number.
_PREMISE_WORDS = frozenset({"кв", "квартира", "пом", "помещение", "оф", "офис"})

# In Unicode ё stands after я; here every letter gets the place that it has in the alphabet.
_ALPHABET = str.maketrans(
    {
        letter: chr(ord("а") + place)
        for place, letter in enumerate("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
    }
)
_DIGITS = re.compile(r"[0-9]+")
_INN = re.compile(r"[0-9]{10}(?:[0-9]{2})?")


class OrganizationKind(StrEnum):
    """What an organization is in the housing trade."""

    MANAGEMENT_COMPANY = "MANAGEMENT_COMPANY"
    RESOURCE_SUPPLIER = "RESOURCE_SUPPLIER"


class PremiseKind(StrEnum):
    """What a premise is used for."""

    RESIDENTIAL = "RESIDENTIAL"
    NON_RESIDENTIAL = "NON_RESIDENTIAL"


class NameRequired(DomainError):
    """A name has no visible character."""

    code: ClassVar[str] = "NAME_REQUIRED"


class AddressRequired(DomainError):
    """A building has no address."""

    code: ClassVar[str] = "ADDRESS_REQUIRED"


class NumberRequired(DomainError):
    """A premise or an account has no number."""

    code: ClassVar[str] = "NUMBER_REQUIRED"


@dataclass(eq=False, kw_only=True)
class TextTooLong(DomainError):
    """A text is longer than its column."""

    code: ClassVar[str] = "TEXT_TOO_LONG"
    limit: int


class TimezoneUnknown(DomainError):
    """No such name in the IANA database."""

    code: ClassVar[str] = "TIMEZONE_UNKNOWN"


class PremiseNumberTaken(DomainError):
    """Another premise of the building has the number."""

    code: ClassVar[str] = "PREMISE_NUMBER_TAKEN"


class AccountNumberTaken(DomainError):
    """Another account of the organization has the number."""

    code: ClassVar[str] = "ACCOUNT_NUMBER_TAKEN"


class ExternalIdTaken(DomainError):
    """Another object of the kind and the organization has the external id."""

    code: ClassVar[str] = "EXTERNAL_ID_TAKEN"


class AlreadyResident(DomainError):
    """The person already lives in the premise."""

    code: ClassVar[str] = "ALREADY_RESIDENT"


class NotAResident(DomainError):
    """The person does not live in the premise."""

    code: ClassVar[str] = "NOT_A_RESIDENT"


class ResidentPhoneTaken(DomainError):
    """Another resident of the organization has the telephone."""

    code: ClassVar[str] = "RESIDENT_PHONE_TAKEN"


class InnInvalid(DomainError):
    """A taxpayer's number (ИНН) has 10 digits, or 12 of a person's."""

    code: ClassVar[str] = "INN_INVALID"


class MonthShiftInvalid(DomainError):
    """The days before a window count as the present month (0) or as the last one (−1)."""

    code: ClassVar[str] = "MONTH_SHIFT_INVALID"


class PlaceArchived(DomainError):
    """Nothing new is put into what is in the archive."""

    code: ClassVar[str] = "PLACE_ARCHIVED"


@dataclass(eq=False, kw_only=True)
class PlaceNotEmpty(DomainError):
    """Buildings, archived ones included, still belong to the quarter or the group."""

    code: ClassVar[str] = "PLACE_NOT_EMPTY"
    count: int


def cleaned(text: str) -> str:
    """Text as people meant it: single spaces, nothing invisible, one form of each letter."""
    composed = unicodedata.normalize("NFC", text)
    # What is printable throughout has nothing invisible: most texts are, and there are many.
    visible = composed if composed.isprintable() else "".join(map(_visible, composed))
    return " ".join(visible.split())


def sort_key(text: str) -> str:
    """The key that puts texts in the order people expect, compared code point by code point.

    Letters follow the Russian alphabet whatever their case; 9 stands before 10, «2» before «2а».
    """
    folded = cleaned(text).casefold().translate(_ALPHABET)
    return _DIGITS.sub(_sized, folded)[:SORT_KEY_LENGTH]


def search_words(text: str) -> list[str]:
    """The words to look for, in the form of the searched column: lower case, е for ё."""
    words = cleaned(text).lower().replace("ё", "е").replace(",", " ").split()
    return words[:_SEARCH_WORDS]


def search_terms(text: str) -> list[str]:
    """The beginnings of words to look for in a text made by ``kvartal_search_text``."""
    folded = cleaned(text).lower().replace("ё", "е")
    kept = "".join(char if char.isalpha() or char.isdecimal() else " " for char in folded)
    terms = kept.split()
    # «кв. 12» is looked for as «12»; alone it may be the beginning of a street's name.
    told = [term for term in terms if term not in _PREMISE_WORDS] or terms
    return told[:_SEARCH_WORDS]


class InputFaults:
    """The faults of one input, gathered so that people see them all at once."""

    def __init__(self) -> None:
        self.errors: list[DomainError] = []

    def required(self, field: str, text: str | None, limit: int, missing: type[DomainError]) -> str:
        """The cleaned text of a field that must have one."""
        kept = self.optional(field, text, limit)
        if kept is None:
            self.errors.append(missing(path=(field,)))
        return kept or ""

    def optional(self, field: str, text: str | None, limit: int) -> str | None:
        """The cleaned text of a field that may be empty, which is None."""
        kept = cleaned(text or "")
        if len(kept) > limit:
            self.errors.append(TextTooLong(limit=limit, path=(field,)))
        return kept or None

    def timezone(self, field: str, name: str | None) -> str:
        """The name of a time zone."""
        if name not in _timezones():
            self.errors.append(TimezoneUnknown(path=(field,)))
        return name or ""

    def inn(self, field: str, number: str | None) -> str | None:
        """A taxpayer's number; none if it is empty."""
        kept = cleaned(number or "")
        if kept and not _INN.fullmatch(kept):
            self.errors.append(InnInvalid(path=(field,)))
        return kept or None

    def phone(self, field: str, number: str | None) -> str | None:
        """A telephone number in E.164; none if it is empty."""
        kept = cleaned(number or "")
        normal = normal_phone(kept) if kept else None
        if kept and normal is None:
            self.errors.append(InvalidPhone(path=(field,)))
        return normal

    def check(self) -> None:
        """Refuse the input if there is any fault."""
        if self.errors:
            raise Refused(self.errors)


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _visible(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs":
            return ""
    return char


def _sized(number: re.Match[str]) -> str:
    digits = number.group().lstrip("0") or "0"
    return f"{len(digits):03}{digits}"
