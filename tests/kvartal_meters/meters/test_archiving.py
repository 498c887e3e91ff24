"""Meters in the archive: they keep their readings, and come back by hand alone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.factories import a_building
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import ArchiveReason, MeterChange, MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.testing import Home, a_collective_meter, a_meter

NOON = datetime.fromisoformat("2026-11-24T12:00+03:00")
STATE = "status verificationReason archivedAt archiveReason version"

Change = Callable[..., Awaitable[dict[str, Any]]]
Refused = Callable[..., Awaitable[list[tuple[str, list[str]]]]]
Somebody = Callable[[str], Awaitable[Actor]]


def of(meter: Meter) -> dict[str, str]:
    return {"id": encode_id("Meter", meter.id)}


async def an_archived(home: Home, **fields: Any) -> Meter:
    usual = {"identifier": "СТАРЫЙ", "archive_reason": ArchiveReason.FAULTY}
    return await a_meter(premise=home.premise, status=MeterStatus.ARCHIVED, **{**usual, **fields})


async def test_a_meter_goes_into_the_archive_with_its_reason(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    touched: list[str] = []

    async def note(work: UnitOfWork) -> None:
        touched.extend(work.touched)

    async with on_commit(note):
        with clock.frozen(NOON):
            shown = await changed(
                "archiveMeter", clerk, STATE, **of(home.meter), reason="LIFETIME_EXPIRED"
            )

    assert shown == {
        "status": "ARCHIVED",
        "verificationReason": None,
        "archivedAt": "2026-11-24T09:00:00+00:00",
        "archiveReason": "LIFETIME_EXPIRED",
        "version": 2,
    }
    assert [(each.change, each.status) for each in events.of(MeterChanged)] == [
        (MeterChange.ARCHIVED, MeterStatus.ARCHIVED)
    ]
    assert touched == [f"premise:{home.premise.id}"]
    assert await Reading.filter(meter=home.meter).count() == 1


async def test_what_is_archived_stays_as_it_is(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    meter = await an_archived(home, archived_at=since)

    shown = await changed("archiveMeter", clerk, STATE, **of(meter), reason="OTHER")

    assert shown["archivedAt"] == since.isoformat()
    assert (shown["archiveReason"], shown["version"]) == ("FAULTY", 1)
    assert events.of(MeterChanged) == []


async def test_a_meter_comes_back(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    meter = await an_archived(home)

    shown = await changed("restoreMeter", clerk, STATE, **of(meter))
    again = await changed("restoreMeter", clerk, STATE, **of(meter))

    assert shown == again
    assert shown == {
        "status": "ACTIVE",
        "verificationReason": None,
        "archivedAt": None,
        "archiveReason": None,
        "version": 2,
    }
    assert [(each.change, each.status) for each in events.of(MeterChanged)] == [
        (MeterChange.RESTORED, MeterStatus.ACTIVE)
    ]


async def test_a_meter_whose_identifier_is_taken_stays_where_it_is(
    refused: Refused, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    meter = await an_archived(home, identifier="ХВС-15")

    assert await refused("restoreMeter", clerk, **of(meter)) == [("IDENTIFIER_TAKEN", ["id"])]

    assert (await Meter.get(id=meter.id)).status is MeterStatus.ARCHIVED
    assert events.of(MeterChanged) == []


async def test_a_meter_of_a_resource_that_is_off_stays_where_it_is(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    meter = await an_archived(home)
    house = await a_collective_meter(building=home.building, status=MeterStatus.ARCHIVED)
    await ResourceSettings.all().update(active=False)

    assert await refused("restoreMeter", clerk, **of(meter)) == [("RESOURCE_DISABLED", ["id"])]
    assert await changed("restoreMeter", clerk, "status", **of(house)) == {"status": "ACTIVE"}


async def test_a_meter_that_has_been_replaced_stays_where_it_is(
    changed: Change, refused: Refused, home: Home, clerk: Actor
) -> None:
    meter = await an_archived(home)
    successor = await a_meter(premise=home.premise, replaces=meter)

    assert await refused("restoreMeter", clerk, **of(meter)) == [("METER_REPLACED", ["id"])]
    await changed("archiveMeter", clerk, **of(successor))
    assert await changed("restoreMeter", clerk, "status", **of(meter)) == {"status": "ACTIVE"}


async def test_a_meter_of_an_archived_place_stays_where_it_is(
    refused: Refused, home: Home, clerk: Actor
) -> None:
    gone = await a_building(organization=home.organization, archived_at=clock.now())
    house = await a_collective_meter(building=gone, status=MeterStatus.ARCHIVED)
    meter = await an_archived(home)
    home.premise.archived_at = clock.now()
    await home.premise.save()

    assert await refused("restoreMeter", clerk, **of(house)) == [("PLACE_ARCHIVED", ["id"])]
    assert await refused("restoreMeter", clerk, **of(meter)) == [("PLACE_ARCHIVED", ["id"])]


@pytest.mark.parametrize("mutation", ["archiveMeter", "restoreMeter"])
async def test_a_version_that_is_no_more(
    refused: Refused, home: Home, clerk: Actor, mutation: str
) -> None:
    found = await refused(mutation, clerk, **of(home.meter), expectedVersion=7)

    assert found == [("VERSION_CONFLICT", ["expectedVersion"])]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("anonymous", "UNAUTHENTICATED"),
        ("resident", "FORBIDDEN"),
        ("neighbour", "NOT_FOUND"),
        ("employee elsewhere", "NOT_FOUND"),
        ("employee of another house", "NOT_FOUND"),
        ("employee of buildings", "FORBIDDEN"),
        ("employee without rights", "FORBIDDEN"),
        ("system", "FORBIDDEN"),
        ("employee of premises", None),
    ],
)
async def test_who_may_restore(
    change: Change, home: Home, somebody: Somebody, who: str, code: str | None
) -> None:
    meter = await an_archived(home)

    answer = await change("restoreMeter", await somebody(who), **of(meter))

    codes = [each["extensions"]["code"] for each in answer.get("errors", [])]
    assert codes == ([code] if code else [])
    assert (await Meter.get(id=meter.id)).version == (1 if code else 2)


async def test_an_integrator_is_told_that_it_is_done_by_hand(change: Change, home: Home) -> None:
    meter = await an_archived(home)
    token = await a_service_token(home.organization, permissions=["housing.premise.edit"])

    answer = await change("restoreMeter", await actor_of(token), **of(meter))

    [error] = answer["errors"]
    assert error["message"] == "Вернуть счетчик из архива может только сотрудник"
