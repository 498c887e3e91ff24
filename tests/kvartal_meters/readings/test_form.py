"""A form that no client of ours would send is bad input, not a refusal."""

from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.graphql.node import encode_id
from kvartal.testing.client import GraphQLClient
from kvartal_meters.testing import Home, submission, values_of

NOON = "2026-11-20T12:00+03:00"
SUBMIT = """
mutation ($input: SubmitReadingsInput!) { submitReadings(input: $input) { errors { code } } }
"""


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        ("nothing", {"readings": []}, "Укажите хотя бы одно показание"),
        ("a day", {"takenOn": "2026-11-20"}, "День и расчетный месяц показания выбирает сотрудник"),
        (
            "a month",
            {"billingMonth": "2026-11"},
            "День и расчетный месяц показания выбирает сотрудник",
        ),
    ],
)
async def test_a_malformed_form_is_bad_input(
    gql: GraphQLClient, home: Home, case: str, change: dict[str, Any], message: str
) -> None:
    variables = submission(home.premise, values_of(home.meter, "105"))
    variables["input"] |= change

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(SUBMIT, variables, actor=home.resident)

    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("BAD_INPUT", message)


@pytest.mark.parametrize(
    ("case", "times", "different", "message"),
    [
        ("twice", 2, False, "Счетчик указан дважды: оставьте одно показание"),
        ("too many", 101, True, "Не больше 100 показаний за раз, передано 101"),
    ],
)
async def test_a_form_has_each_meter_once_and_not_too_many(
    gql: GraphQLClient, home: Home, case: str, times: int, different: bool, message: str
) -> None:
    rows = [values_of(home.meter, "105") for _ in range(times)]
    if different:
        for number, row in enumerate(rows):
            row["meterId"] = encode_id("Meter", type(home.meter.id)(int=number))

    answer = await gql(SUBMIT, submission(home.premise, *rows), actor=home.resident)

    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("BAD_INPUT", message)


@pytest.mark.parametrize("wrong", ["x", "", "UHJlbWlzZTp4"])
async def test_what_is_no_id_of_a_meter_is_bad_input(
    gql: GraphQLClient, home: Home, wrong: str
) -> None:
    reading = values_of(home.meter, "105") | {"meterId": wrong}

    answer = await gql(SUBMIT, submission(home.premise, reading), actor=home.resident)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
