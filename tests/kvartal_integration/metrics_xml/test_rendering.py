"""What is written is read again as it was meant, and the same each time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest

from kvartal_integration.metrics_xml.parsing import read_blocks, read_head
from kvartal_integration.metrics_xml.rendering import ExportedReading, FileWriter

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
READING = ExportedReading(
    building="D-1",
    address='ул. <Лесная> & "5"',
    premise="KV-1",
    premise_number="1",
    account="77-1",
    meter="M-1",
    meter_key=1,
    type="COLD_WATER",
    identifier="ХВС-1",
    serial_number="18-1",
    reading="r1",
    billing_month=date(2026, 11, 1),
    taken_on=date(2026, 11, 19),
    submitted_at=NOW,
    channel="CRM",
    values=(Decimal("219.0020"),),
    previous=(Decimal("200.0000"),),
    consumption=Decimal("19.0020"),
    rollover=False,
)


def written(*portions: Iterable[ExportedReading]) -> bytes:
    file = BytesIO()
    with FileWriter.to(
        file, organization="UK-77", inn="7700000000", generated_at=NOW, sender="Kvartal"
    ) as writer:
        for portion in portions:
            writer.write(portion)
    return file.getvalue()


ROWS = [
    READING,
    replace(READING, reading="r2", billing_month=date(2026, 10, 1), taken_on=date(2026, 10, 1)),
    replace(
        READING,
        meter=None,
        meter_key=2,
        reading="r3",
        type="ELECTRICITY_2T",
        serial_number=None,
        values=(Decimal("5.0000"), Decimal("7.5")),
        previous=(Decimal("99999"), Decimal("7")),
        rollover=True,
        consumption=None,
    ),
    replace(READING, account="77-2", meter="M-3", meter_key=3, reading="r4"),
    replace(READING, premise=None, premise_number="2", meter_key=4, meter="M-4", reading="r5"),
    replace(READING, building="D-2", meter_key=5, meter="M-5", reading="r6"),
]


def test_it_is_read_again_as_it_was_written() -> None:
    file = BytesIO(written(ROWS))
    head = read_head(file, name="x", megabytes=200)
    found = list(read_blocks(file, name="x"))

    assert (head.sender, head.generated_at) == ("Kvartal", "2026-11-20T09:00:00+00:00")
    assert [(each.building, each.premise, each.premise_number, each.account) for each in found] == [
        ("D-1", "KV-1", "1", "77-1"),
        ("D-1", "KV-1", "1", "77-2"),
        ("D-1", None, "2", "77-1"),
        ("D-2", "KV-1", "1", "77-1"),
    ]
    first, second = found[0].meters
    assert [
        (each.billing_month.month, each.values) for each in first.readings if each.billing_month
    ] == [
        (11, ("219.002",)),
        (10, ("219.002",)),
    ]
    assert (second.external_id, second.identifier, second.fields) == (None, "ХВС-1", {})
    assert (second.readings[0].values, second.readings[0].rollover) == (("5", "7.5"), True)


def test_in_whatever_portions_they_come_the_file_is_the_same() -> None:
    assert written(ROWS) == written(*[[each] for each in ROWS]) == written(ROWS[:3], ROWS[3:])


def test_a_failure_while_writing_is_not_hidden() -> None:
    def failing() -> Iterator[ExportedReading]:
        yield READING
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        written([READING], failing())
