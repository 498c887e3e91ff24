"""The law of schedules, addresses, paths and names of files."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from kvartal.errors import DomainError, Refused
from kvartal_integration.schedules import rules
from kvartal_integration.schedules.rules import (
    MAX_EMAILS,
    MAX_PATHS,
    Schedule,
    file_name,
    read_emails,
    read_paths,
    read_schedule,
)

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=MOSCOW)
ALL_MINUTES = ",".join(map(str, range(60)))
ALL_DAYS = ",".join(map(str, range(1, 32)))


def runs(schedule: Schedule, after: str, zone: ZoneInfo = MOSCOW, count: int = 3) -> list[str]:
    moment = datetime.fromisoformat(after)
    found = islice(schedule.occurrences(moment, zone), count)
    return [each.strftime("%d.%m.%Y %H:%M%z")[:19] for each in found]


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        (
            "minutes alone: once an hour",
            {"minutes": "19"},
            ["24.11.2026 10:19", "24.11.2026 11:19", "24.11.2026 12:19"],
        ),
        (
            "minutes and hours: once a day",
            {"minutes": "19", "hours": "22"},
            ["24.11.2026 22:19", "25.11.2026 22:19", "26.11.2026 22:19"],
        ),
        (
            "a day of the month",
            {"hours": "8", "days": "13"},
            ["13.12.2026 08:00", "13.01.2027 08:00", "13.02.2027 08:00"],
        ),
        (
            "a month",
            {"hours": "8", "days": "1", "months": "1"},
            ["01.01.2027 08:00", "01.01.2028 08:00", "01.01.2029 08:00"],
        ),
        (
            "a day of the week",
            {"hours": "8", "weekdays": "5"},
            ["27.11.2026 08:00", "04.12.2026 08:00", "11.12.2026 08:00"],
        ),
        (
            "Sunday is seven",
            {"hours": "8", "weekdays": "7"},
            ["29.11.2026 08:00", "06.12.2026 08:00", "13.12.2026 08:00"],
        ),
        (
            "several numbers",
            {"minutes": "0,30", "hours": "2,14"},
            ["24.11.2026 14:00", "24.11.2026 14:30", "25.11.2026 02:00"],
        ),
        (
            "the 31st only where there is one",
            {"hours": "0", "days": "31"},
            ["31.12.2026 00:00", "31.01.2027 00:00", "31.03.2027 00:00"],
        ),
        (
            "a day and a weekday: both must hold",
            {"hours": "8", "days": "13", "weekdays": "5"},
            ["13.08.2027 08:00", "13.10.2028 08:00", "13.04.2029 08:00"],
        ),
        (
            "leap years",
            {"hours": "8", "days": "29", "months": "2"},
            ["29.02.2028 08:00", "29.02.2032 08:00", "29.02.2036 08:00"],
        ),
    ],
)
def test_when_a_schedule_falls_due(case: str, fields: dict[str, str], expected: list[str]) -> None:
    found = runs(Schedule(**fields), "2026-11-24T09:30+03:00")

    assert [each[:16] for each in found] == expected, case


@pytest.mark.parametrize(
    ("case", "fields", "after", "expected"),
    [
        (
            "an hour that is left out is made up for at once",
            {"minutes": "30", "hours": "2"},
            "2026-03-28T12:00+01:00",
            ["29.03.2026 03:00+02", "30.03.2026 02:30+02"],
        ),
        (
            "each hour that there is",
            {"minutes": "30"},
            "2026-03-29T00:45+01:00",
            ["29.03.2026 01:30+01", "29.03.2026 03:30+02"],
        ),
        (
            "a time of a repeated hour counts once",
            {"minutes": "30", "hours": "2"},
            "2026-10-24T12:00+02:00",
            ["25.10.2026 02:30+02", "26.10.2026 02:30+01"],
        ),
        (
            "asked between the two: it has been",
            {"minutes": "45", "hours": "2"},
            "2026-10-25T02:36+01:00",
            ["26.10.2026 02:45+01", "27.10.2026 02:45+01"],
        ),
        (
            "both of the repeated hours have their minute",
            {"minutes": "30"},
            "2026-10-25T01:45+02:00",
            ["25.10.2026 02:30+02", "25.10.2026 02:30+01"],
        ),
    ],
)
def test_when_clocks_change(
    case: str, fields: dict[str, str], after: str, expected: list[str]
) -> None:
    assert runs(Schedule(**fields), after, BERLIN, 2) == expected, case


def test_the_time_zone_of_the_question_does_not_matter() -> None:
    schedule = Schedule(minutes="45", hours="2")
    second = datetime(2026, 10, 25, 2, 36, tzinfo=BERLIN, fold=1)

    [here] = islice(schedule.occurrences(second, BERLIN), 1)
    [there] = islice(schedule.occurrences(second.astimezone(UTC), BERLIN), 1)

    assert here == there == datetime(2026, 10, 26, 2, 45, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("case", "fields", "now", "expected"),
    [
        ("just now", {"hours": "2"}, "2026-11-24T02:00+03:00", "2026-11-24T02:00+03:00"),
        ("a while ago", {"hours": "2"}, "2026-11-24T02:09:59+03:00", "2026-11-24T02:00+03:00"),
        ("too long ago", {"hours": "2"}, "2026-11-24T02:10:01+03:00", None),
        ("not yet", {"hours": "2"}, "2026-11-24T01:59:59+03:00", None),
        (
            "of several the last",
            {"minutes": "1,5"},
            "2026-11-24T02:07+03:00",
            "2026-11-24T02:05+03:00",
        ),
        (
            "not on that day",
            {"hours": "2", "days": "24", "weekdays": "5"},
            "2026-11-24T02:01+03:00",
            None,
        ),
        (
            "on that day",
            {"hours": "2", "days": "24", "weekdays": "2"},
            "2026-11-24T02:01+03:00",
            "2026-11-24T02:00+03:00",
        ),
    ],
)
def test_what_has_fallen_due_lately(
    case: str, fields: dict[str, str], now: str, expected: str | None
) -> None:
    moment = datetime.fromisoformat(now)
    wanted = None if expected is None else datetime.fromisoformat(expected)

    found = Schedule(**fields).latest(moment, MOSCOW, within=timedelta(minutes=10))

    assert found == wanted, case


def test_in_the_repeated_hour_nothing_falls_due_again() -> None:
    schedule = Schedule(minutes="45", hours="2")
    within = timedelta(minutes=10)
    first = datetime(2026, 10, 25, 0, 46, tzinfo=UTC)
    second = first + timedelta(hours=1)

    assert schedule.latest(first, BERLIN, within=within) is not None
    assert schedule.latest(second, BERLIN, within=within) is None


def test_no_schedule_takes_long_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick reads those of all organizations once a minute."""
    steps = []

    class Counted(CronSim):
        def __next__(self) -> datetime:
            steps.append(1)
            return super().__next__()

    monkeypatch.setattr(rules, "CronSim", Counted)
    busiest = Schedule(minutes=ALL_MINUTES, days=ALL_DAYS, weekdays="1")
    tuesday = datetime(2026, 11, 24, 0, 30, tzinfo=MOSCOW)

    assert busiest.latest(tuesday, MOSCOW, within=timedelta(minutes=10)) is None
    assert len(list(islice(busiest.occurrences(tuesday, MOSCOW), 3))) == 3
    assert len(steps) < 30


