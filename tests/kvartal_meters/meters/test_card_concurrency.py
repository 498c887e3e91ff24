"""Many at once: one identifier, one version, an account that leaves, a name that changes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Account
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_premise
from kvartal.testing.host import Committed
from kvartal_meters.meters.models import CollectiveDetails, Meter, MeterVerification
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.testing import Home, a_home, a_meter

ADD = """
mutation ($input: AddMeterInput!) {
  addMeter(input: $input) { meter { id account { number } } errors { code path } }
}
"""
UPDATE = """
mutation ($input: UpdateMeterInput!) {
  updateMeter(input: $input) { meter { version } errors { code } }
}
"""
RESTORE = """
mutation ($input: RestoreMeterInput!) {
  restoreMeter(input: $input) { meter { status } errors { code path } }
}
"""
VERIFY = """
mutation ($input: CompleteVerificationInput!) {
  completeVerification(input: $input) { meter { version } errors { code } }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]

pytestmark = pytest.mark.committed


async def a_clerk(home: Home) -> Actor:
    rights = [PREMISE_EDIT.code, BUILDING_EDIT.code]
    return await actor_of(await an_employee(home.organization, permissions=rights))


async def all_of(
    own: Committed, actor: Actor, document: str, *inputs: dict[str, Any]
) -> list[dict[str, Any]]:
    """The payloads of these mutations, sent at once; none of them fails otherwise."""
    answers = await asyncio.gather(
        *(own.client(document, {"input": each}, actor=actor) for each in inputs)
    )
    assert [each["errors"] for each in answers if "errors" in each] == []
    return [next(iter(each["data"].values())) for each in answers]


async def waits_for_a_lock() -> None:
    async with asyncio.timeout(10):
        while not await fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 -- PostgreSQL sets no event
            await asyncio.sleep(0.01)


async def test_of_many_with_one_identifier_one_is_added(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        clerk = await a_clerk(home)
        flat = {"premiseId": encode_id("Premise", home.premise.id), "type": "COLD_WATER"}
        house = {"buildingId": encode_id("Building", home.building.id), "type": "COLD_WATER"}
        payloads = await all_of(
            own, clerk, ADD, *({**place, "identifier": "Н"} for place in (flat, house) * 5)
        )
        added = await Meter.filter(identifier="Н").count()
        details = await CollectiveDetails.all().count()
        sent = await fetch("SELECT name FROM kvartal_event")

    [winner] = [each["meter"]["id"] for each in payloads if not each["errors"]]
    refusals = [each["errors"] for each in payloads if each["errors"]]
    assert winner
    assert refusals == [[{"code": "IDENTIFIER_TAKEN", "path": ["identifier"]}]] * 9
    assert (added, [each["name"] for each in sent]) == (1, ["meters.meter_changed"])
    assert details <= 1


async def test_of_two_changes_of_one_version_the_second_is_refused(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        clerk = await a_clerk(home)
        key = {"id": encode_id("Meter", home.meter.id), "expectedVersion": 1}
        payloads = await all_of(own, clerk, UPDATE, *({**key, "brand": brand} for brand in "АБВГ"))
        version = (await Meter.get(id=home.meter.id)).version

    assert [each["errors"] for each in payloads if each["errors"]] == [
        [{"code": "VERSION_CONFLICT"}]
    ] * 3
    assert version == 2


async def test_of_two_that_come_back_under_one_identifier_one_does(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        clerk = await a_clerk(home)
        old = [
            await a_meter(premise=home.premise, identifier="С", status=MeterStatus.ARCHIVED)
            for _ in range(4)
        ]
        inputs = [{"id": encode_id("Meter", each.id)} for each in old]
        payloads = await all_of(own, clerk, RESTORE, *inputs)

    assert sorted(len(each["errors"]) for each in payloads) == [0, 1, 1, 1]
    assert {e["code"] for each in payloads for e in each["errors"]} == {"IDENTIFIER_TAKEN"}


async def test_one_verification_of_a_day_is_recorded(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        clerk = await a_clerk(home)
        given = {"meterId": encode_id("Meter", home.meter.id), "verifiedOn": "2020-11-01"}
        payloads = await all_of(own, clerk, VERIFY, *[given] * 5)
        kept = await MeterVerification.all().count()

    assert [e["code"] for each in payloads for e in each["errors"]] == ["VERIFICATION_EXISTS"] * 4
    assert kept == 1


async def test_a_meter_is_not_added_to_an_account_that_is_leaving(committed: OwnDatabase) -> None:
    async with committed() as own:
        home = await a_home()
        clerk = await a_clerk(home)
        target = await a_premise(building=home.building)
        given = {
            "premiseId": encode_id("Premise", home.premise.id),
            "accountId": encode_id("Account", home.account.id),
            "type": "COLD_WATER",
            "identifier": "Н",
        }
        outside = copy_context()
        async with unit_of_work():
            account = await Account.select_for_update().get(id=home.account.id)
            waiting = asyncio.create_task(
                own.client(ADD, {"input": given}, actor=clerk), context=outside
            )
            await waits_for_a_lock()
            account.premise = target
            await account.save()
        answer = await waiting

    assert answer["data"]["addMeter"]["errors"] == [
        {"code": "ACCOUNT_ELSEWHERE", "path": ["accountId"]}
    ]
