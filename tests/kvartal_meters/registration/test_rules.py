"""The rules of bulk calls alone: months of one meter among each other, and what a row may mean."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count, pairwise
from typing import Any
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvartal.bulk import RowOutcome
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.readings.rules.judgement import Author
from kvartal_meters.registration.rules import readings
from kvartal_meters.registration.rules.entries import MeterEntry, SentMeter
from kvartal_meters.registration.rules.fleet import Fleet
from kvartal_meters.registration.rules.meters import apply_row
from kvartal_meters.registration.rules.places import Site
from kvartal_meters.registration.rules.readings import JudgedReading, judge_meter
from kvartal_meters.registration.rules.sent import (
    ReadingsMode,
    SentReading,
    channel_of,
    months_of,
)
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays

TODAY = date(2026, 11, 20)
MACHINE = Author(kind=AuthorKind.SERVICE, today=TODAY)
NOON = datetime.fromisoformat("2026-11-20T12:00+00:00")


def month_of(number: int) -> YearMonth:
    """The months before November 2026, which is 0."""
    return YearMonth(2026, 11).shift(number)


def stored(number: int, *values: str, previous: str | None = None) -> StoredReading:
    return StoredReading(
        id=UUID(int=1000 + number),
        billing_month=month_of(number),
        taken_on=month_of(number).first_day,
        values=tuple(map(Decimal, values)),
        previous=None if previous is None else (Decimal(previous),),
        saved_by=AuthorKind.RESIDENT,
        version=1,
    )


def a_meter(*readings: StoredReading, **fields: Any) -> MeterFacts:
    return MeterFacts(
        **{
            "id": ANY,
            "organization_id": ANY,
            "building_id": ANY,
            "premise_id": ANY,
            "type": MeterType.COLD_WATER,
            "scope": MeterScope.INDIVIDUAL,
            "status": MeterStatus.ACTIVE,
            "timezone": "Europe/Moscow",
            "settings": SettingsValues(active=True, window=WindowDays(15, 25)),
            "readings": readings,
            **fields,
        }
    )


def sent(place: int, month: int, *values: str, **more: Any) -> SentReading:
    return SentReading(place=place, values=values, billing_month=month_of(month), **more)


def judged(
    meter: MeterFacts, *rows: SentReading, mode: ReadingsMode = ReadingsMode.OVERWRITE
) -> list[JudgedReading]:
    ids = count(1)
    return judge_meter(meter, rows, MACHINE, mode, lambda: UUID(int=next(ids)))


def told(rows: Sequence[JudgedReading]) -> list[tuple[str, ...]]:
    return [
        (each.outcome.value, *(e.code for e in (*each.errors, *each.warnings))) for each in rows
    ]


@pytest.mark.parametrize(
    ("case", "steps", "expected"),
    [
        ("all up", [30, 40, 50, 60], ["UPDATED"] * 4),
        ("all down", [1, 2, 3, 4], ["UPDATED"] * 4),
        ("equal", [10, 20, 30, 40], ["UNCHANGED"] * 4),
        ("zero consumption", [10, 10, 10, 10], ["UNCHANGED", *["UPDATED"] * 3]),
        ("one falls", [10, 20, 15, 40], ["UNCHANGED", "UNCHANGED", "REJECTED", "UNCHANGED"]),
        ("up and down", [15, 35, 36, 37], ["UPDATED"] * 4),
    ],
)
def test_months_that_are_all_corrected(case: str, steps: list[int], expected: list[str]) -> None:
    months = [-3, -2, -1, 0]
    meter = a_meter(*(stored(m, str(10 * (m + 4))) for m in reversed(months)))
    rows = [sent(n, m, str(step)) for n, (m, step) in enumerate(zip(months, steps, strict=True))]

    for order in (rows, rows[::-1]):
        found = sorted(judged(meter, *order), key=lambda each: each.sent.place)
        assert [each.outcome.value for each in found] == expected, case


@given(
    present=st.lists(st.integers(0, 9), min_size=4, max_size=4).map(sorted),
    asked=st.dictionaries(st.integers(-4, 0), st.integers(0, 9), min_size=2),
    data=st.data(),
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_saved_readings_never_fall_and_count_from_the_one_before(
    present: list[int], asked: dict[int, int], data: st.DataObject
) -> None:
    there = dict(zip((-4, -3, -1, 0), present, strict=True))
    earlier = [None, *present[:-1]]
    before = [
        stored(m, str(value), previous=None if last is None else str(last))
        for last, (m, value) in zip(earlier, there.items(), strict=True)
    ]
    meter = a_meter(*reversed(before))
    rows = [sent(n, m, str(v)) for n, (m, v) in enumerate(asked.items())]

    found = judged(meter, *data.draw(st.permutations(rows)))

    after = {each.billing_month: each.values[0] for each in before}
    counted: dict[YearMonth, tuple[Any, Any]] = {
        each.billing_month: (each.previous and each.previous[0], None) for each in before
    }
    for each in found:
        if each.is_saved:
            after[each.verdict.billing_month] = each.verdict.values[0]
    for each in found:
        if each.is_saved:
            previous = each.verdict.previous
            counted[each.verdict.billing_month] = (previous and previous[0], None)
            if each.verdict.following is not None:
                following, consumption = each.verdict.following
                counted[following.billing_month] = (each.verdict.values[0], None)
                assert consumption is not None
                assert consumption.total == following.values[0] - each.verdict.values[0]
    ordered = sorted(after)
    assert [counted[month][0] for month in ordered] == [
        None,
        *(after[month] for month in ordered[:-1]),
    ]
    assert all(after[one] <= after[other] for one, other in pairwise(ordered))


def test_a_following_reading_of_the_call_is_written_itself() -> None:
    meter = a_meter(stored(0, "50", previous="10"), stored(-2, "10"))

    first, second = judged(meter, sent(0, -1, "20"), sent(1, 0, "40"))
    alone, repeated = judged(meter, sent(0, -1, "20"), sent(1, 0, "50"))

    assert first.verdict.following is None
    assert second.verdict.previous == (Decimal(20),)
    assert second.verdict.consumption is not None
    assert second.verdict.consumption.total == 20
    # What is not written itself is counted anew by the one before it.
    assert repeated.outcome is RowOutcome.UNCHANGED
    assert alone.verdict.following is not None
    assert alone.verdict.following[0].id == UUID(int=1000)


def test_of_several_rows_about_a_month_the_last_one_counts() -> None:
    meter = a_meter(stored(-1, "10"))

    found = judged(meter, sent(0, 0, "1"), sent(1, 0, "11"), sent(2, 0, "12"), sent(3, 0, "13"))
    wrong = judged(meter, sent(0, 0, "11"), sent(1, 0, "1"))
    impossible = judged(
        meter,
        SentReading(place=0, values=["11"], taken_on=date(2026, 11, 21)),
        SentReading(place=1, values=["12"], taken_on=date(2026, 11, 22)),
        sent(2, 0, "13"),
    )

    assert told(found) == [*[("UNCHANGED", "READING_DUPLICATED")] * 3, ("CREATED",)]
    assert {each.id for each in found} == {found[-1].id}
    assert [each.is_saved for each in found] == [False, False, False, True]
    assert told(wrong) == [
        ("REJECTED", "READING_DUPLICATED"),
        ("REJECTED", "READING_BELOW_PREVIOUS"),
    ]
    assert told(impossible) == [*[("REJECTED", "TAKEN_ON_INVALID")] * 2, ("CREATED",)]


def test_what_is_kept_is_told_by_the_first_value_that_differs() -> None:
    meter = a_meter(stored(0, "10", "20"), type=MeterType.ELECTRICITY_2T)

    [second] = judged(meter, sent(0, 0, "10", "21"), mode=ReadingsMode.APPEND)
    [short] = judged(meter, sent(0, 0, "10"), mode=ReadingsMode.APPEND)

    assert [(each.path, each.facts()["existing"]) for each in second.errors] == [
        (("values", 1), Decimal(20))
    ]
    assert [(each.path, each.facts()["existing"]) for each in short.errors] == [
        (("values",), Decimal(10))
    ]


def test_fractions_are_cut_off_of_individual_meters_alone() -> None:
    whole = SettingsValues(active=True, fraction=False)

    [flat] = judged(a_meter(settings=whole), sent(0, 0, "12,75"))
    [exact] = judged(a_meter(settings=whole), sent(0, 0, "12"))
    [house] = judged(a_meter(settings=whole, scope=MeterScope.COLLECTIVE), sent(0, 0, "12,75"))
    [allowed] = judged(a_meter(), sent(0, 0, "12,75"))

    assert told([flat, exact, house, allowed]) == [
        ("CREATED", "FRACTION_TRUNCATED"),
        ("CREATED",),
        ("CREATED",),
        ("CREATED",),
    ]
    assert [each.verdict.values for each in (flat, exact, house, allowed)] == [
        (Decimal(12),),
        (Decimal(12),),
        (Decimal("12.75"),),
        (Decimal("12.75"),),
    ]


def test_an_anomaly_is_told_with_its_average() -> None:
    history = [stored(-m, str(40 - 4 * m), previous=str(36 - 4 * m)) for m in range(1, 6)]

    [flagged] = judged(a_meter(*history), sent(0, 0, "90"))
    [unknown] = judged(a_meter(stored(-1, "10")), sent(0, 0, "90"))
    [usual] = judged(a_meter(*history), sent(0, 0, "40"))

    assert told([flagged, unknown, usual]) == [
        ("CREATED", "NEEDS_REVIEW"),
        ("CREATED", "NEEDS_REVIEW"),
        ("CREATED",),
    ]
    assert [each.verdict.needs_review for each in (flagged, unknown, usual)] == [True, True, False]
    assert flagged.warnings[0].facts()["average"] == Decimal(4)
    assert [each.warnings[0].message_code for each in (flagged, unknown)] == [
        "NEEDS_REVIEW",
        "NEEDS_REVIEW.NO_AVERAGE",
    ]


def test_patience_with_months_that_fit_nowhere_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meter = a_meter(stored(0, "20"), stored(-1, "10"))
    rows = [sent(0, -1, "30"), sent(1, 0, "40")]

    enough = judged(meter, *rows)
    monkeypatch.setattr(readings, "PASSES", 1)
    too_little = judged(meter, *rows)

    assert told(enough) == [("UPDATED",), ("UPDATED",)]
    assert told(too_little) == [
        ("REJECTED", "READING_ABOVE_NEXT"),
        ("UPDATED", "NEEDS_REVIEW"),
    ]


def test_a_meters_whole_life_in_one_call_costs_no_more_than_its_length() -> None:
    months = range(-430, 1)
    meter = a_meter(*(stored(m, str(1000 + m)) for m in reversed(months)))
    rows = [sent(n, m, str(5000 + m)) for n, m in enumerate(months)]

    started = time.process_time()
    found = judged(meter, *rows)
    seconds = time.process_time() - started

    assert {each.outcome for each in found} == {RowOutcome.UPDATED}
    assert seconds < 5


@pytest.mark.parametrize(
    ("case", "rows", "expected"),
    [
        ("months", [{"billing_month": month_of(-2)}, {"billing_month": month_of(-5)}], (-5, -2)),
        ("a day", [{"taken_on": TODAY}], (-2, 0)),
        ("today", [{}], (-2, 0)),
        ("both", [{}, {"billing_month": month_of(-9)}], (-9, 0)),
    ],
)
def test_the_months_that_rows_may_be_about(
    case: str, rows: list[dict[str, Any]], expected: tuple[int, int]
) -> None:
    found = months_of([SentReading(place=0, values=["1"], **row) for row in rows], NOON)

    assert found == tuple(map(month_of, expected)), case


def test_no_month_is_before_the_calendar_begins() -> None:
    row = SentReading(place=0, values=["1"], taken_on=date(1, 1, 1))

    assert months_of([row], NOON) == (YearMonth(1, 1), YearMonth(1, 1))


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (None, "API"),
        *(
            (each, each.value if each.value in {"BILLING", "AUTO"} else "API")
            for each in SubmissionChannel
        ),
    ],
)
def test_another_system_may_be_billing_or_the_meter_itself(
    named: SubmissionChannel | None, kept: str
) -> None:
    assert channel_of(named).value == kept


SITE = Site(
    building_id=uuid4(),
    premise_id=uuid4(),
    timezone="Europe/Moscow",
    active=frozenset({"WATER"}),
)


def an_entry(identifier: str, *, is_seen: bool = True, **fields: Any) -> MeterEntry:
    values = {
        "type": MeterType.COLD_WATER,
        "identifier": identifier,
        "status": MeterStatus.ACTIVE,
        "initial_values": (),
        **fields,
    }
    return MeterEntry(uuid4(), MeterScope.INDIVIDUAL, SITE, values, dict(values), is_seen=is_seen)


def applied(fleet: Fleet, row: SentMeter) -> tuple[str, ...]:
    verdict = apply_row(fleet, row, lambda _: TODAY)
    return (verdict.outcome.value, *(each.code for each in verdict.errors))


def a_fleet(*entries: MeterEntry) -> Fleet:
    fleet = Fleet(uuid4)
    fleet.add(entries)
    return fleet


def test_a_key_of_another_meter_is_refused_whatever_the_meter_is_known_by() -> None:
    mine, other = an_entry("А", external_id="1"), an_entry("Б", external_id="2")
    fleet = a_fleet(mine, other)

    by_id = applied(fleet, SentMeter(id=mine.id, fields={"external_id": "2"}))

    assert by_id == ("REJECTED", "EXTERNAL_ID_TAKEN")
    assert mine.fields["external_id"] == "1"


def test_an_archived_meter_of_a_foreign_building_is_nobodys_namesake() -> None:
    hidden = an_entry("А", is_seen=False, status=MeterStatus.ARCHIVED)
    fleet = a_fleet(hidden)
    row = SentMeter(site=SITE, fields={"identifier": "А", "type": MeterType.COLD_WATER})

    assert applied(fleet, row) == ("CREATED",)


def test_a_changed_meter_waits_for_no_identifier_that_is_given_up_in_the_same_call() -> None:
    leaving, coming = an_entry("А", external_id="1"), an_entry("Б", external_id="2")
    fleet = a_fleet(leaving, coming)

    archived = applied(
        fleet, SentMeter(fields={"external_id": "1", "status": MeterStatus.ARCHIVED})
    )
    renamed = applied(fleet, SentMeter(fields={"external_id": "2", "identifier": "А"}))
    made = applied(
        fleet,
        SentMeter(
            site=SITE,
            fields={"external_id": "3", "identifier": "А", "type": MeterType.COLD_WATER},
        ),
    )

    # Both are written by one statement, which may come to the second first; new ones come after.
    assert (archived, renamed, made) == (
        ("UPDATED",),
        ("REJECTED", "IDENTIFIER_TAKEN"),
        ("CREATED",),
    )


def test_two_alike_by_serial_number_are_ambiguous() -> None:
    account = uuid4()
    twins = [an_entry(each, account_id=account, serial_number="18 СВ") for each in ("А", "Б")]
    fleet = a_fleet(*twins)
    row = SentMeter(
        site=SITE,
        fields={
            "identifier": "В",
            "type": MeterType.COLD_WATER,
            "account_id": account,
            "serial_number": "18-cb",
        },
    )

    assert applied(fleet, row) == ("REJECTED", "METER_AMBIGUOUS")