def typed(**fields: str) -> dict[str, str]:
    return {"minutes": "0", "hours": "*", "days": "*", "months": "*", "weekdays": "*", **fields}


def read(**fields: str) -> Schedule:
    return read_schedule(typed(**fields), MOSCOW, NOW)


def test_a_schedule_is_read_as_it_was_typed() -> None:
    found = read(minutes=" 30, 0,30 ", hours="022", weekdays=" * ")

    assert found == Schedule(minutes="0,30", hours="22")


def faults(refused: Refused) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(each.code, each.path) for each in refused.errors]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("minutes", "*"),
        ("minutes", ""),
        ("minutes", "60"),
        ("minutes", "-1"),
        ("minutes", "*/5"),
        ("minutes", "1-5"),
        ("minutes", "1,,2"),
        ("minutes", "1,*"),
        ("minutes", "٣"),
        ("minutes", "²"),
        ("minutes", "0000"),
        ("minutes", "9" * 5000),
        ("hours", "24"),
        ("hours", ""),
        ("days", "0"),
        ("days", "32"),
        ("months", "13"),
        ("months", "JAN"),
        ("weekdays", "0"),
        ("weekdays", "8"),
    ],
)
def test_a_field_that_is_wrong(field: str, text: str) -> None:
    with pytest.raises(Refused) as raised:
        read(**{field: text})

    assert faults(raised.value) == [("SCHEDULE_FIELD_INVALID", (field,))]
    [error] = raised.value.errors
    lowest, highest = rules.RANGES[field]
    assert error.facts() == {"lowest": lowest, "highest": highest}


