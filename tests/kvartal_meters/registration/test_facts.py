"""What a refusal knows beyond its sentence, for who tells of it in words of their own."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.auth.api import work_of
from kvartal.errors import DomainError
from kvartal.housing.models import Premise
from kvartal.months import YearMonth
from kvartal.testing.factories import a_premise, an_account
from kvartal_meters.api import (
    METER_REGISTER,
    READING_REGISTER,
    AnotherMeter,
    JudgedReading,
    MeterReference,
    MeterRowInput,
    MeterScope,
    MeterType,
    PlaceReference,
    ReadingBelowPrevious,
    ReadingsMode,
    SentReading,
    SubmissionChannel,
    register_meters,
    register_readings,
)
from kvartal_meters.meters.models import Meter
from kvartal_meters.registration.errors import ReadingExists
from kvartal_meters.testing import Home, a_home, a_meter, a_reading


async def met(home: Home, row: MeterRowInput) -> UUID | None:
    """The meter that stands behind the only refusal of a row."""
    organization_id = home.organization.id
    actor = work_of(organization_id, [METER_REGISTER.code])
    [verdict] = await register_meters(actor, organization_id, [row])
    [error] = verdict.errors
    assert isinstance(error, AnotherMeter)
    assert "meter_id" not in error.facts()
    return error.meter_id


async def neighbours(home: Home) -> Premise:
    premise = await a_premise(building=home.building, number="99")
    await an_account(premise=premise, number="99")
    return premise


@pytest.fixture
def november(db: None) -> Iterator[None]:
    with clock.frozen(datetime.fromisoformat("2026-11-20T12:00+03:00")):
        yield


async def test_who_has_the_identifier_is_known(db: None) -> None:
    home = await a_home()
    owner = await a_meter(premise=await neighbours(home), identifier="ЗАНЯТ", external_id="E1")
    fields = {"type": MeterType.COLD_WATER, "identifier": "ЗАНЯТ", "external_id": "E2"}

    found = await met(
        home,
        MeterRowInput(place=PlaceReference(account_number=home.account.number), fields=fields),
    )

    assert found == owner.id


async def test_who_is_in_use_under_the_identifier_of_a_changed_meter_is_known(db: None) -> None:
    home = await a_home()
    owner = await a_meter(premise=home.premise, identifier="ЗАНЯТ")

    assert await met(home, MeterRowInput(id=home.meter.id, fields={"identifier": "ЗАНЯТ"})) == (
        owner.id
    )


@pytest.mark.parametrize(
    "row",
    [
        {"fields": {"type": MeterType.HOT_WATER}},
        {"scope": MeterScope.COLLECTIVE},
        {"place": PlaceReference(account_number="99")},
    ],
    ids=["type", "scope", "place"],
)
async def test_what_may_not_change_is_of_a_known_meter(db: None, row: dict[str, object]) -> None:
    home = await a_home()
    await neighbours(home)

    assert await met(home, MeterRowInput(id=home.meter.id, **row)) == home.meter.id  # type: ignore[arg-type] # each of its kind


async def refused(home: Home, value: str) -> DomainError:
    """Why a reading of November is not saved."""
    organization_id = home.organization.id
    sent = SentReading(place=0, values=[value], taken_on=date(2026, 11, 20))
    [verdict] = await register_readings(
        work_of(organization_id, [READING_REGISTER.code]),
        organization_id,
        [(MeterReference(id=home.meter.id), sent)],
        ReadingsMode.APPEND,
    )
    assert isinstance(verdict, JudgedReading)
    [error] = verdict.errors
    return error


async def test_how_the_reading_has_come_that_is_kept(november: None) -> None:
    home = await a_home()
    await a_reading(home.meter, "2026-11", "112", channel=SubmissionChannel.BILLING)

    error = await refused(home, "113")

    assert isinstance(error, ReadingExists)
    assert error.channel is SubmissionChannel.BILLING


async def test_the_month_of_the_value_that_it_is_below(november: None) -> None:
    home = await a_home()
    await a_reading(home.meter, "2026-08", "112")

    error = await refused(home, "111")

    assert isinstance(error, ReadingBelowPrevious)
    assert error.previous_month == YearMonth(2026, 8)


async def test_an_initial_value_is_of_no_month(november: None) -> None:
    home = await a_home()
    await Meter.filter(id=home.meter.id).update(initial_t1=5)

    error = await refused(home, "4")

    assert isinstance(error, ReadingBelowPrevious)
    assert error.previous_month is None
