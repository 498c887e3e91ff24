"""The readings of a record: in its order, each made once, and only when it is asked for."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kvartal.months import YearMonth
from kvartal_meters.readings import stored
from kvartal_meters.readings.stored import StoredReadings

ROW = {
    "readings": [
        f"({UUID(int=2)},2026-11-01,2026-11-20,SERVICE,3,1.0000,104.5000,7.0000,,100.0000,5.0000,)",
        f"({UUID(int=1)},2026-10-01,2026-10-20,RESIDENT,1,20.0000,100.0000,5.0000,,,,)",
    ]
}


def test_readings_are_those_of_the_record() -> None:
    newest, oldest = StoredReadings(ROW, 2)

    assert (newest.id, newest.billing_month) == (UUID(int=2), YearMonth(2026, 11))
    assert (newest.values, newest.previous) == (
        (Decimal("104.5"), Decimal(7)),
        (Decimal(100), Decimal(5)),
    )
    assert (newest.taken_on, newest.saved_by, newest.version) == (
        date(2026, 11, 20),
        "SERVICE",
        3,
    )
    assert (oldest.previous, oldest.ratio) == (None, Decimal(20))


def test_a_reading_is_made_once_and_only_if_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []

    def make(**fields: Any) -> Any:
        made.append(fields)
        return fields

    monkeypatch.setattr(stored, "StoredReading", make)
    readings = StoredReadings(ROW, 1)

    assert len(readings) == 2
    assert made == []
    assert readings[-1] is readings[1]
    assert [each["id"] for each in made] == [UUID(int=1)]
    assert readings[0:1] == (next(iter(readings)),)
    assert len(made) == 2


def test_a_meter_that_nobody_has_read_has_none() -> None:
    assert list(StoredReadings(dict.fromkeys(ROW), 1)) == []
