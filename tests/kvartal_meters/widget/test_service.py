"""Premises that stand alike are answered with one object, and no others are."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_premise
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import a_home, a_meter, a_reading
from kvartal_meters.widget import service
from kvartal_meters.widget.service import widgets_of

NOVEMBER_20 = datetime.fromisoformat("2026-11-20T12:00+03:00")

ROW: dict[str, Any] = {
    "premise_id": uuid4(),
    "timezone": "Europe/Moscow",
    "billing_month_shift": 0,
    "place_archived": False,
    "meter_id": uuid4(),
    "scope": "INDIVIDUAL",
    "status": "ACTIVE",
    "settings_id": uuid4(),
    "active": True,
    "start_day": 15,
    "end_day": 25,
    "fractions_allowed": True,
    "accepts_expired": True,
    "months": [date(2026, 10, 1)],
}


class Row(Mapping[str, Any]):
    """A row that knows what it was asked for."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def test_nothing_is_answered_by_that_does_not_tell_premises_apart() -> None:
    answered, told_apart = Row(ROW), Row(ROW)

    service._widget([answered])
    service._standing([told_apart])

    assert answered.asked <= told_apart.asked


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("timezone", "Asia/Omsk"),
        ("billing_month_shift", 1),
        ("place_archived", True),
        ("meter_id", None),
        ("scope", "HOUSEHOLD"),
        ("status", "VERIFICATION"),
        ("settings_id", None),
        ("active", False),
        ("start_day", 16),
        ("end_day", 24),
        ("fractions_allowed", False),
        ("accepts_expired", False),
        ("months", None),
        ("months", [date(2026, 11, 1), date(2026, 10, 1)]),
    ],
)
def test_a_difference_tells_premises_apart(name: str, other: object) -> None:
    assert service._standing([ROW]) != service._standing([{**ROW, name: other}])
    assert service._standing([ROW]) != service._standing([ROW, {**ROW, name: other}])


@pytest.mark.parametrize("name", ["premise_id", "meter_id", "settings_id"])
def test_whose_meters_they_are_makes_no_difference(name: str) -> None:
    assert service._standing([ROW]) == service._standing([{**ROW, name: uuid4()}])


async def test_each_premise_of_many_is_answered_as_it_is_alone(db: None) -> None:
    home = await a_home()
    premises = [home.premise, *[await a_premise(building=home.building) for _ in range(5)]]
    meters = [home.meter, *[await a_meter(premise=each) for each in premises[1:5]]]
    await a_meter(premise=premises[2], type=MeterType.HOT_WATER)
    await a_reading(meters[3], "2026-11", "105")
    await meters[4].update_from_dict({"status": MeterStatus.VERIFICATION}).save()
    actor = await actor_of(await an_employee(home.organization))
    ids = [each.id for each in premises]

    with clock.frozen(NOVEMBER_20):
        together = await widgets_of(actor, ids)
        alone = {key: (await widgets_of(actor, [key]))[key] for key in ids}

    assert together == alone
    assert together[ids[0]] is together[ids[1]]
    shown = [
        (each.answer.state, each.answer.submitted, each.answer.total) for each in together.values()
    ]
    assert len(set(shown)) == 4
