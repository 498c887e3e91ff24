"""The window as SQL sees it: open on the same days as the rules say."""

from datetime import date, timedelta

from kvartal.db.connection import fetch
from kvartal_meters.resource_settings.queries.windows import window_is_open
from kvartal_meters.resource_settings.rules import WindowDays, state_on

# Both Februaries, the months of 30 days beside them, the turn of a year.
SPANS = [
    (date(2027, 1, 25), date(2027, 5, 2)),
    (date(2028, 1, 28), date(2028, 3, 5)),
    (date(2026, 11, 1), date(2027, 1, 5)),
]


def days() -> list[date]:
    return [
        first + timedelta(days=number)
        for first, last in SPANS
        for number in range((last - first).days + 1)
    ]


async def test_every_pair_of_days_is_open_when_the_rules_say_so(db: None) -> None:
    rows = await fetch(
        "SELECT s.start_day, s.end_day, array_agg(t.day) AS days"
        " FROM (SELECT a AS start_day, b AS end_day"
        " FROM generate_series(1, 31) a, generate_series(1, 31) b) s,"
        f" unnest($1::date[]) AS t(day) WHERE {window_is_open('s', 't.day')} GROUP BY 1, 2",
        days(),
    )

    assert len(rows) == 961
    wrong = {}
    for row in rows:
        window = WindowDays(row["start_day"], row["end_day"])
        expected = {day for day in days() if state_on(window, day).is_open}
        if set(row["days"]) != expected:
            wrong[window] = sorted(set(row["days"]) ^ expected)
    assert wrong == {}


async def test_without_days_it_is_always_open(db: None) -> None:
    rows = await fetch(
        "SELECT t.day FROM (SELECT NULL::smallint AS start_day, NULL::smallint AS end_day) s,"
        f" unnest($1::date[]) AS t(day) WHERE {window_is_open('s', 't.day')}",
        days(),
    )

    assert [row["day"] for row in rows] == days()