def test_all_that_is_wrong_in_a_schedule_is_told_at_once() -> None:
    with pytest.raises(Refused) as raised:
        read(minutes="*", hours="25", weekdays="x")

    assert [path for _, path in faults(raised.value)] == [("minutes",), ("hours",), ("weekdays",)]


@pytest.mark.parametrize(
    "fields",
    [
        {"days": "31", "months": "2"},
        {"days": "30,31", "months": "2"},
        {"days": "31", "months": "4,6,9,11"},
        {"days": "29", "months": "2", "weekdays": "1"},  # 2044
    ],
)
def test_a_day_that_never_comes(fields: dict[str, str]) -> None:
    with pytest.raises(rules.ScheduleNever) as raised:
        read(**fields)

    assert raised.value.path == ("days",)


def test_the_29th_of_february_comes() -> None:
    assert read(days="29", months="2").days == "29"


def test_fields_with_all_their_numbers_fit_into_their_columns() -> None:
    found = read(
        minutes=ALL_MINUTES,
        hours=",".join(map(str, range(24))),
        days=ALL_DAYS,
        months=",".join(map(str, range(1, 13))),
        weekdays="1,2,3,4,5,6,7",
    )

    lengths = [len(getattr(found, name)) for name in rules.RANGES]
    assert [size <= most for size, most in zip(lengths, (200, 100, 100, 50, 20), strict=True)] == [
        True
    ] * 5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["", " , "], []),
        (["a@b.ru"], ["a@b.ru"]),
        (["a@b.ru, c@d.example ,a@b.ru", "e+f@g-h.org"], ["a@b.ru", "c@d.example", "e+f@g-h.org"]),
        (["иван@почта.рф"], ["иван@почта.рф"]),
    ],
)
def test_addresses_are_read(given: Sequence[str], expected: list[str]) -> None:
    assert read_emails(given) == expected


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "a@b",
        "@b.ru",
        "a@@b.ru",
        "a b@c.ru",
        "a@b.ru\nBcc: x@y.ru",
        "<a@b.ru>",
        "a@b.ru;c@d.ru",
        "a" * 250 + "@b.ru",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Refused) as raised:
        read_emails(["good@b.ru", text])

    assert faults(raised.value) == [("EMAIL_INVALID", ("emails", 1))]


