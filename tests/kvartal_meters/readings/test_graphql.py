"""Submitting, correcting and listing readings over the real endpoint."""

from typing import Any

import pytest
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import ReadingAccepted, ReadingCorrected
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.testing import a_meter, a_reading, resource_settings

from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of, a_resident_user, an_employee
from kvartal.testing.factories import (
    a_building,
    a_premise,
    an_account,
    an_organization,
)

NOON = "2026-11-20T12:00+03:00"

SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings {
      billingMonth takenOn channel consumption needsReview version
      values { number value previous consumption }
      meter { identifier premise { number } account { number } }
    }
    errors { code message path previous opensOn average consumption }
  }
}
"""


class Home:
    """A flat with a resident, and a cold water meter with a reading of October."""


@pytest.fixture
async def home(db: None) -> Home:
    home: Any = Home()
    home.organization = await an_organization()
    home.building = await a_building(organization=home.organization, address="г. Казань, ул. Лесная, 5")
    home.premise = await a_premise(building=home.building, number="15")
    home.account = await an_account(premise=home.premise, number="7700415015")
    home.settings = await resource_settings(home.building)
    home.user = await a_resident_user(home.organization, premises=[home.premise])
    home.resident = await actor_of(home.user)
    home.meter = await a_meter(
        premise=home.premise, account=home.account, identifier="ХВС-15", int_digits=5
    )
    await a_reading(home.meter, "2026-10", "100.5")
    return home


def form(home: Any, *values: str, **fields: Any) -> dict[str, Any]:
    """The variables of a submission of the home's meter."""
    return {
        "input": {
            "premiseId": encode_id("Premise", home.premise.id),
            "readings": [
                {"meterId": encode_id("Meter", home.meter.id), "values": list(values), **fields}
            ],
        }
    }


async def test_a_resident_submits_a_reading(gql, home, events, frozen_clock):
    with frozen_clock(NOON):
        answer = await gql(SUBMIT, form(home, "105,25"), actor=home.resident)

    assert answer == {
        "data": {
            "submitReadings": {
                "readings": [
                    {
                        "billingMonth": "2026-11",
                        "takenOn": "2026-11-20",
                        "channel": "RESIDENT_APP",
                        "consumption": "4.75",
                        "needsReview": False,
                        "version": 1,
                        "values": [
                            {
                                "number": 1,
                                "value": "105.25",
                                "previous": "100.5",
                                "consumption": "4.75",
                            }
                        ],
                        "meter": {
                            "identifier": "ХВС-15",
                            "premise": {"number": "15"},
                            "account": {"number": "7700415015"},
                        },
                    }
                ],
                "errors": [],
            }
        }
    }
    [accepted] = events.of(ReadingAccepted)
    assert accepted.meter_id == home.meter.id
    assert accepted.author_kind is AuthorKind.RESIDENT


async def test_outside_the_window_the_answer_tells_when_it_opens(gql, home, events, frozen_clock):
    with frozen_clock("2026-11-26T12:00+03:00"):
        answer = await gql(SUBMIT, form(home, "105"), actor=home.resident)

    assert answer["data"]["submitReadings"] == {
        "readings": None,
        "errors": [
            {
                "code": "PERIOD_CLOSED",
                "message": "Период сбора показаний закрыт. Передать показания можно с 15 декабря",
                "path": ["readings", "0"],
                "previous": None,
                "opensOn": "2026-12-15",
                "average": None,
                "consumption": None,
            }
        ],
    }
    assert events == []
