import re
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from kvartal import text
from kvartal.errors import RequestError
from kvartal.months import YearMonth
from kvartal.text import CatalogueError, Catalogues, negotiate

HEADER = {
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
    "n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "en": "nplurals=2; plural=(n != 1);",
}
SHOW = 'msgid "SHOW"\nmsgstr "<{x}>"\n\nmsgid "FULL"\nmsgstr "<{x:full}>"\n'
DAYS = {
    "ru": 'msgid "DAYS"\nmsgid_plural "DAYS"\nmsgstr[0] "{count} день"\n'
    'msgstr[1] "{count} дня"\nmsgstr[2] "{count} дней"\n',
    "en": 'msgid "DAYS"\nmsgid_plural "DAYS"\nmsgstr[0] "{count} day"\nmsgstr[1] "{count} days"\n',
}


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("sample_"):
            del sys.modules[name]


def a_package(folder: Path, name: str, **messages: str) -> str:
    (folder / name / "locale").mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    for locale, body in messages.items():
        header = f'msgid ""\nmsgstr ""\n"Plural-Forms: {HEADER[locale]}\\n"\n\n'
        (folder / name / "locale" / f"{locale}.po").write_text(header + body, encoding="utf-8")
    return name


def a_catalogue(folder: Path, **messages: str) -> Catalogues:
    catalogues = Catalogues()
    catalogues.load([a_package(folder, "sample_one", **messages)])
    return catalogues


@pytest.mark.parametrize(
    ("case", "value", "ru", "en"),
    [
        ("decimal sign", Decimal("24.75"), "<24,75>", "<24.75>"),
        ("trailing zeros go", Decimal("24.7500"), "<24,75>", "<24.75>"),
        ("zeros of a whole number stay", Decimal("100.0000"), "<100>", "<100>"),
        ("no exponent", Decimal("1E+2"), "<100>", "<100>"),
        ("four decimals are not rounded", Decimal("0.9999"), "<0,9999>", "<0.9999>"),
        ("no grouping", Decimal("1234567.5"), "<1234567,5>", "<1234567.5>"),
        ("no negative zero", Decimal("-0.000"), "<0>", "<0>"),
        ("day", date(2026, 11, 5), "<5 ноября>", "<5 November>"),
        ("month", YearMonth(2026, 11), "<ноябрь 2026>", "<November 2026>"),
        ("titled enum", Colour.RED, "<красный>", "<red>"),
        ("untitled enum", Colour.BLUE, "<BLUE>", "<BLUE>"),
        ("nothing", None, "<—>", "<—>"),
        ("whole number", 1500, "<1500>", "<1500>"),
        ("text", "ХВС {x}", "<ХВС {x}>", "<ХВС {x}>"),
    ],
)
def test_a_fact_is_written_as_people_write_it(
    folder: Path, case: str, value: object, ru: str, en: str
) -> None:
    catalogues = a_catalogue(
        folder,
        ru=SHOW + '\nmsgid "Colour.RED"\nmsgstr "красный"\n',
        en=SHOW + '\nmsgid "Colour.RED"\nmsgstr "red"\n',
    )

    assert catalogues.say("SHOW", "ru", x=value) == ru
    assert catalogues.say("SHOW", "en", x=value) == en


def test_the_full_date_has_its_year(folder: Path) -> None:
    catalogues = a_catalogue(folder, ru=SHOW, en=SHOW)

    assert catalogues.say("FULL", "ru", x=date(2026, 11, 25)) == "<25 ноября 2026>"
    assert catalogues.say("FULL", "en", x=date(2026, 11, 25)) == "<25 November 2026>"


def test_a_code_is_told_by_its_title_where_the_sentence_says_so(folder: Path) -> None:
    titled = 'msgid "TITLED"\nmsgstr "<{x:title}>"\n\nmsgid "a.code"\nmsgstr "%s"\n'
    catalogues = a_catalogue(folder, ru=titled % "Право", en=titled % "A right")

    assert catalogues.say("TITLED", "ru", x="a.code") == "<Право>"
    assert catalogues.say("TITLED", "en", x="a.code") == "<A right>"
    assert catalogues.say("TITLED", "en", x="another.code") == "<another.code>"


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (1, "1 день", "1 day"),
        (2, "2 дня", "2 days"),
        (4, "4 дня", "4 days"),
        (5, "5 дней", "5 days"),
        (11, "11 дней", "11 days"),
        (12, "12 дней", "12 days"),
        (21, "21 день", "21 days"),
        (22, "22 дня", "22 days"),
        (111, "111 дней", "111 days"),
        (-1, "-1 день", "-1 day"),
    ],
)
def test_the_plural_follows_the_count(folder: Path, count: int, ru: str, en: str) -> None:
    catalogues = a_catalogue(folder, **DAYS)

    assert catalogues.say("DAYS", "ru", count=count) == ru
    assert catalogues.say("DAYS", "en", count=count) == en


