"""Staff who change meters, and the changes as a form sends them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal_meters.testing import Home

INPUTS = {
    "attachMeterDocument": "MeterDocumentInput",
    "removeMeterDocument": "MeterDocumentInput",
}
EDIT: tuple[str, ...] = (PREMISE_EDIT.code, BUILDING_EDIT.code)

Change = Callable[..., Awaitable[dict[str, Any]]]


Somebody = Callable[[str], Awaitable[Actor]]


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """An employee of the home's organization who may change meters of both kinds."""
    return await actor_of(await an_employee(home.organization, permissions=EDIT))


@pytest.fixture
def somebody(home: Home) -> Somebody:
    """``await somebody("neighbour")``: one of those who want to change the home's meters."""

    async def found(who: str) -> Actor:
        if "employee" in who:
            return await _employee(home, who)
        match who:
            case "anonymous":
                return ANONYMOUS
            case "resident":
                return home.resident
            case "neighbour":
                flat = await a_premise(building=home.building)
                return await actor_of(await a_resident_user(home.organization, premises=[flat]))
        assert who == "system"
        return await actor_of(await a_service_token(home.organization, permissions=EDIT))

    return found


async def _employee(home: Home, who: str) -> Actor:
    organization, buildings, permissions = home.organization, [home.building], EDIT
    match who:
        case "employee elsewhere":
            organization = await an_organization()
            buildings = [await a_building(organization=organization)]
        case "employee of another house":
            buildings = [await a_building(organization=organization)]
        case "employee of premises":
            permissions = EDIT[:1]
        case "employee of buildings":
            permissions = EDIT[1:]
        case _:
            assert who == "employee without rights"
            permissions = ()
    return await actor_of(
        await an_employee(organization, permissions=permissions, buildings=buildings)
    )


@pytest.fixture
def change(gql: GraphQLClient) -> Change:
    """``await change("updateMeter", actor, "identifier version", id=…)``: the whole answer."""

    async def sent(
        mutation: str, actor: Actor | None, shown: str = "identifier", **fields: Any
    ) -> dict[str, Any]:
        kind = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
        return await gql(
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input)"
            f" {{ meter {{ {shown} }} errors {{ code path message }} }} }}",
            {"input": fields},
            actor=actor,
        )

    return sent


@pytest.fixture
def changed(change: Change) -> Change:
    """As ``change``, for what is done: the meter as the payload shows it."""

    async def done(mutation: str, *args: Any, **fields: Any) -> dict[str, Any]:
        answer = await change(mutation, *args, **fields)
        payload = answer["data"][mutation]
        assert payload["errors"] == []
        found: dict[str, Any] = payload["meter"]
        return found

    return done


@pytest.fixture
def refused(change: Change) -> Callable[..., Awaitable[list[tuple[str, list[str]]]]]:
    """As ``change``, for what is refused: the codes with their paths."""

    async def kept(mutation: str, *args: Any, **fields: Any) -> list[tuple[str, list[str]]]:
        answer = await change(mutation, *args, **fields)
        payload = answer["data"][mutation]
        assert payload["meter"] is None
        return [(each["code"], each["path"]) for each in payload["errors"]]

    return kept
