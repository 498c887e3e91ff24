"""What another plugin does with the registration: an exchange of files, as it were."""

from typing import Any

import pytest
from tests.kvartal_meters.registration.conftest import Integrator

from kvartal.bulk import RowOutcome
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Forbidden, NotFound
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.factories import a_premise, an_account, an_organization
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.api import (
    METER_REGISTER,
    MeterReference,
    MeterRowInput,
    MetersRegistered,
    MeterType,
    PlaceReference,
    ReadingsMode,
    ReadingsRegistered,
    SentReading,
    SubmissionChannel,
    cleaned_reference,
    register_meters,
    register_readings,
)
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home

ACCOUNT = "7700415016"


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock("2026-11-20T12:00+03:00"):
        yield


def a_row(**fields: Any) -> MeterRowInput:
    return MeterRowInput(
        place=PlaceReference(account_number=ACCOUNT),
        fields={"type": MeterType.COLD_WATER, **fields},
    )


async def test_a_block_of_a_file_is_one_transaction_with_meters_and_readings(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    flat = await a_premise(building=home.building, number="16")
    await an_account(premise=flat, number=ACCOUNT)
    actor, organization = integrator.actor, home.organization.id

    async with unit_of_work():
        made, refused = await register_meters(
            actor,
            organization,
            [a_row(external_id="IPU-1", identifier="ХВС-16"), a_row(verification_interval=99)],
        )
        read, unknown = await register_readings(
            actor,
            organization,
            [
                (
                    MeterReference(id=made.id),
                    SentReading(place=0, values=["12,5"], channel=SubmissionChannel.XML),
                ),
                (
                    cleaned_reference(
                        id=None, external_id=" нет ", identifier=None, account_number=None
                    ),
                    SentReading(place=1, values=["1"]),
                ),
            ],
            ReadingsMode.APPEND,
        )

    assert (made.outcome, refused.outcome) == (RowOutcome.CREATED, RowOutcome.REJECTED)
    # The meter that the row has made is the only one: the second row means it, and is wrong.
    assert [each.code for each in refused.errors] == ["INTERVAL_INVALID"]
    assert not isinstance(read, DomainError)
    assert (read.outcome, read.errors, read.warnings) == (RowOutcome.CREATED, (), [])
    assert isinstance(unknown, DomainError)
    assert (unknown.code, unknown.path) == ("METER_UNKNOWN", ("meter_external_id",))
    meter = await Meter.get(external_id="IPU-1")
    saved = await Reading.get(meter_id=meter.id)
    assert (meter.id, meter.premise_id) == (made.id, flat.id)
    assert (saved.id, saved.channel) == (read.id, SubmissionChannel.XML)
    assert [type(each) for each in events] == [MetersRegistered, ReadingsRegistered]


async def test_the_right_is_that_of_the_actor(integrator: Integrator, home: Home) -> None:
    stranger = await an_organization()
    token = await a_service_token(home.organization, permissions=[METER_REGISTER.code])
    meters_alone = await actor_of(token)

    with pytest.raises(NotFound):
        await register_meters(integrator.actor, stranger.id, [])
    with pytest.raises(Forbidden):
        await register_readings(meters_alone, home.organization.id, [], ReadingsMode.APPEND)
