"""The people of the scenarios, and the forms that they send."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Premise
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal_meters.permissions import ALL
from kvartal_meters.testing import Home, submission

NOON = "2026-11-20T12:00+03:00"
EVERYTHING: tuple[str, ...] = (*(each.code for each in ALL), BUILDING_EDIT.code, PREMISE_EDIT.code)
SUBMIT = """
mutation ($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { id billingMonth takenOn consumption channel version values { number value } }
    errors { code path expected given opensOn }
  }
}
"""
ROWS = """
rows { outcome id errors { code path } warnings { code path } }
"""
REGISTER = {
    "meters": f"""
mutation ($input: RegisterMetersInput!) {{
  registerMeters(input: $input) {{ registration {{ {ROWS} }} errors {{ code }} }}
}}
""",
    "readings": f"""
mutation ($input: RegisterReadingsInput!) {{
  registerReadings(input: $input) {{ registration {{ {ROWS} }} errors {{ code }} }}
}}
""",
}

Submit = Callable[..., Awaitable[dict[str, Any]]]
Register = Callable[..., Awaitable[list[dict[str, Any]]]]


def key(kind: str, row: Any) -> str:
    """The id of a row as the API writes it."""
    return encode_id(kind, row.id)


def faults(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The codes of a payload's errors, with their paths."""
    return [(each["code"], each["path"]) for each in payload["errors"]]


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows of a bulk call: the outcome, then codes with their paths in the row."""
    return [
        (
            row["outcome"],
            *((each["code"], *each["path"][2:]) for each in (*row["errors"], *row["warnings"])),
        )
        for row in rows
    ]


@pytest.fixture
async def chief(home: Home) -> Actor:
    """An employee of the home's organization with every right."""
    return await actor_of(await an_employee(home.organization, permissions=EVERYTHING))


@pytest.fixture
async def system(home: Home) -> Actor:
    """Another system of the home's organization with every right."""
    return await actor_of(await a_service_token(home.organization, permissions=EVERYTHING))


@pytest.fixture
def submit(gql: GraphQLClient, home: Home) -> Submit:
    """``await submit(values_of(…), at=…)``: the payload, for the home's resident by default."""

    async def sent(
        *readings: dict[str, Any],
        actor: Actor | None = None,
        at: str = NOON,
        premise: Premise | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        with clock.frozen(datetime.fromisoformat(at)):
            answer = await gql(
                SUBMIT,
                submission(premise or home.premise, *readings, **more),
                actor=actor or home.resident,
            )
        payload: dict[str, Any] = answer["data"]["submitReadings"]
        return payload

    return sent


@pytest.fixture
def register(gql: GraphQLClient, home: Home, system: Actor) -> Register:
    """``await register("readings", {…}, …)``: what has become of each row."""

    async def sent(
        kind: str, *rows: dict[str, Any], actor: Actor | None = None, at: str = NOON, **more: Any
    ) -> list[dict[str, Any]]:
        given = {"organizationId": key("Organization", home.organization), kind: list(rows), **more}
        with clock.frozen(datetime.fromisoformat(at)):
            answer = await gql(REGISTER[kind], {"input": given}, actor=actor or system)
        payload = answer["data"][f"register{kind.title()}"]
        assert payload["errors"] == []
        found: list[dict[str, Any]] = payload["registration"]["rows"]
        return found

    return sent
