"""What staff set on the tab «Приборы учета» is what residents and staff meet at once."""

from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import (
    NOON,
    Register,
    Submit,
    faults,
    key,
    told,
)

from kvartal.auth.actor import Actor
from kvartal.housing.events import BuildingMoved
from kvartal.housing.models import Building
from kvartal.services.rules import ServiceKind
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, a_quarter, a_service
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.resource_settings.tasks import inherit_settings
from kvartal_meters.testing import Home, a_meter, a_reading, resource_settings, values_of

SET = """
mutation ($i: UpdateResourceSettingsInput!) {
  updateResourceSettings(input: $i) { errors { code path } }
}
"""
APPLY = """
mutation ($i: ApplyResourceSettingsInput!) {
  applyResourceSettings(input: $i) { application { changed } errors { code } }
}
"""
CANCEL = """
mutation ($i: CancelResourceRuleInput!) { cancelResourceRule(input: $i) { errors { code } } }
"""
ADD = """
mutation ($i: AddMeterInput!) { addMeter(input: $i) { errors { code path } } }
"""
LINK = """
mutation ($i: LinkVerificationServiceInput!) {
  linkVerificationService(input: $i) { errors { code } }
}
"""
UNLINK = """
mutation ($i: UnlinkVerificationServiceInput!) {
  unlinkVerificationService(input: $i) { errors { code } }
}
"""
SHOWN = """
query ($id: ID!) {
  resourceSettings(level: BUILDING, id: $id) {
    resourceKind active startDay endDay fractionsAllowed acceptsExpired lockedBy { name }
    service { title }
  }
}
"""
WATER: dict[str, Any] = {
    "resourceKind": "WATER",
    "active": True,
    "startDay": 15,
    "endDay": 25,
    "fractionsAllowed": True,
    "acceptsExpired": False,
}


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


class Office:
    """The office that changes settings."""

    def __init__(self, gql: GraphQLClient, actor: Actor) -> None:
        self.gql, self.actor = gql, actor

    async def __call__(self, document: str, **given: Any) -> list[str]:
        """The codes of what stands in the way."""
        answer = await self.gql(document, {"i": given}, actor=self.actor)
        [payload] = answer["data"].values()
        return [each["code"] for each in payload["errors"]]

    async def water(self, building: Building, **changed: Any) -> list[str]:
        """Set the water of a building."""
        return await self(
            SET, level="BUILDING", id=key("Building", building), settings=[{**WATER, **changed}]
        )

    async def shown(self, building: Building) -> dict[str, dict[str, Any]]:
        """The settings of a building by resource."""
        answer = await self.gql(SHOWN, {"id": key("Building", building)}, actor=self.actor)
        return {each["resourceKind"]: each for each in answer["data"]["resourceSettings"]}


@pytest.fixture
def office(gql: GraphQLClient, chief: Actor) -> Office:
    """The office of the home's organization."""
    return Office(gql, chief)


@pytest.mark.parametrize("who", ["resident", "chief", "system"])
async def test_a_resource_that_is_off_takes_nothing_from_anybody_and_no_new_meters(
    office: Office, submit: Submit, home: Home, chief: Actor, system: Actor, who: str
) -> None:
    actor = {"resident": home.resident, "chief": chief, "system": system}[who]
    place = {"premiseId": key("Premise", home.premise), "type": "HOT_WATER", "identifier": "ГВС"}
    assert await office.water(home.building, active=False) == []

    refused = faults(await submit(values_of(home.meter, "105"), actor=actor))
    not_added = await office(ADD, **place)
    kept = (await Meter.filter(id=home.meter.id).count(), await Reading.all().count())
    assert await office.water(home.building) == []
    accepted = await submit(values_of(home.meter, "105"), actor=actor)

    assert refused == [("RESOURCE_DISABLED", ["readings", "0"])]
    assert not_added == ["RESOURCE_DISABLED"]
    assert kept == (1, 1)  # what there was stays
    assert accepted["errors"] == []
    assert await office(ADD, **place) == []


async def test_whole_numbers_are_asked_of_people_and_cut_from_systems(
    office: Office, submit: Submit, register: Register, home: Home, chief: Actor
) -> None:
    other = await a_meter(premise=home.premise)
    await office.water(home.building, fractionsAllowed=False)

    refused = [
        faults(await submit(values_of(home.meter, "105.5"), actor=actor))
        for actor in (home.resident, chief)
    ]
    whole = await submit(values_of(home.meter, "105,00"))
    [cut] = told(await register("readings", {"meterId": key("Meter", other), "values": ["5.9"]}))

    assert refused == [[("FRACTION_NOT_ALLOWED", ["readings", "0", "values", "0"])]] * 2
    assert whole["errors"] == []
    assert cut[0] == "CREATED"
    assert cut[1][0] == "FRACTION_TRUNCATED"
    assert (await Reading.get(meter_id=other.id)).t1 == 5


async def test_an_expired_meter_is_taken_as_soon_as_the_box_is_ticked(
    office: Office, submit: Submit, home: Home
) -> None:
    await Meter.filter(id=home.meter.id).update(status=MeterStatus.VERIFICATION)

    before = faults(await submit(values_of(home.meter, "105")))
    await office.water(home.building, acceptsExpired=True)
    after = await submit(values_of(home.meter, "105"))

    assert before == [("VERIFICATION_EXPIRED", ["readings", "0"])]
    assert after["errors"] == []


