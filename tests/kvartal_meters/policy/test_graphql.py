"""The policy of an organization over HTTP: who sees it, who changes it, and what follows it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest

from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import VersionConflict
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.permissions import ORGANIZATION_EDIT
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.events import MetersPolicyChanged
from kvartal_meters.policy.models import AnomalyThreshold, MetersPolicy
from kvartal_meters.policy.service import PolicyChange, update_policy
from kvartal_meters.testing import a_home, a_reading, submission, values_of

POLICY = """
query ($id: ID!) {
  node(id: $id) {
    ... on Organization {
      metersPolicy {
        countsLatestVerification anomalyThresholds { resourceKind factor } version
      }
    }
  }
}
"""
LIST = """
{ organizations { metersPolicy { version anomalyThresholds { factor } } } }
"""
UPDATE = """
mutation ($input: UpdateMetersPolicyInput!) {
  updateMetersPolicy(input: $input) {
    metersPolicy {
      countsLatestVerification anomalyThresholds { resourceKind factor } version
    }
    errors { code path message minimum maximum version }
  }
}
"""
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { errors { code consumption } }
}
"""
THRESHOLDS = "query ($id: ID!) { meter(id: $id) { submission { confirmationThresholds } } }"
NOON = "2026-11-20T12:00+03:00"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


async def editor_of(organization: Organization, **access: Any) -> Actor:
    return await actor_of(
        await an_employee(organization, permissions=[ORGANIZATION_EDIT.code], **access)
    )


def change(organization: Organization, **fields: Any) -> dict[str, Any]:
    return {"input": {"organizationId": encode_id("Organization", organization.id), **fields}}


def row(kind: str, factor: str) -> dict[str, str]:
    return {"resourceKind": kind, "factor": factor}


def policy(*, version: int, latest: bool = False, **factors: str) -> dict[str, Any]:
    return {
        "countsLatestVerification": latest,
        "anomalyThresholds": [row(kind, factors.get(kind, "3")) for kind in ResourceKind],
        "version": version,
    }


async def shown(gql: GraphQLClient, organization: Organization, actor: Actor) -> Any:
    answer = await gql(POLICY, {"id": encode_id("Organization", organization.id)}, actor=actor)
    return answer["data"]["node"]


async def test_until_it_is_changed_the_defaults_hold(
    organization: Organization, gql: GraphQLClient
) -> None:
    reader = await actor_of(await an_employee(organization, buildings=[]))

    assert await shown(gql, organization, reader) == {"metersPolicy": policy(version=0)}


async def test_what_is_named_changes_and_the_rest_stays(
    organization: Organization, gql: GraphQLClient, events: EmittedEvents
) -> None:
    editor = await editor_of(organization)

    async def changed(**fields: Any) -> Any:
        answer = await gql(UPDATE, change(organization, **fields), actor=editor)
        payload = answer["data"]["updateMetersPolicy"]
        assert payload["errors"] == []
        return payload["metersPolicy"]

    rows = [row("GAS", "2.5"), row("WATER", "10")]
    assert await changed(anomalyThresholds=rows) == policy(version=1, GAS="2.5", WATER="10")
    after = policy(version=2, latest=True, GAS="2.5", WATER="10")
    assert await changed(countsLatestVerification=True, expectedVersion=1) == after
    last = policy(version=3, latest=True, GAS="1.5", WATER="10")
    assert await changed(anomalyThresholds=[row("GAS", "1,5")]) == last
    assert await shown(gql, organization, editor) == {"metersPolicy": last}
    assert events == [MetersPolicyChanged(organization.id, editor.user_id)] * 3


async def test_the_same_policy_changes_nothing(
    organization: Organization, gql: GraphQLClient, events: EmittedEvents
) -> None:
    editor = await editor_of(organization)
    same = change(
        organization, countsLatestVerification=False, anomalyThresholds=[row("GAS", "3.00")]
    )

    answer = await gql(UPDATE, same, actor=editor)

    assert answer["data"]["updateMetersPolicy"]["metersPolicy"] == policy(version=0)
    assert events == []
    assert not await MetersPolicy.exists()


async def test_wrong_factors_are_told_row_by_row(
    organization: Organization, gql: GraphQLClient
) -> None:
    rows = [row("GAS", "1.4"), row("WATER", "2"), row("HEATING", "10.5")]

    answer = await gql(
        UPDATE, change(organization, anomalyThresholds=rows), actor=await editor_of(organization)
    )

    def error(place: str) -> dict[str, Any]:
        return {
            "code": "ANOMALY_FACTOR_INVALID",
            "path": ["anomalyThresholds", place, "factor"],
            "message": "Укажите число от 1,5 до 10, не больше двух знаков после запятой",
            "minimum": "1.5",
            "maximum": "10",
            "version": None,
        }

    assert answer["data"]["updateMetersPolicy"] == {
        "metersPolicy": None,
        "errors": [error("0"), error("2")],
    }
    assert not await AnomalyThreshold.exists()


