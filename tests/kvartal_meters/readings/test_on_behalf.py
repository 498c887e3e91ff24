"""Whose reading it is: a resident's own, or the one's on whose behalf staff submit it."""

from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Residency, Resident
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise, a_resident
from kvartal.testing.watch import EmittedEvents
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_home, submission, values_of

NOON = "2026-11-20T12:00+03:00"
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id } errors { code } }
}
"""


async def submit(
    gql: GraphQLClient, home: Home, actor: Actor, value: str, **more: Any
) -> dict[str, Any]:
    form = submission(home.premise, values_of(home.meter, value), **more)
    with clock.frozen(datetime.fromisoformat(NOON)):
        return await gql(SUBMIT_READINGS, form, actor=actor)


async def whose() -> Resident | None:
    reading = await Reading.get(billing_month="2026-11-01")
    found: Resident | None = await reading.resident
    return found


def named(resident: Resident) -> dict[str, str]:
    return {"residentId": encode_id("Resident", resident.id)}


@pytest.fixture
async def tenant(home: Home) -> Resident:
    """The resident of the home."""
    return await Resident.get(user_id=home.user.id)


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee who may submit."""
    return await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))


async def test_a_residents_reading_is_their_own(
    gql: GraphQLClient, home: Home, tenant: Resident
) -> None:
    await submit(gql, home, home.resident, "105")

    assert await whose() == tenant


async def test_in_two_organizations_a_person_is_two_residents(
    gql: GraphQLClient, home: Home, tenant: Resident
) -> None:
    other = await a_home(identifier="другой")
    second = await Resident.create(
        organization=other.organization, user=home.user, full_name="Петров на даче"
    )
    await Residency.create(organization=other.organization, resident=second, premise=other.premise)

    await submit(gql, other, await actor_of(home.user), "5")

    assert await whose() == second


async def test_staff_submit_for_nobody_or_for_a_resident_of_the_premise(
    gql: GraphQLClient, home: Home, clerk: Actor, tenant: Resident
) -> None:
    await submit(gql, home, clerk, "105")
    assert await whose() is None

    await submit(gql, home, clerk, "106", **named(tenant))
    assert await whose() == tenant


async def test_a_correction_by_staff_leaves_it_the_residents(
    gql: GraphQLClient, home: Home, clerk: Actor, tenant: Resident
) -> None:
    await submit(gql, home, home.resident, "105")

    await submit(gql, home, clerk, "104")

    assert await whose() == tenant
    assert (await Reading.get(billing_month="2026-11-01")).author_kind == "EMPLOYEE"


async def test_who_lives_elsewhere_is_not_found(
    gql: GraphQLClient, home: Home, clerk: Actor, events: EmittedEvents
) -> None:
    neighbour = await a_resident(await a_premise(building=home.building))

    answer = await submit(gql, home, clerk, "105", **named(neighbour))

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
    assert (await Reading.all().count(), events) == (1, [])


async def test_a_resident_submits_for_nobody_else(
    gql: GraphQLClient, home: Home, tenant: Resident
) -> None:
    answer = await submit(gql, home, home.resident, "105", **named(tenant))

    assert [(each["extensions"]["code"], each["message"]) for each in answer["errors"]] == [
        ("BAD_INPUT", "Клиента, от имени которого подано показание, указывает сотрудник")
    ]
    assert await Reading.all().count() == 1
