"""«Поверка выполнена»: what it does to the card, what is kept of it, who sees that."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee
from kvartal.files.models import StoredFile
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.models import Meter, MeterVerification
from kvartal_meters.meters.rules import MeterChange, MeterStatus, VerificationReason
from kvartal_meters.testing import Home, a_collective_meter, a_meter

NOON = datetime.fromisoformat("2026-11-24T12:00+03:00")
CARD = """
  status verificationReason verifiedOn nextVerificationOn version
  verifications {
    verifiedOn nextVerificationOn recordNumber recordedAt recordedBy file { name size url }
  }
"""
OF_PREMISE = """
query ($id: ID!) {
  premise(id: $id) { meters { verifications { verifiedOn recordedBy file { name } } } }
}
"""

Change = Callable[..., Awaitable[dict[str, Any]]]
Refused = Callable[..., Awaitable[list[tuple[str, list[str]]]]]


def of(meter: Meter) -> dict[str, str]:
    return {"meterId": encode_id("Meter", meter.id)}


async def an_upload(home: Home, uploader: Actor, **fields: Any) -> StoredFile:
    return await StoredFile.create(
        organization=home.organization,
        name="свидетельство.pdf",
        media_type="application/pdf",
        size=10,
        sha256="0" * 64,
        uploader_id=uploader.user_id,
        **fields,
    )


async def name_of(actor: Actor) -> str:
    return (await Employee.get(user_id=actor.user_id)).full_name


async def test_a_verified_meter_is_in_service_and_due_after_its_interval(
    changed: Change, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    meter = await a_meter(
        premise=home.premise,
        verification_interval=6,
        verified_on=date(2020, 2, 28),
        next_verification_on=date(2026, 2, 28),
        status=MeterStatus.VERIFICATION,
        verification_reason=VerificationReason.NEXT,
    )
    file = await an_upload(home, clerk)

    with clock.frozen(NOON):
        shown = await changed(
            "completeVerification",
            clerk,
            CARD,
            **of(meter),
            verifiedOn="2026-11-23",
            recordNumber=" С-БЯ/12-2026 ",
            fileId=encode_id("StoredFile", file.id),
        )

    [kept] = shown.pop("verifications")
    assert shown == {
        "status": "ACTIVE",
        "verificationReason": None,
        "verifiedOn": "2026-11-23",
        "nextVerificationOn": "2032-11-23",
        "version": 2,
    }
    assert kept.pop("file").pop("url").startswith("/files/")
    assert kept == {
        "verifiedOn": "2026-11-23",
        "nextVerificationOn": "2032-11-23",
        "recordNumber": "С-БЯ/12-2026",
        "recordedAt": "2026-11-24T09:00:00+00:00",
        "recordedBy": await name_of(clerk),
    }
    row = await MeterVerification.get(meter=meter)
    await file.refresh_from_db()
    assert (file.owner_kind, file.owner_id) == ("MeterVerification", row.id)
    assert await row.organization == home.organization
    assert [(each.change, each.status) for each in events.of(MeterChanged)] == [
        (MeterChange.UPDATED, MeterStatus.ACTIVE)
    ]


async def test_without_an_interval_nothing_is_known_of_the_next(
    changed: Change, home: Home, clerk: Actor
) -> None:
    await Meter.filter(id=home.meter.id).update(next_verification_on=date(2020, 1, 1))

    with clock.frozen(NOON):
        shown = await changed(
            "completeVerification", clerk, CARD, **of(home.meter), verifiedOn="2026-11-24"
        )

    assert (shown["verifiedOn"], shown["nextVerificationOn"]) == ("2026-11-24", None)
    [kept] = shown["verifications"]
    assert (kept["nextVerificationOn"], kept["recordNumber"], kept["file"]) == (None, None, None)


async def test_the_29th_of_february_has_no_fellow_in_other_years(
    changed: Change, home: Home, clerk: Actor
) -> None:
    house = await a_collective_meter(building=home.building, verification_interval=6)

    with clock.frozen(NOON):
        shown = await changed(
            "completeVerification", clerk, CARD, **of(house), verifiedOn="2024-02-29"
        )

    assert shown["nextVerificationOn"] == "2030-02-28"


async def test_a_history_grows_latest_first(changed: Change, home: Home, clerk: Actor) -> None:
    token = await actor_of(
        await a_service_token(home.organization, permissions=["housing.premise.edit"])
    )
    with clock.frozen(NOON):
        await changed("completeVerification", token, **of(home.meter), verifiedOn="2020-11-01")
        shown = await changed(
            "completeVerification",
            clerk,
            "verifications { verifiedOn recordedBy }",
            **of(home.meter),
            verifiedOn="2026-11-01",
        )

    assert shown["verifications"] == [
        {"verifiedOn": "2026-11-01", "recordedBy": await name_of(clerk)},
        {"verifiedOn": "2020-11-01", "recordedBy": None},
    ]


async def test_a_date_that_the_card_has_without_a_record_gets_one(
    changed: Change, home: Home, clerk: Actor
) -> None:
    await Meter.filter(id=home.meter.id).update(verified_on=date(2026, 11, 1))

    with clock.frozen(NOON):
        await changed("completeVerification", clerk, **of(home.meter), verifiedOn="2026-11-01")

    assert await MeterVerification.filter(meter=home.meter).count() == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"verifiedOn": "2026-11-25"}, [("DATE_IN_FUTURE", ["verifiedOn"])]),
        ({"verifiedOn": "2026-11-01"}, [("VERIFICATION_EXISTS", ["verifiedOn"])]),
        ({"verifiedOn": "2026-10-31"}, [("VERIFICATION_OUTDATED", ["verifiedOn"])]),
        (
            {"verifiedOn": "2026-11-02", "recordNumber": "1" * 101},
            [("TEXT_TOO_LONG", ["recordNumber"])],
        ),
        (
            {"verifiedOn": "2026-11-02", "expectedVersion": 1},
            [("VERSION_CONFLICT", ["expectedVersion"])],
        ),
        (
            {"verifiedOn": "2026-11-02", "fileId": encode_id("StoredFile", uuid4())},
            [("FILE_UNAVAILABLE", ["fileId"])],
        ),
    ],
)
async def test_a_verification_that_is_refused(
    changed: Change,
    refused: Refused,
    home: Home,
    clerk: Actor,
    events: EmittedEvents,
    fields: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    with clock.frozen(NOON):
        await changed("completeVerification", clerk, **of(home.meter), verifiedOn="2026-11-01")
        events.clear()
        found = await refused("completeVerification", clerk, **of(home.meter), **fields)

    assert found == expected
    meter = await Meter.get(id=home.meter.id)
    assert (meter.verified_on, meter.version) == (date(2026, 11, 1), 2)
    assert await MeterVerification.all().count() == 1
    assert events.of(MeterChanged) == []


async def test_an_archived_meter_is_not_verified(change: Change, home: Home, clerk: Actor) -> None:
    meter = await a_meter(premise=home.premise, status=MeterStatus.ARCHIVED)

    answer = await change("completeVerification", clerk, **of(meter), verifiedOn="2026-11-01")

    assert answer["data"]["completeVerification"]["errors"] == [
        {
            "code": "METER_ARCHIVED",
            "path": ["meterId"],
            "message": "Счетчик в архиве. Сначала верните его из архива",
        }
    ]


async def test_anothers_upload_is_no_certificate(
    refused: Refused, home: Home, clerk: Actor
) -> None:
    other = await an_upload(home, home.resident)

    with clock.frozen(NOON):
        found = await refused(
            "completeVerification",
            clerk,
            **of(home.meter),
            verifiedOn="2026-11-01",
            fileId=encode_id("StoredFile", other.id),
        )

    assert found == [("FILE_UNAVAILABLE", ["fileId"])]


async def test_residents_see_no_records(gql: GraphQLClient, home: Home, clerk: Actor) -> None:
    row = await MeterVerification.create(
        organization=home.organization, meter=home.meter, verified_on=date(2026, 11, 1)
    )
    file = await an_upload(home, clerk, owner_kind="MeterVerification", owner_id=row.id)
    key = {"id": encode_id("Premise", home.premise.id)}
    node = "query ($id: ID!) { node(id: $id) { __typename } }"

    neighbour = await a_premise(building=home.building)
    await a_meter(premise=neighbour)
    without = await gql(OF_PREMISE, {"id": encode_id("Premise", neighbour.id)}, actor=clerk)
    own = await gql(OF_PREMISE, key, actor=home.resident)
    staffs = await gql(OF_PREMISE, key, actor=clerk)
    by_id = await gql(node, {"id": encode_id("StoredFile", file.id)}, actor=home.resident)

    assert own["data"]["premise"]["meters"] == [{"verifications": []}]
    assert without["data"]["premise"]["meters"] == [{"verifications": []}]
    assert staffs["data"]["premise"]["meters"] == [
        {
            "verifications": [
                {
                    "verifiedOn": "2026-11-01",
                    "recordedBy": None,
                    "file": {"name": "свидетельство.pdf"},
                }
            ]
        }
    ]
    assert by_id["data"] == {"node": None}


async def test_many_histories_cost_what_two_cost(
    gql: GraphQLClient, home: Home, clerk: Actor, queries: QueryCounter
) -> None:
    async def a_verified() -> None:
        meter = await a_meter(premise=home.premise)
        row = await MeterVerification.create(
            organization=home.organization,
            meter=meter,
            verified_on=date(2026, 11, 1),
            recorded_by_id=clerk.user_id,
        )
        await an_upload(home, clerk, owner_kind="MeterVerification", owner_id=row.id)

    key = {"id": encode_id("Premise", home.premise.id)}
    await a_verified()
    with queries.exactly(5):
        await gql(OF_PREMISE, key, actor=clerk)
    for _ in range(19):
        await a_verified()
    with queries.exactly(5):
        answer = await gql(OF_PREMISE, key, actor=clerk)

    assert len(answer["data"]["premise"]["meters"]) == 21
