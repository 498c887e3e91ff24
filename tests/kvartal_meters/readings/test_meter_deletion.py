"""Deleting a meter: with all its readings, and never more of them than somebody knew of."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.transaction import UnitOfWork, on_commit
from kvartal.files.models import StoredFile
from kvartal.graphql.node import encode_id
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import MeterChanged, MeterDeleted
from kvartal_meters.meters.models import CollectiveDetails, Meter, MeterName, MeterVerification
from kvartal_meters.meters.rules import ArchiveReason, MeterChange, MeterStatus
from kvartal_meters.permissions import ALL, SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.testing import Home, a_collective_meter, a_meter, a_reading

DELETE_METER = """
mutation ($input: DeleteMeterInput!) {
  deleteMeter(input: $input) {
    deletion { preview meterId identifier readings verifications files }
    errors { code message path count version }
  }
}
"""
WIDGET = """
query ($id: ID!) {
  premise(id: $id) { homeWidgets { ... on MeterWidget { submitted total } } }
}
"""


async def delete(gql: GraphQLClient, actor: Actor, meter: Meter, **more: Any) -> dict[str, Any]:
    given = {"meterId": encode_id("Meter", meter.id), **more}
    return await gql(DELETE_METER, {"input": given}, actor=actor)


async def staff(home: Home, *permissions: str, **more: Any) -> Actor:
    return await actor_of(await an_employee(home.organization, permissions=permissions, **more))


async def a_file(meter: Meter, kind: str, owner: UUID) -> UUID:
    file = await StoredFile.create(
        organization_id=meter.organization_id,
        name="Паспорт.pdf",
        media_type="application/pdf",
        size=10,
        sha256="0" * 64,
        uploader_id=uuid4(),
        owner_kind=kind,
        owner_id=owner,
    )
    return file.id


@pytest.fixture
async def keeper(home: Home) -> Actor:
    """An employee who may change meters of premises."""
    return await staff(home, PREMISE_EDIT.code)


@pytest.fixture
async def touched(db: None) -> AsyncIterator[list[str]]:
    """The live topics that committed units of work have touched."""
    seen: list[str] = []

    async def note(work: UnitOfWork) -> None:
        seen.extend(work.touched)

    async with on_commit(note):
        yield seen


async def test_a_meter_goes_with_all_that_hangs_on_it(
    gql: GraphQLClient, home: Home, keeper: Actor, events: EmittedEvents, touched: list[str]
) -> None:
    november = await a_reading(home.meter, "2026-11", "105")
    await ReadingRevision.create(
        organization_id=home.organization.id,
        reading=november,
        author_kind=november.author_kind,
        channel=november.channel,
        new_t1=november.t1,
    )
    verification = await MeterVerification.create(
        organization_id=home.organization.id, meter=home.meter, verified_on=date(2024, 5, 12)
    )
    await MeterName.create(
        organization_id=home.organization.id, meter=home.meter, user=home.user, name="Кухня"
    )
    gone = {
        await a_file(home.meter, "Meter", home.meter.id),
        await a_file(home.meter, "MeterVerification", verification.id),
    }
    other = await a_meter(premise=home.premise)
    kept = await a_reading(other, "2026-11", "3")
    passport = await a_file(other, "Meter", other.id)

    answer = await delete(gql, keeper, home.meter, confirmReadings=2)

    assert answer["data"]["deleteMeter"] == {
        "deletion": {
            "preview": False,
            "meterId": encode_id("Meter", home.meter.id),
            "identifier": "ХВС-15",
            "readings": 2,
            "verifications": 1,
            "files": 2,
        },
        "errors": [],
    }
    assert [each.id for each in await Meter.all()] == [other.id]
    assert [each.id for each in await Reading.all()] == [kept.id]
    assert [each.id for each in await StoredFile.all()] == [passport]
    for model in (ReadingRevision, MeterVerification, MeterName):
        assert await model.all().count() == 0
    assert events.of(MeterDeleted) == [
        MeterDeleted(
            meter_id=home.meter.id,
            organization_id=home.organization.id,
            building_id=home.building.id,
            premise_id=home.premise.id,
            readings=2,
            user_id=keeper.user_id,
        )
    ]
    [removed] = [each for each in events if not isinstance(each, MeterDeleted)]
    assert set(removed.file_ids) == gone  # type: ignore[attr-defined] # the files' own event
    assert touched == [f"premise:{home.premise.id}"]


async def test_the_audit_log_remembers_the_meter(
    gql: GraphQLClient, home: Home, keeper: Actor
) -> None:
    await delete(gql, keeper, home.meter, confirmReadings=1)

    entry = await AuditEntry.get(action="deleteMeter")
    assert (entry.object_kind, entry.object_id) == ("Meter", home.meter.id)
    assert entry.user_id == keeper.user_id
    assert entry.changes == {"identifier": ["ХВС-15", None], "readings": [1, 0]}


async def test_a_preview_tells_what_would_go(
    gql: GraphQLClient, home: Home, keeper: Actor, events: EmittedEvents, touched: list[str]
) -> None:
    answer = await delete(gql, keeper, home.meter, preview=True)

    assert answer["data"]["deleteMeter"]["deletion"] == {
        "preview": True,
        "meterId": encode_id("Meter", home.meter.id),
        "identifier": "ХВС-15",
        "readings": 1,
        "verifications": 0,
        "files": 0,
    }
    assert await Meter.filter(id=home.meter.id).exists()
    assert await Reading.all().count() == 1
    assert (events, touched) == ([], [])
    assert await AuditEntry.all().count() == 0


@pytest.mark.parametrize(
    ("readings", "sentence"),
    [
        (1, "Вместе со счетчиком удалится 1 показание."),
        (3, "Вместе со счетчиком удалятся 3 показания."),
        (5, "Вместе со счетчиком удалится 5 показаний."),
    ],
)
async def test_readings_go_only_if_their_number_is_known(
    gql: GraphQLClient,
    home: Home,
    keeper: Actor,
    events: EmittedEvents,
    readings: int,
    sentence: str,
) -> None:
    for month in range(1, readings):
        await a_reading(home.meter, f"2026-{10 + month}" if month < 3 else f"2027-0{month}", "101")

    refused = [
        await delete(gql, keeper, home.meter),
        await delete(gql, keeper, home.meter, confirmReadings=readings + 1),
    ]

    for answer in refused:
        assert answer["data"]["deleteMeter"] == {
            "deletion": None,
            "errors": [
                {
                    "code": "READINGS_NOT_CONFIRMED",
                    "message": f"{sentence} Подтвердите удаление или переведите счетчик в архив",
                    "path": ["confirmReadings"],
                    "count": readings,
                    "version": None,
                }
            ],
        }
    assert await Reading.all().count() == readings
    assert events == []


async def test_a_meter_that_nobody_has_read_needs_no_confirmation(
    gql: GraphQLClient, home: Home, keeper: Actor
) -> None:
    fresh = await a_meter(premise=home.premise)

    answer = await delete(gql, keeper, fresh)

    assert answer["data"]["deleteMeter"]["errors"] == []
    assert not await Meter.filter(id=fresh.id).exists()


async def test_a_stale_card_deletes_nothing(gql: GraphQLClient, home: Home, keeper: Actor) -> None:
    answer = await delete(gql, keeper, home.meter, confirmReadings=1, expectedVersion=7)

    [error] = answer["data"]["deleteMeter"]["errors"]
    assert (error["code"], error["path"]) == ("VERSION_CONFLICT", ["expectedVersion"])
    assert await Meter.filter(id=home.meter.id).exists()


async def test_a_house_meter_is_its_buildings(
    gql: GraphQLClient, home: Home, keeper: Actor, touched: list[str]
) -> None:
    house = await a_collective_meter(building=home.building)
    await a_reading(house, "2026-11", "7")
    manager = await staff(home, BUILDING_EDIT.code)

    refused = await delete(gql, keeper, house, confirmReadings=1)
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    accepted = await delete(gql, manager, house, confirmReadings=1)

    assert accepted["data"]["deleteMeter"]["errors"] == []
    assert await CollectiveDetails.all().count() == 0
    assert not await Meter.filter(id=house.id).exists()
    assert touched == [f"building:{home.building.id}"]


async def a_chain(home: Home) -> list[Meter]:
    """Three meters, each the successor of the one before."""
    found: list[Meter] = []
    for n in range(3):
        last = n == 2
        found.append(
            await a_meter(
                premise=home.premise,
                identifier="ХВС-1",
                replaces=found[-1] if found else None,
                status=MeterStatus.ACTIVE if last else MeterStatus.ARCHIVED,
                archive_reason=None if last else ArchiveReason.REPLACED,
            )
        )
    return found


@pytest.mark.parametrize("deleted", [0, 1, 2], ids=["first", "middle", "last"])
async def test_the_chain_of_replacements_closes(
    gql: GraphQLClient, home: Home, keeper: Actor, deleted: int, events: EmittedEvents
) -> None:
    chain = await a_chain(home)

    answer = await delete(gql, keeper, chain[deleted])

    assert answer["data"]["deleteMeter"]["errors"] == []
    # Who follows another one than before is told of too.
    assert [(each.meter_id, each.change) for each in events.of(MeterChanged)] == [
        (each.id, MeterChange.UPDATED) for each in chain[deleted + 1 : deleted + 2]
    ]
    assert [each.meter_id for each in events.of(MeterDeleted)] == [chain[deleted].id]
    first, second = (each.id for each in chain if each.id != chain[deleted].id)
    assert (await Meter.get(id=first)).replaces_id is None
    assert (await Meter.get(id=second)).replaces_id == first


async def test_the_widget_counts_it_no_more(gql: GraphQLClient, home: Home, keeper: Actor) -> None:
    await a_meter(premise=home.premise)
    screen = {"id": encode_id("Premise", home.premise.id)}

    async def total() -> int:
        answer = await gql(WIDGET, screen, actor=home.resident)
        found: int = answer["data"]["premise"]["homeWidgets"][0]["total"]
        return found

    assert await total() == 2
    await delete(gql, keeper, home.meter, confirmReadings=1)
    assert await total() == 1


async def nobody(home: Home) -> Actor:
    return ANONYMOUS


async def the_resident(home: Home) -> Actor:
    return home.resident


async def staff_of_readings(home: Home) -> Actor:
    return await staff(home, *(each.code for each in ALL))


async def staff_of_buildings(home: Home) -> Actor:
    return await staff(home, BUILDING_EDIT.code)


async def staff_elsewhere(home: Home) -> Actor:
    return await actor_of(
        await an_employee(await an_organization(), permissions=[PREMISE_EDIT.code])
    )


async def staff_of_another_house(home: Home) -> Actor:
    other = await a_building(organization=home.organization)
    return await staff(home, PREMISE_EDIT.code, SUBMIT.code, buildings=[other])


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (nobody, "UNAUTHENTICATED"),
        (the_resident, "FORBIDDEN"),
        (staff_of_readings, "FORBIDDEN"),
        (staff_of_buildings, "FORBIDDEN"),
        (staff_elsewhere, "NOT_FOUND"),
        (staff_of_another_house, "NOT_FOUND"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
@pytest.mark.parametrize("preview", [True, False])
async def test_others_delete_nothing(
    gql: GraphQLClient,
    home: Home,
    events: EmittedEvents,
    who: Callable[[Home], Awaitable[Actor]],
    code: str,
    preview: bool,
) -> None:
    answer = await delete(gql, await who(home), home.meter, confirmReadings=1, preview=preview)

    assert answer["data"] is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await Meter.filter(id=home.meter.id).exists()
    assert (await Reading.all().count(), events) == (1, [])


async def test_a_deletion_costs_the_same_with_one_reading_and_with_ten(
    gql: GraphQLClient, home: Home, keeper: Actor, queries: QueryCounter
) -> None:
    other = await a_meter(premise=home.premise)
    for n in range(1, 11):
        await a_reading(other, f"2025-{n:02}", str(n))

    with clock.frozen(clock.now()), queries.counted() as one:
        await delete(gql, keeper, home.meter, confirmReadings=1)
    with queries.exactly(len(one)):
        await delete(gql, keeper, other, confirmReadings=10)
