"""A mutation sent twice under one key is done once, whatever happens in between."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch_one
from kvartal.errors import BadInput
from kvartal.graphql import idempotency
from kvartal.graphql.idempotency import body_hash_of
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.tasks.retention import sweep_idempotency_keys
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed

CREATE = """
mutation ($input: CreateBuildingInput!) {
  createBuilding(input: $input) { building { id address } errors { code } }
}
"""
WITHOUT_ERRORS = """
mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { building { id } } }
"""
TOKEN = """
mutation ($input: CreateServiceTokenInput!) {
  createServiceToken(input: $input) { issued { token } errors { code } }
}
"""
SIGN_IN = """
mutation ($input: SignInEmployeeInput!) {
  signInEmployee(input: $input) { session { accessToken } errors { code } }
}
"""
Freeze = Callable[[str | datetime], AbstractContextManager[None]]
PERMISSIONS = ["housing.building.edit", "auth.role.manage"]


async def _employee(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=PERMISSIONS))


def _building(organization: Organization, address: str = "ул. Лесная, 5") -> dict[str, Any]:
    return {
        "input": {"organizationId": encode_id("Organization", organization.id), "address": address}
    }


def _key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def _reason(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    reason: str = error["extensions"]["reason"]
    return reason


async def _keys() -> int:
    row = await fetch_one("SELECT count(*) AS n FROM kvartal_idempotency_key")
    assert row is not None
    found: int = row["n"]
    return found


async def test_a_repeated_mutation_is_answered_again_and_not_done_again(gql: GraphQLClient) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    variables = _building(organization)

    first = await gql(CREATE, variables, actor=actor, headers=_key("a"))
    second = await gql(CREATE, variables, actor=actor, headers=_key("a"))
    another = await gql(CREATE, variables, actor=actor, headers=_key("b"))

    assert first["data"]["createBuilding"]["errors"] == []
    assert second == first
    assert another != first
    assert await Building.filter(organization=organization).count() == 2


async def test_without_a_key_nothing_is_kept(gql: GraphQLClient) -> None:
    organization = await an_organization()
    actor = await _employee(organization)

    await gql(CREATE, _building(organization), actor=actor)

    assert await _keys() == 0


@pytest.mark.parametrize(
    ("case", "query", "address"),
    [("variables", CREATE, "ул. Лесная, 6"), ("a document", WITHOUT_ERRORS, "ул. Лесная, 5")],
)
async def test_a_key_is_for_one_body(
    gql: GraphQLClient, case: str, query: str, address: str
) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    await gql(CREATE, _building(organization), actor=actor, headers=_key("a"))

    answer = await gql(query, _building(organization, address), actor=actor, headers=_key("a"))

    assert "data" not in answer, case
    assert _reason(answer) == "IDEMPOTENCY_KEY_REUSED"
    assert await Building.filter(organization=organization).count() == 1


async def test_a_key_is_its_actors_own(gql: GraphQLClient) -> None:
    organization = await an_organization()
    one, two = await _employee(organization), await _employee(organization)
    variables = _building(organization)

    first = await gql(CREATE, variables, actor=one, headers=_key("a"))
    second = await gql(CREATE, variables, actor=two, headers=_key("a"))

    assert first != second
    assert await Building.filter(organization=organization).count() == 2


@pytest.mark.parametrize("query", [CREATE, WITHOUT_ERRORS])
async def test_a_refused_mutation_is_judged_anew(gql: GraphQLClient, query: str) -> None:
    organization = await an_organization()
    actor = await _employee(organization)

    refused = await gql(query, _building(organization, " "), actor=actor, headers=_key("a"))
    kept = await _keys()
    done = await gql(query, _building(organization), actor=actor, headers=_key("a"))

    assert refused["data"]["createBuilding"]["building"] is None
    assert kept == 0
    assert done["data"]["createBuilding"]["building"] is not None
    assert await _keys() == 1


async def test_a_forbidden_mutation_takes_no_key(gql: GraphQLClient) -> None:
    organization = await an_organization()
    actor = await actor_of(await an_employee(organization))

    answer = await gql(CREATE, _building(organization), actor=actor, headers=_key("a"))

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await _keys() == 0


async def test_after_a_day_a_key_is_free(gql: GraphQLClient, frozen_clock: Freeze) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    variables = _building(organization)

    with frozen_clock("2026-11-24T12:00+03:00"):
        first = await gql(CREATE, variables, actor=actor, headers=_key("a"))
    with frozen_clock("2026-11-25T11:59+03:00"):
        within = await gql(CREATE, variables, actor=actor, headers=_key("a"))
    with frozen_clock("2026-11-25T12:01+03:00"):
        after = await gql(CREATE, variables, actor=actor, headers=_key("a"))
        again = await gql(CREATE, variables, actor=actor, headers=_key("a"))

    assert within == first
    assert after != first
    assert again == after


async def test_the_sweep_takes_what_is_a_day_old(gql: GraphQLClient, frozen_clock: Freeze) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    with frozen_clock("2026-11-24T12:00+03:00"):
        await gql(CREATE, _building(organization), actor=actor, headers=_key("a"))
    with frozen_clock("2026-11-25T11:00+03:00"):
        await gql(CREATE, _building(organization), actor=actor, headers=_key("b"))

    with frozen_clock("2026-11-25T12:30+03:00"):
        await sweep_idempotency_keys()

    assert await _keys() == 1


async def test_a_secret_is_not_kept_nor_made_twice(gql: GraphQLClient) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    variables = {
        "input": {
            "organizationId": encode_id("Organization", organization.id),
            "title": "Биллинг",
            "permissions": ["housing.building.edit"],
        }
    }

    first = await gql(TOKEN, variables, actor=actor, headers=_key("a"))
    second = await gql(TOKEN, variables, actor=actor, headers=_key("a"))

    assert first["data"]["createServiceToken"]["errors"] == []
    assert _reason(second) == "IDEMPOTENCY_ANSWER_SECRET"
    kept = await fetch_one("SELECT answer FROM kvartal_idempotency_key")
    assert kept is not None
    assert kept["answer"] is None
    tokens = await fetch_one("SELECT count(*) AS n FROM kvartal_service_token")
    assert tokens is not None
    assert tokens["n"] == 1


@pytest.mark.parametrize("signed_in", [False, True])
async def test_signing_in_takes_no_key(gql: GraphQLClient, signed_in: bool) -> None:
    actor = await _employee(await an_organization()) if signed_in else None
    variables = {
        "input": {"email": "a@example.org", "password": "no password of theirs", "channel": "CRM"}
    }

    answer = await gql(SIGN_IN, variables, actor=actor, headers=_key("a"))

    assert answer["data"]["signInEmployee"]["session"] is None
    assert await _keys() == 0


async def test_one_key_is_for_one_mutation_field(gql: GraphQLClient) -> None:
    organization = await an_organization()
    actor = await _employee(organization)
    twice = """
    mutation ($input: CreateBuildingInput!) {
      createBuilding(input: $input) { __typename }
      ... on Mutation { ...Again ...Again }
    }
    fragment Again on Mutation { again: createBuilding(input: $input) { __typename } }
    """

    answer = await gql(twice, _building(organization), actor=actor, headers=_key("a"))

    assert _reason(answer) == "IDEMPOTENCY_ONE_MUTATION"
    assert await Building.filter(organization=organization).count() == 0


async def test_a_query_and_a_typename_mind_no_key(gql: GraphQLClient) -> None:
    actor = await _employee(await an_organization())

    query = await gql("{ __typename }", actor=actor, headers=_key("a"))
    mutation = await gql("mutation { __typename }", actor=actor, headers=_key("b"))

    assert query == {"data": {"__typename": "Query"}}
    assert mutation == {"data": {"__typename": "Mutation"}}


@pytest.mark.committed
async def test_duplicates_that_come_at_once_get_one_answer(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        organization = await an_organization()
        actor = await _employee(organization)

        answers = await asyncio.gather(
            *(
                own.client(CREATE, _building(organization), actor=actor, headers=_key("a"))
                for _ in range(6)
            )
        )

        assert answers[0]["data"]["createBuilding"]["errors"] == []
        assert all(answer == answers[0] for answer in answers)
        assert await Building.filter(organization=organization).count() == 1


@pytest.mark.committed
async def test_a_duplicate_of_what_failed_is_tried_itself(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with committed() as own:
        organization = await an_organization()
        actor = await _employee(organization)
        keep, failures = idempotency._keep, [OSError("the disk is full")]

        async def failing(*args: Any) -> None:
            if failures:
                raise failures.pop()
            await keep(*args)

        monkeypatch.setattr(idempotency, "_keep", failing)
        first = await own.client(CREATE, _building(organization), actor=actor, headers=_key("a"))
        lost = await Building.filter(organization=organization).count()
        second = await own.client(CREATE, _building(organization), actor=actor, headers=_key("a"))

        assert first["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert lost == 0
        assert second["data"]["createBuilding"]["errors"] == []
        assert await Building.filter(organization=organization).count() == 1


def test_the_order_of_variables_means_nothing() -> None:
    one = body_hash_of("{ a }", None, {"a": 1, "b": {"c": 2, "d": 3}})

    assert one == body_hash_of("{ a }", None, {"b": {"d": 3, "c": 2}, "a": 1})
    assert one != body_hash_of("{ a }", "A", {"a": 1, "b": {"c": 2, "d": 3}})


def test_a_file_is_known_by_its_content() -> None:
    class File:
        def __init__(self, digest: str) -> None:
            self.sha256 = digest

    assert body_hash_of("", None, {"f": File("a")}) != body_hash_of("", None, {"f": File("b")})
    assert body_hash_of("", None, {"f": File("a")}) == body_hash_of("", None, {"f": File("a")})


def test_what_has_no_hash_cannot_be_repeated() -> None:
    with pytest.raises(TypeError) as refused:
        body_hash_of("", None, {"f": uuid4})

    assert isinstance(refused.value.__cause__, BadInput)
