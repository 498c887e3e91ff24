"""What the database itself refuses of meters and readings, whoever writes them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kvartal.db.connection import fetch
from kvartal.db.models import uuid7
from kvartal.housing.models import Residency
from kvartal.testing.factories import a_building, a_premise, a_resident, an_organization
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_collective_meter, a_home, a_meter, a_reading

ARCHIVED: dict[str, Any] = {
    "status": MeterStatus.ARCHIVED,
    "archived_at": datetime(2026, 11, 1, tzinfo=UTC),
}


async def refused(attempt: Callable[[], Awaitable[object]]) -> str:
    """The name of the constraint that refuses it."""
    with pytest.raises(IntegrityError) as caught:
        async with in_transaction():
            await attempt()
    cause: Any = caught.value.__cause__
    return str(cause.constraint_name)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"identifier": "  "}, "meters_meter_identifier_present"),
        ({"scope": MeterScope.COLLECTIVE}, "meters_meter_place"),
        ({"status": MeterStatus.ARCHIVED, "archived_at": None}, "meters_meter_archived"),
        ({"archived_at": ARCHIVED["archived_at"]}, "meters_meter_archived"),
        ({"verification_interval": 0}, "meters_meter_interval"),
        ({"verification_interval": 31}, "meters_meter_interval"),
        ({"int_digits": 0}, "meters_meter_digits"),
        ({"int_digits": 13}, "meters_meter_digits"),
        ({"transformation_ratio": Decimal(0)}, "meters_meter_ratio"),
        ({"transformation_ratio": Decimal(-1)}, "meters_meter_ratio"),
        ({"initial": ("-0.0001",)}, "meters_meter_initial"),
        (
            {"type": MeterType.ELECTRICITY_2T, "initial": ("1", "-1")},
            "meters_meter_initial",
        ),
        (
            {"verified_on": date(2026, 2, 2), "next_verification_on": date(2026, 2, 1)},
            "meters_meter_verification_order",
        ),
    ],
)
async def test_a_meter_that_cannot_be_is_refused(
    home: Home, fields: dict[str, Any], constraint: str
) -> None:
    assert await refused(lambda: a_meter(premise=home.premise, **fields)) == constraint


@pytest.mark.parametrize(
    "fields",
    [
        {"verification_interval": 1},
        {"verification_interval": 30},
        {"int_digits": 12},
        {"transformation_ratio": Decimal("0.0001")},
        {"initial": ("0",)},
        {"verified_on": date(2026, 2, 2), "next_verification_on": date(2026, 2, 2)},
        ARCHIVED,
    ],
)
async def test_what_is_only_unusual_is_kept(home: Home, fields: dict[str, Any]) -> None:
    meter = await a_meter(premise=home.premise, **fields)

    assert await Meter.filter(id=meter.id).exists()


async def test_a_house_meter_hangs_on_no_premise(home: Home) -> None:
    house = await a_collective_meter(building=home.building)
    house.premise_id = home.premise.id

    assert await refused(house.save) == "meters_meter_place"


async def test_an_identifier_is_one_meters_while_it_is_in_use(home: Home) -> None:
    async def again() -> Meter:
        return await a_meter(premise=home.premise, identifier="ХВС-15")

    assert await refused(again) == "meters_meter_identifier"
    await home.meter.update_from_dict(ARCHIVED).save()
    second = await again()
    await second.update_from_dict(ARCHIVED).save()
    await again()

    elsewhere = await a_home(identifier="ХВС-15")
    assert elsewhere.meter.identifier == "ХВС-15"


async def test_an_external_id_is_one_meters_for_ever(home: Home) -> None:
    await a_meter(premise=home.premise, external_id="IPU-1", **ARCHIVED)

    async def again() -> Meter:
        return await a_meter(premise=home.premise, external_id="IPU-1")

    assert await refused(again) == "meters_meter_external_id"
    assert (await a_meter(external_id="IPU-1")).external_id == "IPU-1"


async def test_a_meter_is_replaced_once(home: Home) -> None:
    await a_meter(premise=home.premise, replaces=home.meter)

    assert "replaces" in await refused(lambda: a_meter(premise=home.premise, replaces=home.meter))


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("building_id", "meters_meter_building_same_organization"),
        ("premise_id", "meters_meter_premise_same_organization"),
    ],
)
async def test_a_meter_stands_in_its_own_organization(
    home: Home, column: str, constraint: str
) -> None:
    foreign = await a_premise()
    meter = await a_meter(premise=home.premise)
    setattr(meter, column, foreign.building_id if "building" in column else foreign.id)

    assert await refused(meter.save) == constraint


async def test_a_months_reading_is_one(home: Home) -> None:
    again = await refused(lambda: a_reading(home.meter, "2026-10", "101"))

    assert again.startswith("uid_meters_read_")  # named by the mapper


async def test_a_billing_month_is_its_first_day(home: Home) -> None:
    reading = await a_reading(home.meter, "2026-11", "105")
    reading.billing_month = date(2026, 11, 2)

    assert await refused(reading.save) == "meters_reading_month"


@pytest.mark.parametrize("column", ["t1", "t2", "t3"])
async def test_values_are_not_negative(home: Home, column: str) -> None:
    reading = await a_reading(home.meter, "2026-11", "105")
    setattr(reading, column, Decimal("-0.0001"))

    assert await refused(reading.save) == "meters_reading_values"


@pytest.mark.parametrize("column", ["organization_id", "building_id", "meter_id"])
async def test_a_reading_is_of_its_meters_organization_and_building(
    home: Home, column: str
) -> None:
    # Its own organization's building, and another meter in it: each is there, but not together.
    house = await a_building(organization=home.organization)
    others = {
        "organization_id": (await an_organization()).id,
        "building_id": house.id,
        "meter_id": (await a_collective_meter(building=house)).id,
    }
    reading = await a_reading(home.meter, "2026-11", "105")

    for key in (others[column], uuid7()):
        setattr(reading, column, key)
        assert await refused(reading.save) == "meters_reading_meter_same_building"


async def test_a_meter_that_has_been_read_stays_in_its_building(home: Home) -> None:
    home.meter.building_id = (await a_building(organization=home.organization)).id

    assert await refused(home.meter.save) == "meters_reading_meter_same_building"


async def test_a_readings_resident_is_one_of_its_organization(home: Home) -> None:
    foreign = await a_resident(await a_premise())
    reading = await a_reading(home.meter, "2026-11", "105")

    for key in (foreign.id, uuid7()):
        reading.resident_id = key
        assert await refused(reading.save) == "meters_reading_resident_same_organization"


async def test_what_a_reading_is_held_by_stays(home: Home) -> None:
    resident = await a_resident(home.premise)
    reading = await a_reading(home.meter, "2026-11", "105")
    reading.resident_id = resident.id
    await reading.save()
    await Residency.filter(resident_id=resident.id).delete()

    assert await refused(resident.delete) == "meters_reading_resident_same_organization"
    assert await refused(home.premise.delete)
    assert await refused(home.building.delete)
    assert await refused(home.organization.delete)


async def test_the_details_of_a_house_meter_are_its_own_organizations(home: Home) -> None:
    house = await a_collective_meter(building=home.building)
    details = await CollectiveDetails.get(meter_id=house.id)
    details.organization = await an_organization()

    assert await refused(details.save) == "meters_collective_details_meter_same_organization"


async def test_readings_and_their_history_go_with_the_meter(home: Home) -> None:
    reading = await a_reading(home.meter, "2026-11", "105")
    await ReadingRevision.create(
        organization_id=home.organization.id,
        reading=reading,
        author_kind=AuthorKind.RESIDENT,
        channel="RESIDENT_APP",
        new_t1=Decimal(105),
    )

    await home.meter.delete()

    assert await Reading.all().count() == 0
    assert await ReadingRevision.all().count() == 0


async def test_a_building_with_meters_stays(home: Home) -> None:
    house = await a_building(organization=home.organization)
    await a_collective_meter(building=house)

    assert await refused(house.delete)


async def test_lists_are_walked_by_their_indexes(db: None) -> None:
    rows = await fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'meters_reading'")

    assert {
        "meters_reading_by_organization",
        "meters_reading_by_building",
        "meters_reading_by_update",
        "meters_reading_to_review",
        "meters_reading_collective",
        "meters_reading_collective_of_building",
    } <= {row["indexname"] for row in rows}


async def test_meters_are_searched_by_parts_of_words(db: None) -> None:
    [row] = await fetch("SELECT indexdef FROM pg_indexes WHERE indexname = 'meters_meter_search'")

    assert row["indexdef"].endswith("USING gin (organization_id, search gin_trgm_ops)")
