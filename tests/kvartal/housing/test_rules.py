"""Order of addresses and numbers, and the texts that people type."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal.errors import Refused
from kvartal.housing.rules import (
    SORT_KEY_LENGTH,
    InputFaults,
    NameRequired,
    TextTooLong,
    TimezoneUnknown,
    cleaned,
    search_words,
    sort_key,
)


@pytest.mark.parametrize(
    ("case", "ordered"),
    [
        ("numbers by value", ["1", "2", "9", "10", "99", "100"]),
        ("a letter after its number", ["2", "2/1", "2а", "2б", "3", "10", "10а"]),
        ("ё between е and ж", ["Ель", "Ея", "Ёж", "Ёлка", "Жук", "Яма"]),
        ("letters whatever their case", ["ул. абрикосовая", "Ул. Абрикосовая, 1", "УЛ. БЕЛАЯ"]),
        ("numbers inside a text", ["ул. Ленина, 9", "ул. Ленина, 10", "ул. Лесная, 1"]),
        ("numbers beyond any integer", ["9" * 40, "1" + "0" * 40]),
        ("Latin before Cyrillic", ["Zeta", "Альфа"]),
    ],
)
def test_sort_keys_order_texts_as_people_do(case: str, ordered: list[str]) -> None:
    keys = [sort_key(text) for text in ordered]

    assert all(first < second for first, second in itertools.pairwise(keys)), keys


@pytest.mark.parametrize(
    ("case", "one", "other"),
    [
        ("leading zeros", "007", "7"),
        ("zero", "000", "0"),
        ("case", "12А", "12а"),
        ("spaces", " 12   а ", "12 а"),
        ("composed and decomposed letters", "й", "и\u0306"),
    ],
)
def test_texts_that_mean_the_same_have_one_sort_key(case: str, one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


@given(st.text(max_size=300))
def test_a_sort_key_fits_its_column_and_postgresql(text: str) -> None:
    key = sort_key(text)

    assert len(key) <= SORT_KEY_LENGTH
    assert "\0" not in key
    key.encode()


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_whole_numbers_are_ordered_by_value(one: int, other: int) -> None:
    assert (sort_key(str(one)) < sort_key(str(other))) == (one < other)


@pytest.mark.parametrize(
    ("case", "typed", "meant"),
    [
        ("surrounding space", "  УК Заря \n", "УК Заря"),
        ("space within", "УК \t  Заря", "УК Заря"),
        ("no-break space", "УК\u00a0Заря", "УК Заря"),
        ("control characters", "УК\0Заря\u2028", "УК Заря"),
        ("invisible characters", "\u200bЗа\u00adря\ufeff", "Заря"),
        ("half a surrogate pair", "Заря\ud800", "Заря"),
        ("nothing visible", "\u200b \n", ""),
        ("decomposed letters", "и\u0306", "й"),
    ],
)
def test_cleaning_keeps_what_people_meant(case: str, typed: str, meant: str) -> None:
    assert cleaned(typed) == meant


@pytest.mark.parametrize(
    ("case", "typed", "words"),
    [
        ("nothing", "  ", []),
        ("words in any case", "Ленина 9", ["ленина", "9"]),
        ("ё as е", "Королёва", ["королева"]),
        ("commas part words", "ул. Ленина,9", ["ул.", "ленина", "9"]),
        ("no more than twelve", "а б в г д е ж з и к л м н", list("абвгдежзиклм")),
    ],
)
def test_search_words(case: str, typed: str, words: list[str]) -> None:
    assert search_words(typed) == words


def test_an_input_without_faults_is_kept() -> None:
    faults = InputFaults()

    assert faults.required("name", " Заря ", 4, NameRequired) == "Заря"
    assert faults.optional("inn", "", 12) is None
    assert faults.optional("inn", None, 12) is None
    assert faults.timezone("timezone", "Asia/Yekaterinburg") == "Asia/Yekaterinburg"
    faults.check()


def test_all_faults_of_an_input_are_refused_at_once() -> None:
    faults = InputFaults()

    faults.required("name", " \u200b", 10, NameRequired)
    faults.required("title", None, 10, NameRequired)
    faults.optional("inn", "1234567890123", 12)
    faults.timezone("timezone", "Europe/Nowhere")
    faults.timezone("zone", None)

    with pytest.raises(Refused) as refused:
        faults.check()
    assert [(type(each), each.path, each.facts()) for each in refused.value.errors] == [
        (NameRequired, ("name",), {}),
        (NameRequired, ("title",), {}),
        (TextTooLong, ("inn",), {"limit": 12}),
        (TimezoneUnknown, ("timezone",), {}),
        (TimezoneUnknown, ("zone",), {}),
    ]