def test_a_plural_without_a_count_takes_the_last_form(folder: Path) -> None:
    catalogues = a_catalogue(folder, **DAYS)

    with capture_logs() as logs:
        sentence = catalogues.say("DAYS", "ru")

    assert sentence == "— дней"
    assert [entry["event"] for entry in logs] == ["text.fact_missing"]


@pytest.mark.parametrize("locale", ["en", "de"])
def test_russian_is_the_last_resort_and_keeps_its_own_decimal_sign(
    folder: Path, locale: str
) -> None:
    catalogues = a_catalogue(folder, ru=SHOW)

    assert catalogues.say("SHOW", locale, x=Decimal("1.5")) == "<1,5>"


def test_an_unknown_code_is_answered_by_itself_and_logged(folder: Path) -> None:
    catalogues = a_catalogue(folder, ru=SHOW)

    with capture_logs() as logs:
        sentence = catalogues.say("NO_SUCH", "en")

    assert sentence == "NO_SUCH"
    assert logs == [
        {"event": "text.missing", "log_level": "error", "code": "NO_SUCH", "locale": "en"}
    ]


def test_a_title_is_the_sentence_of_the_member(folder: Path) -> None:
    catalogues = a_catalogue(folder, ru='msgid "Colour.RED"\nmsgstr "красный"\n')

    assert catalogues.title(Colour.RED, "ru") == "красный"


def test_one_code_in_two_packages_is_refused_naming_both_and_adds_nothing(folder: Path) -> None:
    catalogues = a_catalogue(folder, ru=SHOW)
    second = a_package(folder, "sample_two", en=SHOW, ru='msgid "OWN"\nmsgstr "свое"\n')

    with pytest.raises(CatalogueError, match="FULL has a sentence in both sample_one and sample_"):
        catalogues.load([second])

    with capture_logs():
        assert catalogues.say("OWN", "ru") == "OWN"


def test_loading_again_changes_nothing_and_the_host_is_always_there(folder: Path) -> None:
    catalogues = a_catalogue(folder, ru=SHOW)

    catalogues.load(["sample_one", "sample_one"])

    assert catalogues.codes("sample_one", "ru") == {"SHOW", "FULL"}
    assert catalogues.codes("sample_one", "en") == frozenset()
    assert "NOT_FOUND" in catalogues.codes("kvartal", "ru")


@pytest.mark.parametrize(
    ("case", "body", "complaint"),
    [
        ("empty sentence", 'msgid "A"\nmsgstr ""\n', "A has no sentence"),
        ("missing plural", 'msgid "A"\nmsgid_plural "A"\nmsgstr[0] "день"\n', "A has no sentence"),
        ("broken placeholder", 'msgid "A"\nmsgstr "{x"\n', "expected"),
        ("not a catalogue", "msgid A\n", "sample_one/locale/ru.po"),
    ],
)
def test_a_broken_catalogue_is_refused_by_its_name(
    folder: Path, case: str, body: str, complaint: str
) -> None:
    with pytest.raises(CatalogueError, match=complaint):
        a_catalogue(folder, ru=body)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "ru"),
        ("", "ru"),
        ("en", "en"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("de,en;q=0.5", "en"),
        ("de-DE,fr", "ru"),
        ("*", "ru"),
        ("en;q=0", "ru"),
        ("en;q=0.2, ru;q=0.3", "ru"),
        ("EN-gb ; q=1", "en"),
        ("en;q=many", "ru"),
        ("en;q=nan", "ru"),
        (";;,,;q=", "ru"),
    ],
)
def test_the_language_is_negotiated(header: str | None, locale: str) -> None:
    assert negotiate(header) == locale


def test_every_request_error_has_a_sentence_in_both_languages() -> None:
    text.load(())
    wanted = {error.code for error in RequestError.__subclasses__()}
    wanted |= {"INTERNAL", "VERSION_CONFLICT"}

    assert wanted <= text.codes("kvartal", "ru")
    assert text.codes("kvartal", "ru") == text.codes("kvartal", "en")
    assert text.say("TOO_COMPLEX", "en", limit=10, value=12).startswith(
        "The request is too complex: 12, while 10"
    )


@pytest.mark.parametrize("locale", text.LOCALES)
def test_the_host_names_a_code_once(locale: str) -> None:
    source = (files("kvartal") / "locale" / f"{locale}.po").read_text(encoding="utf-8")

    names = re.findall(r'^msgid "(.+)"$', source, flags=re.MULTILINE)

    assert len(names) == len(set(names))
