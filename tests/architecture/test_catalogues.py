"""Every code that reaches people has its sentence, in both languages."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pytest

from kvartal import text
from kvartal.errors import DomainError, RequestError
from kvartal.host import load_registry
from kvartal.registry import Registry
from kvartal.settings import FIRST_PARTY
from kvartal.text import LOCALES, Catalogues

Kind = TypeVar("Kind")

PACKAGES = ["kvartal", *(f"kvartal_{name}" for name in sorted(FIRST_PARTY))]


@cache
def registry() -> Registry:
    return load_registry(FIRST_PARTY)


@cache
def catalogues() -> Catalogues:
    loaded = Catalogues()
    loaded.load(PACKAGES)
    return loaded


def modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if ".migrations." not in found.name:
            yield importlib.import_module(found.name)


def kinds_of(base: type[Kind]) -> Iterator[type[Kind]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


@cache
def domain_errors() -> dict[str, type[DomainError]]:
    for package in PACKAGES:
        list(modules(package))
    return {
        kind.code: kind
        for kind in kinds_of(DomainError)
        if kind.__module__.split(".")[0] in PACKAGES and "code" in vars(kind)
    }


def missing(codes: set[str]) -> dict[str, list[str]]:
    known = {
        locale: {code for package in PACKAGES for code in catalogues().codes(package, locale)}
        for locale in LOCALES
    }
    return {locale: sorted(codes - known[locale]) for locale in LOCALES if codes - known[locale]}


def test_every_refusal_has_its_sentence() -> None:
    assert len(domain_errors()) > 20
    assert missing(set(domain_errors())) == {}


def test_every_error_of_a_request_has_its_sentence() -> None:
    codes = {kind.code for kind in kinds_of(RequestError)} | {"INTERNAL"}

    assert missing(codes) == {}


def test_every_code_that_is_raised_by_name_has_its_sentence() -> None:
    kinds = "|".join(kind.__name__ for kind in kinds_of(RequestError))
    raised = re.compile(rf"(?:{kinds})\(\s*\"([A-Z_]+)\"")
    codes = {
        code
        for package in PACKAGES
        for module in modules(package)
        if module.__file__
        for code in raised.findall(Path(module.__file__).read_text(encoding="utf-8"))
    }

    assert len(codes) > 10
    assert missing(codes) == {}


def test_every_right_has_its_title() -> None:
    assert missing(set(registry().permissions)) == {}


def test_titles_of_closed_sets_are_whole() -> None:
    """A set that has a title for one member has one for each."""
    enums = {
        kind.__name__: kind for kind in kinds_of(Enum) if kind.__module__.split(".")[0] in PACKAGES
    }
    titled = {
        code.partition(".")[0]
        for package in PACKAGES
        for code in catalogues().codes(package, "ru")
        if re.fullmatch(r"[A-Z][A-Za-z]+\.[A-Z_0-9]+", code)
    }
    wanted = {f"{name}.{member.name}" for name in titled & enums.keys() for member in enums[name]}

    assert titled - enums.keys() == set()
    assert missing(wanted) == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_have_the_same_sentences(package: str) -> None:
    russian, english = (catalogues().codes(package, locale) for locale in LOCALES)

    assert russian == english


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_tell_the_same_facts(package: str) -> None:
    sentences = catalogues()._sentences
    for code in catalogues().codes(package, "ru"):
        told = {
            locale: {name for form in sentences[locale][code].forms for _, name, _ in form if name}
            for locale in LOCALES
        }
        assert told["ru"] == told["en"], code


def test_the_facts_of_a_refusal_are_those_that_it_carries() -> None:
    for code, kind in domain_errors().items():
        facts = set(kind.__dataclass_fields__) - {"path"}
        for locale in LOCALES:
            sentence = catalogues()._sentences[locale].get(code)
            assert sentence is not None
            told = {name for form in sentence.forms for _, name, _ in form if name}
            assert told <= facts, f"{code} ({locale}) tells {told - facts}"


def test_the_process_says_them() -> None:
    text.load(PACKAGES)

    assert text.say("FORBIDDEN", "en") != "FORBIDDEN"
