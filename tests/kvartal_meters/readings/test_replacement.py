"""«Заменить счетчик»: the old meter leaves with a last reading, the new one begins anew."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Premise
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_account, an_organization
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import (
    MeterChanged,
    MeterReplaced,
    ReadingAccepted,
    ReadingCorrected,
)
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import ArchiveReason, MeterChange, MeterStatus
from kvartal_meters.permissions import ALL, SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_meter,
    a_reading,
    resource_settings,
    submission,
    values_of,
)

CLOSED = "2026-11-28T12:00+03:00"
NOON = "2026-12-20T12:00+03:00"
REPLACE = """
mutation ($input: ReplaceMeterInput!) {
  replaceMeter(input: $input) {
    replacement {
      meter { id identifier type serialNumber status initialValues commissionedOn account { id } }
      replacedMeter { id identifier status archivedAt archiveReason }
      closingReading { billingMonth takenOn consumption values { value previous } }
    }
    errors { code path previous version }
  }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { consumption } errors { code consumption } }
}
"""
SCREEN = """
query ($id: ID!) {
  premise(id: $id) {
    meters { identifier }
    all: meters(includeArchived: true) { identifier }
    homeWidgets { ... on MeterWidget { state submitted total } }
  }
}
"""


def closing(*values: str, **more: object) -> dict[str, object]:
    return {"values": list(values), **more}


async def replace(
    gql: GraphQLClient, actor: Actor, old: Meter, at: str = CLOSED, **given: Any
) -> dict[str, Any]:
    card = {"identifier": old.identifier, **given.pop("meter", {})}
    asked = {"meterId": encode_id("Meter", old.id), "meter": card, **given}
    with clock.frozen(datetime.fromisoformat(at)):
        return await gql(REPLACE, {"input": asked}, actor=actor)


async def faults(
    gql: GraphQLClient, actor: Actor, old: Meter, **given: Any
) -> list[tuple[str, list[str]]]:
    answer = await replace(gql, actor, old, **given)
    payload = answer["data"]["replaceMeter"]
    assert payload["replacement"] is None
    return [(each["code"], each["path"]) for each in payload["errors"]]


async def staff(home: Home, *permissions: str, **more: Any) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=permissions, **more))


@pytest.fixture
async def fitter(home: Home) -> Actor:
    """An employee who may change meters of premises and submit readings."""
    return await staff(home, PREMISE_EDIT.code, SUBMIT.code)


async def unchanged(home: Home) -> bool:
    """Whether the old meter is in service alone, with its one reading."""
    meter = await Meter.get(premise_id=home.premise.id)
    return meter.status is MeterStatus.ACTIVE and await Reading.all().count() == 1


async def test_one_meter_takes_the_place_of_another(
    gql: GraphQLClient, home: Home, fitter: Actor, events: EmittedEvents
) -> None:
    new = {
        "identifier": "ХВС-15",
        "serialNumber": "26-000777",
        "initialValues": ["0.5"],
        "commissionedOn": "2026-11-28",
    }

    answer = await replace(gql, fitter, home.meter, meter=new, closingReading=closing("105"))

    meter = await Meter.get(replaces_id=home.meter.id)
    assert answer["data"]["replaceMeter"] == {
        "replacement": {
            "meter": {
                "id": encode_id("Meter", meter.id),
                "identifier": "ХВС-15",
                "type": "COLD_WATER",
                "serialNumber": "26-000777",
                "status": "ACTIVE",
                "initialValues": ["0.5"],
                "commissionedOn": "2026-11-28",
                "account": {"id": encode_id("Account", home.account.id)},
            },
            "replacedMeter": {
                "id": encode_id("Meter", home.meter.id),
                "identifier": "ХВС-15",
                "status": "ARCHIVED",
                "archivedAt": "2026-11-28T09:00:00+00:00",
                "archiveReason": "REPLACED",
            },
            "closingReading": {
                "billingMonth": "2026-11",
                "takenOn": "2026-11-28",
                "consumption": "4.5",
                "values": [{"value": "105", "previous": "100.5"}],
            },
        },
        "errors": [],
    }
    old = await Meter.get(id=home.meter.id)
    assert old.latest_month == date(2026, 11, 1)
    assert (meter.latest_reading_id, meter.premise_id) == (None, home.premise.id)
    assert [type(each) for each in events] == [
        ReadingAccepted,
        MeterChanged,
        MeterChanged,
        MeterReplaced,
    ]
    assert [each.change for each in events.of(MeterChanged)] == [
        MeterChange.ARCHIVED,
        MeterChange.CREATED,
    ]
    assert events.of(MeterReplaced) == [
        MeterReplaced(
            meter_id=home.meter.id,
            new_meter_id=meter.id,
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            reason=ArchiveReason.REPLACED,
            user_id=fitter.user_id,
        )
    ]


async def test_the_audit_log_names_the_new_meter(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    november = await a_reading(home.meter, "2026-11", "104")

    # The closing reading is the month's own already: that is no reason to say that nothing was.
    answer = await replace(gql, fitter, home.meter, closingReading=closing("104"))

    assert answer["data"]["replaceMeter"]["errors"] == []
    assert (await Reading.get(id=november.id)).version == 1
    entry = await AuditEntry.get(action="replaceMeter")
    assert entry.object_id == (await Meter.get(replaces_id=home.meter.id)).id


async def test_a_meter_may_be_replaced_without_a_last_reading(
    gql: GraphQLClient, home: Home, events: EmittedEvents
) -> None:
    keeper = await staff(home, PREMISE_EDIT.code)

    answer = await replace(gql, keeper, home.meter, reason="FAULTY")

    replacement = answer["data"]["replaceMeter"]["replacement"]
    assert replacement["closingReading"] is None
    assert replacement["replacedMeter"]["archiveReason"] == "FAULTY"
    assert await Reading.all().count() == 1
    assert events.of(MeterReplaced)[0].reason is ArchiveReason.FAULTY


@pytest.mark.parametrize("status", [MeterStatus.ACTIVE, MeterStatus.VERIFICATION])
async def test_neither_window_nor_verification_stop_the_last_reading(
    gql: GraphQLClient, home: Home, fitter: Actor, status: MeterStatus, events: EmittedEvents
) -> None:
    await a_reading(home.meter, "2026-11", "104")
    await Meter.filter(id=home.meter.id).update(status=status)

    answer = await replace(
        gql, fitter, home.meter, closingReading=closing("105", takenOn="2026-11-27")
    )

    reading = answer["data"]["replaceMeter"]["replacement"]["closingReading"]
    assert reading == {
        "billingMonth": "2026-11",
        "takenOn": "2026-11-27",
        "consumption": "4.5",
        "values": [{"value": "105", "previous": "100.5"}],
    }
    assert len(events.of(ReadingCorrected)) == 1
    assert await Reading.all().count() == 2


async def test_the_new_meter_counts_from_its_own_values(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    """No consumption between the two, and no average of the old one to be compared with."""
    old = await a_meter(premise=home.premise, initial=["100"])
    for month, value in (("2026-09", "101"), ("2026-10", "102"), ("2026-11", "103")):
        await a_reading(old, month, value)
    await replace(gql, fitter, old, meter={"initialValues": ["2"]})
    new = await Meter.get(replaces_id=old.id)
    # Usual for one that nobody knows, though many times what the old meter counted.
    form = submission(home.premise, values_of(new, "19.9"))

    with clock.frozen(datetime.fromisoformat(NOON)):
        answer = await gql(SUBMIT_READINGS, form, actor=home.resident)
        late = submission(home.premise, values_of(old, "110"))
        refused = await gql(SUBMIT_READINGS, late, actor=home.resident)

    assert answer["data"]["submitReadings"] == {
        "readings": [{"consumption": "17.9"}],
        "errors": [],
    }
    assert [each["code"] for each in refused["data"]["submitReadings"]["errors"]] == [
        "METER_ARCHIVED"
    ]


async def test_the_widget_and_the_form_know_the_new_meter_alone(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await a_reading(home.meter, "2026-11", "104")
    screen = {"id": encode_id("Premise", home.premise.id)}
    await replace(gql, fitter, home.meter, at="2026-11-20T12:00+03:00", meter={"identifier": "Н"})

    with clock.frozen(datetime.fromisoformat("2026-11-20T12:30+03:00")):
        answer = await gql(SCREEN, screen, actor=home.resident)

    assert answer["data"]["premise"] == {
        "meters": [{"identifier": "Н"}],
        "all": [{"identifier": "Н"}, {"identifier": "ХВС-15"}],
        "homeWidgets": [{"state": "SUBMIT", "submitted": 0, "total": 1}],
    }


async def test_day_and_night_take_the_place_of_one_tariff(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    old = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_1T)
    new = {"type": "ELECTRICITY_2T", "initialValues": ["0", "0"]}

    answer = await replace(gql, fitter, old, meter=new, closingReading=closing("500"))

    replacement = answer["data"]["replaceMeter"]["replacement"]
    assert replacement["meter"]["type"] == "ELECTRICITY_2T"
    assert replacement["closingReading"]["values"] == [{"value": "500", "previous": None}]


async def test_a_house_meter_is_replaced_by_a_house_meter(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    house = await a_collective_meter(building=home.building, transformation_ratio=Decimal(20))
    await a_reading(house, "2026-10", "10")
    manager = await staff(home, BUILDING_EDIT.code, SUBMIT.code)
    new = {"installationPlace": "Чердак", "transformationRatio": "30"}

    refused = await replace(gql, fitter, house, meter=new)
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    answer = await replace(gql, manager, house, meter=new, closingReading=closing("11"))

    assert answer["data"]["replaceMeter"]["errors"] == []
    closed = await Reading.get(meter_id=house.id, billing_month="2026-11-01")
    assert (closed.consumption, closed.transformation_ratio) == (Decimal(20), Decimal(20))
    meter = await Meter.get(replaces_id=house.id)
    assert (meter.premise_id, meter.transformation_ratio) == (None, Decimal(30))
    assert (await CollectiveDetails.get(meter=meter)).installation_place == "Чердак"


async def test_all_that_is_wrong_is_told_at_once_and_nothing_happens(
    gql: GraphQLClient, home: Home, fitter: Actor, events: EmittedEvents
) -> None:
    await a_meter(premise=home.premise, identifier="ДРУГОЙ", status=MeterStatus.ARCHIVED)
    before = await Meter.get(id=home.meter.id)
    bad = {"identifier": " ", "type": "HOT_WATER", "verificationInterval": 99}

    found = await faults(gql, fitter, home.meter, meter=bad, closingReading=closing("99"))

    assert found == [
        ("READING_BELOW_PREVIOUS", ["closingReading", "values", "0"]),
        ("REPLACEMENT_TYPE_INVALID", ["meter", "type"]),
        ("IDENTIFIER_REQUIRED", ["meter", "identifier"]),
        ("INTERVAL_INVALID", ["meter", "verificationInterval"]),
    ]
    after = await Meter.get(id=home.meter.id)
    assert (after.version, after.status) == (before.version, MeterStatus.ACTIVE)
    assert (await Meter.all().count(), await Reading.all().count()) == (2, 1)
    assert events == []


@pytest.mark.parametrize(
    ("code", "path", "reading"),
    [
        ("READING_BELOW_PREVIOUS", ["values", "0"], closing("99")),
        ("REGISTERS_MISMATCH", ["values"], closing("1", "2")),
        ("ANOMALY_CONFIRMATION_REQUIRED", ["values", "0"], closing("900")),
        ("ROLLOVER_NOT_PLAUSIBLE", ["values", "0"], closing("99", rollover=True)),
        ("TAKEN_ON_INVALID", ["takenOn"], closing("105", takenOn="2026-11-29")),
    ],
)
async def test_a_wrong_last_reading_replaces_nothing(
    gql: GraphQLClient,
    home: Home,
    fitter: Actor,
    code: str,
    path: list[str],
    reading: dict[str, object],
) -> None:
    found = await faults(gql, fitter, home.meter, closingReading=reading)

    assert found == [(code, ["closingReading", *path])]
    assert await unchanged(home)


async def test_an_unusual_last_reading_is_confirmed(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    answer = await replace(
        gql, fitter, home.meter, closingReading=closing("900", confirmAnomaly=True)
    )

    assert answer["data"]["replaceMeter"]["errors"] == []
    assert (await Reading.get(billing_month="2026-11-01")).needs_review


async def test_nothing_may_follow_the_last_reading(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await a_reading(home.meter, "2026-12", "107")

    found = await faults(gql, fitter, home.meter, closingReading=closing("105"))

    assert found == [("LATER_READING_EXISTS", ["closingReading"])]


async def test_an_identifier_in_use_is_refused(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await a_meter(premise=home.premise, identifier="ДРУГОЙ")

    found = await faults(gql, fitter, home.meter, meter={"identifier": "ДРУГОЙ"})

    assert found == [("IDENTIFIER_TAKEN", ["meter", "identifier"])]
    assert (await Meter.get(id=home.meter.id)).status is MeterStatus.ACTIVE


async def test_where_the_resource_is_off_no_new_meter_comes(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    home.settings.active = False
    await home.settings.save()

    assert await faults(gql, fitter, home.meter) == [("RESOURCE_DISABLED", ["meter", "type"])]
    assert await unchanged(home)


async def test_in_an_archived_premise_nothing_is_replaced(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await Premise.filter(id=home.premise.id).update(archived_at=clock.now())

    assert await faults(gql, fitter, home.meter) == [("PLACE_ARCHIVED", ["meterId"])]


async def test_an_archived_meter_has_left_already(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    await replace(gql, fitter, home.meter)

    assert await faults(gql, fitter, home.meter) == [("METER_ARCHIVED", ["meterId"])]
    assert await Meter.all().count() == 2


async def test_a_stale_card_replaces_nothing(gql: GraphQLClient, home: Home, fitter: Actor) -> None:
    found = await faults(gql, fitter, home.meter, expectedVersion=9)

    assert found == [("VERSION_CONFLICT", ["expectedVersion"])]
    assert await unchanged(home)


async def test_the_new_meter_is_not_archived_at_once(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    answer = await replace(gql, fitter, home.meter, meter={"status": "ARCHIVED"})

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
    assert await unchanged(home)


async def test_another_account_of_the_premise_may_be_chosen(
    gql: GraphQLClient, home: Home, fitter: Actor
) -> None:
    second = encode_id("Account", (await an_account(premise=home.premise)).id)
    foreign = encode_id("Account", (await an_account()).id)

    stranger = await replace(gql, fitter, home.meter, meter={"accountId": foreign})
    assert [each["extensions"]["code"] for each in stranger["errors"]] == ["NOT_FOUND"]
    answer = await replace(gql, fitter, home.meter, meter={"accountId": second})

    assert answer["data"]["replaceMeter"]["replacement"]["meter"]["account"] == {"id": second}


async def test_a_meter_that_came_back_is_replaced_once_more(
    gql: GraphQLClient, home: Home, fitter: Actor, events: EmittedEvents
) -> None:
    """The one that had taken its place meanwhile follows nobody any more."""
    await replace(gql, fitter, home.meter)
    second = await Meter.get(replaces_id=home.meter.id)
    await Meter.filter(id=second.id).update(status=MeterStatus.ARCHIVED, archived_at=clock.now())
    await Meter.filter(id=home.meter.id).update(
        status=MeterStatus.ACTIVE, archived_at=None, archive_reason=None
    )

    events.clear()

    answer = await replace(gql, fitter, home.meter)

    assert answer["data"]["replaceMeter"]["errors"] == []
    third = await Meter.get(replaces_id=home.meter.id)
    assert third.id != second.id
    released = await Meter.get(id=second.id)
    assert (released.replaces_id, released.version) == (None, 2)
    assert [(each.meter_id, each.change) for each in events.of(MeterChanged)] == [
        (home.meter.id, MeterChange.ARCHIVED),
        (third.id, MeterChange.CREATED),
        (second.id, MeterChange.UPDATED),
    ]


async def test_a_system_replaces_like_people_do(gql: GraphQLClient, home: Home) -> None:
    token = await a_service_token(home.organization, permissions=[PREMISE_EDIT.code, SUBMIT.code])

    answer = await replace(
        gql, await actor_of(token), home.meter, closingReading=closing("105.1234")
    )

    assert answer["data"]["replaceMeter"]["errors"] == []
    assert (await Reading.get(billing_month="2026-11-01")).t1 == Decimal("105.1234")


async def nobody(home: Home) -> Actor:
    return ANONYMOUS


async def the_resident(home: Home) -> Actor:
    return home.resident


async def staff_of_readings(home: Home) -> Actor:
    return await staff(home, *(each.code for each in ALL))


async def staff_of_premises(home: Home) -> Actor:
    return await staff(home, PREMISE_EDIT.code)


async def staff_elsewhere(home: Home) -> Actor:
    rights = [PREMISE_EDIT.code, SUBMIT.code]
    return await actor_of(await an_employee(await an_organization(), permissions=rights))


async def staff_of_another_house(home: Home) -> Actor:
    other = await a_building(organization=home.organization)
    return await staff(home, PREMISE_EDIT.code, SUBMIT.code, buildings=[other])


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (nobody, "UNAUTHENTICATED"),
        (the_resident, "FORBIDDEN"),
        (staff_of_readings, "FORBIDDEN"),
        (staff_of_premises, "FORBIDDEN"),
        (staff_elsewhere, "NOT_FOUND"),
        (staff_of_another_house, "NOT_FOUND"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
async def test_others_replace_nothing(
    gql: GraphQLClient,
    home: Home,
    events: EmittedEvents,
    who: Callable[[Home], Awaitable[Actor]],
    code: str,
) -> None:
    answer = await replace(gql, await who(home), home.meter, closingReading=closing("105"))

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await unchanged(home)
    assert events == []