async def test_an_old_version_is_a_conflict(organization: Organization, gql: GraphQLClient) -> None:
    editor = await editor_of(organization)
    await update_policy(editor, organization.id, PolicyChange(counts_latest_verification=True))

    answer = await gql(
        UPDATE,
        change(organization, countsLatestVerification=False, expectedVersion=0),
        actor=editor,
    )

    [error] = answer["data"]["updateMetersPolicy"]["errors"]
    assert (error["code"], error["path"], error["version"]) == (
        "VERSION_CONFLICT",
        ["expectedVersion"],
        1,
    )
    assert (await MetersPolicy.get()).counts_latest_verification


async def test_a_list_of_organizations_loads_their_policies_in_one_statement(
    organization: Organization, gql: GraphQLClient, queries: QueryCounter
) -> None:
    reader = await an_employee(organization)
    user = await reader.user
    await an_employee(await an_organization(), user=user)
    with queries.counted() as few:
        await gql(LIST, actor=await actor_of(reader))
    for _ in range(18):
        other = await an_organization()
        employee = await an_employee(other, user=user, permissions=[ORGANIZATION_EDIT.code])
        await update_policy(
            await actor_of(employee),
            other.id,
            PolicyChange(factors=[(ResourceKind.GAS, Decimal(5))]),
        )

    with queries.exactly(len(few)):
        answer = await gql(LIST, actor=await actor_of(reader))

    found = answer["data"]["organizations"]
    assert sorted(each["metersPolicy"]["version"] for each in found) == [0, 0, *[1] * 18]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("a resident", "FORBIDDEN"),
        ("staff without the right", "FORBIDDEN"),
        ("staff of another organization", "NOT_FOUND"),
        ("an integrator of another organization", "NOT_FOUND"),
        ("staff with the right elsewhere", "FORBIDDEN"),
    ],
)
async def test_who_may_not_change_the_policy_changes_nothing(
    organization: Organization, gql: GraphQLClient, events: EmittedEvents, who: str, code: str
) -> None:
    asked = change(organization, countsLatestVerification=True)

    answer = await gql(UPDATE, asked, actor=await _outsider(organization, who))

    [error] = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == (None, code)
    assert not await MetersPolicy.exists()
    assert events == []


async def test_residents_see_no_policy(organization: Organization, gql: GraphQLClient) -> None:
    resident = await _outsider(organization, "a resident")
    stranger = await editor_of(await an_organization())

    assert await shown(gql, organization, resident) == {"metersPolicy": None}
    assert await shown(gql, organization, stranger) is None


async def _outsider(organization: Organization, who: str) -> Actor:
    permissions = [ORGANIZATION_EDIT.code]
    match who:
        case "nobody":
            return ANONYMOUS
        case "a resident":
            premise = await a_premise(building=await a_building(organization=organization))
            return await actor_of(await a_resident_user(organization, premises=[premise]))
        case "staff without the right":
            return await actor_of(await an_employee(organization))
        case "staff of another organization":
            return await editor_of(await an_organization())
        case "an integrator of another organization":
            token = await a_service_token(await an_organization(), permissions=permissions)
            return await actor_of(token)
    here = await an_employee(organization)
    await an_employee(await an_organization(), permissions=permissions, user=await here.user)
    return await actor_of(here)


# What follows it


async def test_the_factor_decides_what_is_asked_and_what_the_form_is_told(
    gql: GraphQLClient,
    db: None,
    frozen_clock: Callable[[str], AbstractContextManager[None]],
) -> None:
    home = await a_home()
    for month, value in (
        ("2026-07", "10"),
        ("2026-08", "14"),
        ("2026-09", "18"),
        ("2026-10", "22"),
    ):
        await a_reading(home.meter, month, value)
    meter = {"id": encode_id("Meter", home.meter.id)}

    async def asked(value: str) -> list[str]:
        answer = await gql(
            SUBMIT, submission(home.premise, values_of(home.meter, value)), actor=home.resident
        )
        return [error["code"] for error in answer["data"]["submitReadings"]["errors"]]

    async def told() -> Any:
        answer = await gql(THRESHOLDS, meter, actor=home.resident)
        return answer["data"]["meter"]["submission"]["confirmationThresholds"]

    editor = await editor_of(home.organization)
    with frozen_clock(NOON):
        before = await told()
        for kind, factor in ((ResourceKind.GAS, 10), (ResourceKind.WATER, 2)):
            change = PolicyChange(factors=[(kind, Decimal(factor))])
            await update_policy(editor, home.organization.id, change)
        after = await told()

        assert (before, after) == (["12"], ["8"])
        assert await asked("30.1") == ["ANOMALY_CONFIRMATION_REQUIRED"]
        assert await asked("30") == []


@pytest.mark.committed
async def test_two_changes_of_one_version_are_not_both_made(
    committed: Callable[[], AbstractAsyncContextManager[object]],
) -> None:
    async with committed():
        organization = await an_organization()
        editor = await editor_of(organization)
        written = asyncio.Event()

        async def second() -> None:
            await written.wait()
            await update_policy(
                editor,
                organization.id,
                PolicyChange(factors=[(ResourceKind.GAS, Decimal(5))]),
                expected_version=0,
            )

        waiting = asyncio.create_task(second())
        async with unit_of_work():
            await update_policy(
                editor,
                organization.id,
                PolicyChange(counts_latest_verification=True),
                expected_version=0,
            )
            written.set()
            await asyncio.sleep(0.3)

        with pytest.raises(VersionConflict):
            await waiting
        assert not await AnomalyThreshold.exists()