def test_too_many_addresses() -> None:
    some = [f"a{n}@b.ru" for n in range(MAX_EMAILS)]

    assert len(read_emails(some)) == MAX_EMAILS
    with pytest.raises(Refused) as raised:
        read_emails([*some, "one@more.ru"])
    assert faults(raised.value) == [("EMAILS_TOO_MANY", ("emails",))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (
            ["/objects/z84/metrics.xml, /objects/p32/metrics.xml,/objects/s15/metrics.xml"],
            ["/objects/z84/metrics.xml", "/objects/p32/metrics.xml", "/objects/s15/metrics.xml"],
        ),
        (["metrics.xml", "/metrics.xml"], ["/metrics.xml"]),
        (["/папка с пробелом/файл.xml"], ["/папка с пробелом/файл.xml"]),
        (["/a..b.xml"], ["/a..b.xml"]),
    ],
)
def test_paths_are_read(given: Sequence[str], expected: list[str]) -> None:
    assert read_paths(given) == expected


@pytest.mark.parametrize(
    "text",
    ["/", "/folder/", "../x.xml", "/a/../b.xml", "a\\..\\b.xml", "/a\r\nDELE b", "/" + "x" * 500],
)
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(Refused) as raised:
        read_paths(["/good.xml", text])

    assert faults(raised.value) == [("PATH_INVALID", ("paths", 1))]


def test_too_many_paths() -> None:
    some = [f"/{n}.xml" for n in range(MAX_PATHS)]

    assert len(read_paths(some)) == MAX_PATHS
    with pytest.raises(Refused) as raised:
        read_paths([*some, "/more.xml"])
    assert faults(raised.value) == [("PATHS_TOO_MANY", ("paths",))]


@pytest.mark.parametrize(
    ("text", "expected"), [("", "/"), ("/", "/"), (" out/ ", "/out"), ("/a/b/", "/a/b")]
)
def test_a_directory_begins_at_the_root(text: str, expected: str) -> None:
    assert rules.check_path(text, "directory") == expected


def named(template: str) -> str:
    moment = datetime(2026, 11, 2, 4, 5, 6, tzinfo=MOSCOW)
    return file_name(template, company=8, moment=moment, month="2026-10")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("metrics_{companyId}_{date:YYYYMMDD}.xml", "metrics_8_20261102.xml"),
        ("{date}.xml", "2026-11-02.xml"),
        ("{date:DD.MM.YY}.xml", "02.11.26.xml"),
        ("{time}.xml", "0405.xml"),
        ("{time:HHmmss}.xml", "040506.xml"),
        ("{time:HH:mm}.xml", "0405.xml"),
        ("{period}.xml", "202610.xml"),
        ("{period:YYYY-MM}.xml", "2026-10.xml"),
        ("показания {date}.xml", "показания 2026-11-02.xml"),
        ("/../a/b\\c:{companyId}*?.xml", "..abc8.xml".lstrip(".")),
        ("  plain.xml.  ", "plain.xml"),
    ],
)
def test_a_template_makes_a_name(template: str, expected: str) -> None:
    assert named(template) == expected


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{organization}.xml", "{organization}"),
        ("{companyId:X}.xml", "{companyId:X}"),
        ("{date:Q}.xml", "{date:Q}"),
        ("{date:%Y}.xml", "{date:%Y}"),
        ("{date.xml", "{date.xml"),
        ("date}.xml", "date}.xml"),
        ("{{date}}", "{{date}}"),
        ("", ""),
        ("///", "///"),
        ("x" * 201, "x" * 50),
        ("ж" * 130, "ж" * 50),
    ],
)
def test_a_template_that_makes_no_name(template: str, told: str) -> None:
    with pytest.raises(rules.NameTemplateInvalid) as raised:
        named(template)

    assert (raised.value.given, raised.value.path) == (told, ("name_template",))


def test_faults_are_gathered_with_their_place() -> None:
    found: list[DomainError] = []

    assert rules.faults_of(lambda: 1, found) == 1
    assert rules.faults_of(lambda: read(minutes="x"), found, "schedule") is None
    assert rules.faults_of(lambda: read(days="31", months="2"), found, "schedule") is None
    assert [each.path for each in found] == [("schedule", "minutes"), ("schedule", "days")]
