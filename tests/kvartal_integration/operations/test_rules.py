"""What ends well, how far it has come, and a table without formulas."""

import pytest

from kvartal_integration.operations.rules import (
    EXCEL_KINDS,
    FINAL,
    XML_KINDS,
    Direction,
    Entry,
    EntrySeverity,
    OperationFailed,
    OperationKind,
    OperationStatus,
    csv_of,
    outcome,
    percent_of,
    safe_cell,
)


@pytest.mark.parametrize(
    ("errors", "warnings", "expected"),
    [
        (0, 0, OperationStatus.SUCCEEDED),
        (0, 1, OperationStatus.SUCCEEDED_WITH_WARNINGS),
        (1, 0, OperationStatus.SUCCEEDED_WITH_WARNINGS),
    ],
)
def test_what_came_to_its_end_has_succeeded(
    errors: int, warnings: int, expected: OperationStatus
) -> None:
    assert outcome(errors=errors, warnings=warnings) is expected


def test_each_kind_goes_one_way_and_travels_by_one_format() -> None:
    ways = {kind: kind.direction for kind in OperationKind}

    assert ways == {
        OperationKind.XML_IMPORT: Direction.IMPORT,
        OperationKind.XML_EXPORT: Direction.EXPORT,
        OperationKind.EXCEL_IMPORT: Direction.IMPORT,
        OperationKind.EXCEL_EXPORT: Direction.EXPORT,
    }
    assert frozenset(OperationKind) == XML_KINDS | EXCEL_KINDS
    assert not XML_KINDS & EXCEL_KINDS


def test_what_waits_or_runs_is_not_over() -> None:
    assert set(OperationStatus) - FINAL == {OperationStatus.QUEUED, OperationStatus.RUNNING}


@pytest.mark.parametrize(
    ("done", "total", "expected"),
    [(0, None, None), (0, 3, 0), (2, 3, 66), (3, 3, 100), (7, 3, 100), (0, 0, 100)],
)
def test_percents_are_whole_and_end_at_a_hundred(
    done: int, total: int | None, expected: int | None
) -> None:
    assert percent_of(done, total) == expected


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(sign: str) -> None:
    assert safe_cell(f"{sign}SUM(A1)") == f"'{sign}SUM(A1)"


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (7, "7"), ("a=b", "a=b"), ("", "")])
def test_other_cells_are_what_they_are(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_a_table_opens_in_excel_as_it_is() -> None:
    table = csv_of([["Код", "Сообщение"], ["W203", 'ЛС "7;7"'], [None, "=1+1"]])

    assert table == (b"\xef\xbb\xbf" + 'Код;Сообщение\r\nW203;"ЛС ""7;7"""\r\n;\'=1+1\r\n'.encode())


def test_a_failure_is_named_by_its_code() -> None:
    failed = OperationFailed(Entry(severity=EntrySeverity.ERROR, code="E101"))

    assert (str(failed), failed.entry.facts) == ("E101", {})