async def test_other_days_open_and_close_the_window_at_once(
    office: Office, submit: Submit, home: Home
) -> None:
    found = []
    for value, (start, end) in enumerate(((1, 10), (20, 20), (21, 19), (None, None)), start=105):
        assert await office.water(home.building, startDay=start, endDay=end) == []
        found.append(faults(await submit(values_of(home.meter, str(value)))))

    closed = [("PERIOD_CLOSED", ["readings", "0"])]
    assert found == [closed, [], closed, []]


async def test_each_resource_has_its_own_days(office: Office, submit: Submit, home: Home) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY, days=(22, 28))
    light = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T)

    both = await submit(values_of(home.meter, "105"), values_of(light, "5"))
    water = await submit(values_of(home.meter, "105"))
    later = await submit(values_of(light, "5"), at="2026-11-28T12:00+03:00")

    assert faults(both) == [("PERIOD_CLOSED", ["readings", "1"])]
    assert (water["errors"], later["errors"]) == ([], [])


async def test_one_service_serves_all_resources_or_each_has_its_own(
    office: Office, home: Home
) -> None:
    kind = ServiceKind.VERIFICATION
    services = [
        await a_service(organization=home.organization, title=title, kind=kind)
        for title in ("Поверка", "Поверка газа")
    ]
    ids = [key("Service", each) for each in services]
    this = {"scope": "THIS_BUILDING", "buildingId": key("Building", home.building)}

    for resource in ("WATER", "GAS", "ELECTRICITY"):
        assert await office(LINK, **this, resourceKind=resource, serviceId=ids[0]) == []
    assert await office(LINK, **this, resourceKind="GAS", serviceId=ids[1]) == []
    unlinked = await office(
        UNLINK, buildingId=key("Building", home.building), resourceKind="ELECTRICITY"
    )

    shown = await office.shown(home.building)
    assert unlinked == []
    assert {name: each["service"] for name, each in shown.items() if each["service"]} == {
        "WATER": {"title": "Поверка"},
        "GAS": {"title": "Поверка газа"},
    }


async def test_a_quarters_rule_is_every_residents_and_ends_without_a_trace(
    office: Office, submit: Submit, home: Home
) -> None:
    quarter = await a_quarter(organization=home.organization, name="Северный")
    await Building.filter(id=home.building.id).update(quarter_id=quarter.id)
    this = {"level": "QUARTER", "id": key("Quarter", quarter)}
    await office(SET, **this, settings=[{**WATER, "startDay": 1, "endDay": 10}])
    drafted = faults(await submit(values_of(home.meter, "105")))
    assert await office(APPLY, **this, mode="RULE") == []

    ruled = faults(await submit(values_of(home.meter, "106")))
    locked = await office.water(home.building)
    # The quarter's new days wait until they are applied.
    await office(SET, **this, settings=[{**WATER, "startDay": 2, "endDay": 28}])
    waiting = (await office.shown(home.building))["WATER"]
    assert await office(CANCEL, **this) == []
    freed = await office.water(home.building)

    assert drafted == []
    assert ruled == [("PERIOD_CLOSED", ["readings", "0"])]
    assert locked == ["RULE_LOCKED"]
    assert (waiting["startDay"], waiting["lockedBy"]) == (1, {"name": "Северный"})
    assert freed == []
    assert (await office.shown(home.building))["WATER"]["lockedBy"] is None


async def test_a_building_created_in_a_quarter_with_a_rule_takes_readings_by_it(
    office: Office,
    gql: GraphQLClient,
    submit: Submit,
    home: Home,
    chief: Actor,
    events: EmittedEvents,
) -> None:
    quarter = await a_quarter(organization=home.organization)
    await a_building(quarter=quarter)
    this = {"level": "QUARTER", "id": key("Quarter", quarter)}
    await office(SET, **this, settings=[{**WATER, "startDay": 20, "endDay": 21}])
    await office(APPLY, **this, mode="RULE")
    await office(SET, **this, settings=[{**WATER, "startDay": 1, "endDay": 2}])

    answer = await gql(
        "mutation ($i: CreateBuildingInput!) { createBuilding(input: $i)"
        " { building { id } errors { code } } }",
        {
            "i": {
                "organizationId": key("Organization", home.organization),
                "quarterId": key("Quarter", quarter),
                "address": "ул. Новая, 1",
            }
        },
        actor=chief,
    )
    for moved in events.of(BuildingMoved):
        await inherit_settings(moved)  # as the worker does
    building = await Building.get(address="ул. Новая, 1")
    flat = await a_premise(building=building)
    meter = await a_meter(premise=flat)
    await a_reading(meter, "2026-10", "1")

    assert answer["data"]["createBuilding"]["errors"] == []
    payload = await submit(values_of(meter, "5"), actor=chief, premise=flat)
    shown = (await office.shown(building))["WATER"]
    assert payload["errors"] == []
    assert (shown["startDay"], shown["endDay"]) == (20, 21)
