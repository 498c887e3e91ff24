"""Every refusal of a submission: its code, sentence, place in the form and facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

NOON = "2026-11-20T12:00+03:00"
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { needsReview consumption }
    errors {
      code message path
      previous next opensOn average consumption unit digits decimals expected given
    }
  }
}
"""
NO_FACTS: dict[str, object] = {
    "previous": None,
    "next": None,
    "opensOn": None,
    "average": None,
    "consumption": None,
    "unit": None,
    "digits": None,
    "decimals": None,
    "expected": None,
    "given": None,
}


async def submit(
    gql: GraphQLClient, home: Home, *readings: dict[str, Any], at: str = NOON, locale: str = "ru"
) -> dict[str, Any]:
    with clock.frozen(datetime.fromisoformat(at)):
        answer = await gql(
            SUBMIT, submission(home.premise, *readings), actor=home.resident, locale=locale
        )
    payload: dict[str, Any] = answer["data"]["submitReadings"]
    return payload


def refused(code: str, message: str, *path: str, **facts: object) -> dict[str, Any]:
    row = {"code": code, "message": message, "path": ["readings", "0", *path], **NO_FACTS, **facts}
    return {"readings": None, "errors": [row]}


async def nothing_saved(home: Home, events: EmittedEvents) -> bool:
    return events == [] and await Reading.filter(meter_id=home.meter.id).count() == 1


@pytest.mark.parametrize(
    ("values", "code", "message", "path", "facts"),
    [
        (
            ("105", "106"),
            "REGISTERS_MISMATCH",
            "Число тарифов не соответствует типу счетчика: ожидается 1, передано 2",
            ("values",),
            {"expected": 1, "given": 2},
        ),
        (
            (),
            "REGISTERS_MISMATCH",
            "Число тарифов не соответствует типу счетчика: ожидается 1, передано 0",
            ("values",),
            {"expected": 1, "given": 0},
        ),
        *(
            (
                (value,),
                "INVALID_VALUE",
                "Введите неотрицательное число, до 3 знаков после запятой",
                ("values", "0"),
                {"decimals": 3},
            )
            for value in ("", "сто", "-1", "+1", "1e3", "NaN", "105.1234", "1 05", "٣", "105,")
        ),
        (
            ("100,4",),
            "READING_BELOW_PREVIOUS",
            "Показание не может быть меньше предыдущего (100,5)",
            ("values", "0"),
            {"previous": "100.5"},
        ),
        (
            ("100000",),
            "DIGITS_EXCEEDED",
            "Превышает разрядность счетчика (знаков до запятой: 5)",
            ("values", "0"),
            {"digits": 5},
        ),
        (
            ("118.6",),
            "ANOMALY_CONFIRMATION_REQUIRED",
            "Расход 18,1 м³ за месяц необычно велик. Показание верное?",
            ("values", "0"),
            {"consumption": "18.1", "unit": "CUBIC_METRE"},
        ),
    ],
)
async def test_a_wrong_value_is_refused(
    gql: GraphQLClient,
    home: Home,
    events: EmittedEvents,
    values: Sequence[str],
    code: str,
    message: str,
    path: Sequence[str],
    facts: dict[str, Any],
) -> None:
    payload = await submit(gql, home, values_of(home.meter, *values))

    assert payload == refused(code, message, *path, **facts)
    assert await nothing_saved(home, events)


