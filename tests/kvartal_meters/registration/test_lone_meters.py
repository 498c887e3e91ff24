"""``registerMeters`` of meters that no key finds: what is asked of the database for them."""

from typing import Any

import pytest
from tests.kvartal_meters.registration.conftest import Integrator

from kvartal.testing.factories import a_premise, an_account, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import Home, a_home, a_meter

NOON = "2026-11-20T12:00+03:00"
ACCOUNT = "7700415016"


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


async def a_flat(home: Home, **fields: Any) -> Meter:
    """The meter of a flat with an account of its own."""
    flat = await a_premise(building=home.building, number="16")
    account = await an_account(premise=flat, number=ACCOUNT)
    return await a_meter(premise=flat, account=account, identifier="ПО-БУМАГАМ", **fields)


def cold(**more: Any) -> dict[str, Any]:
    return {"accountNumber": ACCOUNT, "type": "COLD_WATER", **more}


async def test_the_only_meter_of_its_type_is_linked_and_known_ever_after(
    integrator: Integrator, home: Home
) -> None:
    meter = await a_flat(home)
    row = cold(externalId="IPU-1", identifier="ХВС-16-1", serialNumber="18-034512")

    linked = await integrator.meters(row)
    again = await integrator.meters(row, {"externalId": "IPU-1", "brand": "Бетар"})

    assert (linked, again) == ([("UPDATED",)], [("UNCHANGED",), ("UPDATED",)])
    await meter.refresh_from_db()
    assert (meter.external_id, meter.identifier, meter.brand) == ("IPU-1", "ХВС-16-1", "Бетар")
    assert await Meter.filter(premise_id=meter.premise_id).count() == 1


async def test_a_second_meter_of_the_type_is_a_new_one(integrator: Integrator, home: Home) -> None:
    await a_flat(home, external_id="IPU-1")

    second = await integrator.meters(cold(externalId="IPU-2", identifier="ХВС-16-2"))
    alone = await integrator.meters(cold(identifier="ХВС-16-3"))
    nameless = await integrator.meters(cold(brand="Бетар"))

    assert (second, alone) == ([("CREATED",)], [("CREATED",)])
    assert nameless == [("REJECTED", ("METER_AMBIGUOUS", "accountNumber"))]


async def test_archived_meters_and_those_of_other_accounts_are_not_asked_for(
    integrator: Integrator, home: Home
) -> None:
    await a_flat(home, status=MeterStatus.ARCHIVED)
    other = await an_organization(name="ЖСК «Маяк»")
    stranger = await a_home(organization=other, identifier="ЧУЖОЙ")
    await an_account(premise=stranger.premise, number=ACCOUNT)
    await a_meter(premise=stranger.premise, identifier="ЧУЖОЙ-2", type=MeterType.HOT_WATER)

    rows = await integrator.meters(cold(brand="Бетар"), cold(type="HOT_WATER", brand="Бетар"))

    assert rows == [("REJECTED", ("IDENTIFIER_REQUIRED", "identifier"))] * 2


@pytest.mark.parametrize("size", [2, 40])
async def test_statements_do_not_grow_with_the_rows(
    integrator: Integrator, home: Home, queries: QueryCounter, size: int
) -> None:
    for number in range(size):
        flat = await a_premise(building=home.building, number=f"к{number}")
        account = await an_account(premise=flat, number=f"А{number}")
        await a_meter(premise=flat, account=account, identifier=f"{number}")
    rows = [
        {"accountNumber": f"А{n}", "type": "COLD_WATER", "externalId": f"E{n}"} for n in range(size)
    ]
    await integrator.meters(cold(identifier="0", brand="?"))  # the connection knows the types

    with queries.exactly(5):
        found = await integrator.meters(*rows)

    assert found == [("UPDATED",)] * size
