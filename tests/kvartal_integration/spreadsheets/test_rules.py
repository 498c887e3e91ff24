"""Rows in batches, titles as they are compared, and the columns of both sheets."""

from collections.abc import Sequence
from datetime import date

import pytest

from kvartal.bulk import MAX_ROWS
from kvartal.months import YearMonth
from kvartal_integration.spreadsheets.rules.columns import COLUMNS, READ, REQUIRED, Column
from kvartal_integration.spreadsheets.rules.problems import is_left_out
from kvartal_integration.spreadsheets.rules.rows import SheetRow, batches_of, row_of
from kvartal_integration.spreadsheets.workbook.headers import header_key
from kvartal_meters.api import MeterScope, SubmissionChannel

TOLD = [7, "77", "ХВС-15", None, "ул. Лесная", "5", None, "6", "2026-11-20", "2026-11", []]


def rows_of(meters: Sequence[str]) -> list[SheetRow]:
    return [
        row_of([line, "77", meter, None, None, "5", None, None, None, None, []])
        for line, meter in enumerate(meters, start=2)
    ]


def test_a_row_is_read_as_it_was_told() -> None:
    row = row_of(TOLD)

    assert row == SheetRow(
        line=7,
        key="77",
        identifier="ХВС-15",
        serial=None,
        address="ул. Лесная",
        values=["5", "", "6"],
        taken_on=date(2026, 11, 20),
        billing_month=YearMonth(2026, 11),
        faults=[],
    )
    assert row.sent(3).channel is SubmissionChannel.EXCEL
    assert row.reference(MeterScope.INDIVIDUAL).account_number == "77"
    assert row.reference(MeterScope.COLLECTIVE).account_number is None
    assert row.reference(MeterScope.COLLECTIVE).building_external_id == "77"


@pytest.mark.parametrize(
    ("case", "meters", "expected"),
    [
        ("nothing", "", []),
        ("fewer", "А", ["А"]),
        ("two and two", "АБВГД", ["АБ", "ВГ", "Д"]),
        ("a meter's rows stay together", "АБББВ", ["АБББ", "В"]),
        ("a meter comes again", "АБА", ["АБ", "А"]),
    ],
)
def test_batches_are_cut_between_meters(case: str, meters: str, expected: list[str]) -> None:
    found = batches_of(rows_of(list(meters)), 2)

    assert ["".join(row.identifier or "" for row in batch) for batch in found] == expected, case


def test_a_batch_is_never_more_than_a_call_takes() -> None:
    found = list(batches_of(rows_of(["А"] * (MAX_ROWS + 5)), 2))

    assert [len(each) for each in found] == [MAX_ROWS, 5]


@pytest.mark.parametrize(
    "title",
    ["Лицевой счет", "лицевой счёт*", " ЛИЦЕВОЙ  СЧЕТ ", "Лицевой\u00a0счет (обязательно)"],
)
def test_titles_are_compared_loosely(title: str) -> None:
    assert header_key(title) == header_key("Лицевой счет")


def test_a_latin_letter_is_the_cyrillic_one_that_it_looks_like() -> None:
    assert header_key("Текущее T1") == header_key("Текущее Т1")
    assert header_key("Текущее Т1") != header_key("Текущее Т2")
    assert header_key("Текущее Т1") != header_key("Предыдущее Т1")


def test_the_columns_that_are_read_are_exported() -> None:
    for scope, columns in COLUMNS.items():
        assert len(set(columns)) == len(columns)
        assert set(REQUIRED[scope]) <= set(READ[scope]) <= set(columns)
    assert len(COLUMNS[MeterScope.INDIVIDUAL]) == 21
    assert Column.CHANNEL not in COLUMNS[MeterScope.COLLECTIVE]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("W306.NO_AVERAGE", False), ("W302", False), ("W309", False), ("W305", True), ("X107", True)],
)
def test_what_was_not_saved_goes_to_the_file_of_errors(code: str, expected: bool) -> None:
    assert is_left_out(code) is expected