@pytest.mark.parametrize(
    ("case", "changed", "code", "message"),
    [
        (
            "the resource is off",
            {"active": False},
            "RESOURCE_DISABLED",
            "Прием показаний по этому ресурсу отключен",
        ),
        (
            "the verification is due",
            {"status": MeterStatus.VERIFICATION},
            "VERIFICATION_EXPIRED",
            "Счетчик на поверке или срок поверки истек: показания не принимаются",
        ),
        (
            "archived",
            {"status": MeterStatus.ARCHIVED, "archived_at": datetime.fromisoformat(NOON)},
            "METER_ARCHIVED",
            "Счетчик в архиве: показания не принимаются",
        ),
    ],
)
async def test_a_meter_that_takes_no_readings_says_why(
    gql: GraphQLClient,
    home: Home,
    events: EmittedEvents,
    case: str,
    changed: dict[str, Any],
    code: str,
    message: str,
) -> None:
    row: Any = home.settings if "active" in changed else home.meter
    await row.update_from_dict(changed).save()

    payload = await submit(gql, home, values_of(home.meter, "105"))

    assert payload == refused(code, message)
    assert await nothing_saved(home, events)


@pytest.mark.parametrize(
    ("at", "opens_on", "spoken"),
    [
        ("2026-11-14T23:59+03:00", "2026-11-15", "15 ноября"),
        ("2026-11-26T00:00+03:00", "2026-12-15", "15 декабря"),
    ],
)
async def test_outside_the_window_the_answer_tells_when_it_opens(
    gql: GraphQLClient, home: Home, events: EmittedEvents, at: str, opens_on: str, spoken: str
) -> None:
    payload = await submit(gql, home, values_of(home.meter, "105"), at=at)

    assert payload == refused(
        "PERIOD_CLOSED",
        f"Период сбора показаний закрыт. Он откроется {spoken}",
        opensOn=opens_on,
    )
    assert await nothing_saved(home, events)


async def test_who_has_submitted_is_told_of_the_next_window_too(
    gql: GraphQLClient, home: Home
) -> None:
    assert (await submit(gql, home, values_of(home.meter, "105")))["errors"] == []

    payload = await submit(gql, home, values_of(home.meter, "106"), at="2026-11-26T12:00+03:00")

    assert payload == refused(
        "PERIOD_CLOSED",
        "Период сбора показаний закрыт. Он откроется 15 декабря",
        opensOn="2026-12-15",
    )


@pytest.mark.parametrize(
    ("at", "opens_on"),
    [("2026-11-24T12:00+03:00", "2026-11-25"), ("2026-12-06T12:00+03:00", "2026-12-25")],
)
async def test_a_window_over_the_end_of_a_month_is_closed_between(
    gql: GraphQLClient, home: Home, at: str, opens_on: str
) -> None:
    await home.settings.update_from_dict({"start_day": 25, "end_day": 5}).save()

    payload = await submit(gql, home, values_of(home.meter, "105"), at=at)

    assert [(each["code"], each["opensOn"]) for each in payload["errors"]] == [
        ("PERIOD_CLOSED", opens_on)
    ]


async def test_all_reasons_are_told_at_once(gql: GraphQLClient, home: Home) -> None:
    await home.settings.update_from_dict({"active": False}).save()
    home.meter.status = MeterStatus.VERIFICATION
    await home.meter.save()

    payload = await submit(gql, home, values_of(home.meter, "5"), at="2026-11-14T12:00+03:00")

    assert [each["code"] for each in payload["errors"]] == [
        "RESOURCE_DISABLED",
        "VERIFICATION_EXPIRED",
        "PERIOD_CLOSED",
    ]


async def test_a_building_without_settings_takes_no_readings(
    gql: GraphQLClient, home: Home
) -> None:
    gas = await a_meter(premise=home.premise, type=MeterType.GAS)

    payload = await submit(gql, home, values_of(gas, "5"))

    assert [each["code"] for each in payload["errors"]] == ["RESOURCE_DISABLED"]


async def test_what_staff_has_saved_is_not_the_residents_to_change(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    await a_reading(home.meter, "2026-11", "105", by=AuthorKind.EMPLOYEE)

    payload = await submit(gql, home, values_of(home.meter, "106"))

    assert payload == refused(
        "EDITED_BY_STAFF",
        "Показание изменил сотрудник, теперь исправить его может только управляющая организация",
    )
    assert events == []


async def test_where_fractions_are_off_whole_numbers_are_asked(
    gql: GraphQLClient, home: Home
) -> None:
    await home.settings.update_from_dict({"fractions_allowed": False}).save()

    refusal = await submit(gql, home, values_of(home.meter, "105,5"))
    accepted = await submit(gql, home, values_of(home.meter, "105,000"))

    assert refusal == refused("FRACTION_NOT_ALLOWED", "Введите целое число", "values", "0")
    assert accepted["errors"] == []


async def test_each_register_of_each_meter_has_its_own_fault(
    gql: GraphQLClient, home: Home
) -> None:
    light = await a_meter(
        premise=home.premise, type=MeterType.ELECTRICITY_3T, initial=("10", "20", "30")
    )
    await resource_settings(home.building, ResourceKind.ELECTRICITY)

    payload = await submit(
        gql, home, values_of(home.meter, "x"), values_of(light, "9", "20", "29.9999")
    )

    assert [(each["code"], each["path"], each["previous"]) for each in payload["errors"]] == [
        ("INVALID_VALUE", ["readings", "0", "values", "0"], None),
        ("READING_BELOW_PREVIOUS", ["readings", "1", "values", "0"], "10"),
        ("INVALID_VALUE", ["readings", "1", "values", "2"], None),
    ]


@pytest.mark.parametrize(
    ("value", "average"), [("127", None), ("127.1", "4.5")], ids=["usual", "unusual"]
)
async def test_consumption_is_compared_with_the_last_three_months(
    gql: GraphQLClient, home: Home, value: str, average: str | None
) -> None:
    usual = await a_meter(premise=home.premise, initial=("100",))
    for month, shown in (("2026-08", "104"), ("2026-09", "109"), ("2026-10", "113.5")):
        await a_reading(usual, month, shown)

    payload = await submit(gql, home, values_of(usual, value))

    assert [each["average"] for each in payload["errors"]] == ([average] if average else [])


async def test_a_confirmed_anomaly_is_saved_for_review(gql: GraphQLClient, home: Home) -> None:
    asked = await submit(gql, home, values_of(home.meter, "150"))
    confirmed = await submit(gql, home, values_of(home.meter, "150", confirmAnomaly=True))

    assert [each["code"] for each in asked["errors"]] == ["ANOMALY_CONFIRMATION_REQUIRED"]
    assert confirmed == {"readings": [{"needsReview": True, "consumption": "49.5"}], "errors": []}


async def test_a_usual_value_needs_no_review_though_it_was_confirmed(
    gql: GraphQLClient, home: Home
) -> None:
    payload = await submit(gql, home, values_of(home.meter, "101", confirmAnomaly=True))

    assert payload["readings"] == [{"needsReview": False, "consumption": "0.5"}]


async def test_a_confirmation_excuses_no_error(gql: GraphQLClient, home: Home) -> None:
    payload = await submit(gql, home, values_of(home.meter, "99", confirmAnomaly=True))

    assert [each["code"] for each in payload["errors"]] == ["READING_BELOW_PREVIOUS"]


async def test_a_rollover_is_the_staffs_to_declare(gql: GraphQLClient, home: Home) -> None:
    rolling = await a_meter(premise=home.premise, int_digits=5)
    await a_reading(rolling, "2026-10", "99987.5")

    payload = await submit(gql, home, values_of(rolling, "12.25", rollover=True))

    assert payload == refused(
        "READING_BELOW_PREVIOUS",
        "Показание меньше предыдущего. Если счетчик обнулился, обратитесь в УО",
        "values",
        "0",
        previous="99987.5",
    )


async def test_sentences_come_in_the_clients_language(gql: GraphQLClient, home: Home) -> None:
    payload = await submit(gql, home, values_of(home.meter, "100.4"), locale="en")

    [error] = payload["errors"]
    assert "100.5" in error["message"]
    assert error["message"].isascii()
