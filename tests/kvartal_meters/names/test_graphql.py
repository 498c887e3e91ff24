"""Private names of meters: a resident's own, seen by nobody else."""

import asyncio
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType, get_named_type

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import User
from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.graphql.schema import build_schema
from kvartal.housing.models import Residency
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.host import TestHost
from kvartal.testing.watch import QueryCounter
from kvartal_meters.meters.models import Meter, MeterName
from kvartal_meters.permissions import ALL
from kvartal_meters.testing import Home, a_collective_meter, a_meter

RENAME = """
mutation ($input: RenameMeterInput!) {
  renameMeter(input: $input) {
    meter { identifier displayName }
    errors { code message path limit }
  }
}
"""
NAME = "query ($id: ID!) { meter(id: $id) { displayName } }"
NAMES = "query ($id: ID!) { premise(id: $id) { meters { displayName } } }"
SECRET_NAME = "Ванная тёщи"


async def rename(
    gql: GraphQLClient, actor: Actor, meter: Meter, *name: str | None
) -> dict[str, Any]:
    given = {"meterId": encode_id("Meter", meter.id), **({"name": name[0]} if name else {})}
    return await gql(RENAME, {"input": given}, actor=actor)


async def name(gql: GraphQLClient, actor: Actor, meter: Meter, locale: str = "ru") -> str | None:
    answer = await gql(
        NAME,
        {"id": encode_id("Meter", meter.id)},
        actor=actor,
        headers={"Accept-Language": locale},
    )
    found = answer["data"]["meter"]
    return found and str(found["displayName"])


async def roommate(home: Home) -> Actor:
    return await actor_of(await a_resident_user(home.organization, premises=[home.premise]))


async def test_a_resident_names_a_meter(gql: GraphQLClient, home: Home) -> None:
    answer = await rename(gql, home.resident, home.meter, f"  {SECRET_NAME} ")

    assert answer["data"]["renameMeter"] == {
        "meter": {"identifier": "ХВС-15", "displayName": SECRET_NAME},
        "errors": [],
    }
    assert await name(gql, home.resident, home.meter) == SECRET_NAME
    row = await MeterName.get(meter_id=home.meter.id)
    assert (row.organization_id, row.user_id) == (home.organization.id, home.user.id)  # type: ignore[attr-defined] # made by the links


async def test_the_usual_name_is_that_of_the_resource(gql: GraphQLClient, home: Home) -> None:
    assert await name(gql, home.resident, home.meter) == "Водоснабжение"
    assert await name(gql, home.resident, home.meter, "en") == "Water"


@pytest.mark.parametrize("empty", [(None,), ("",), (" \u200b ",), ()])
async def test_nothing_restores_it(
    gql: GraphQLClient, home: Home, empty: tuple[str | None, ...]
) -> None:
    await rename(gql, home.resident, home.meter, SECRET_NAME)

    for _ in range(2):
        answer = await rename(gql, home.resident, home.meter, *empty)

    assert answer["data"]["renameMeter"]["meter"]["displayName"] == "Водоснабжение"
    assert await MeterName.all().count() == 0


async def test_another_name_takes_the_place_of_the_first(gql: GraphQLClient, home: Home) -> None:
    await rename(gql, home.resident, home.meter, "Кухня")
    await rename(gql, home.resident, home.meter, "Ванная")

    assert await name(gql, home.resident, home.meter) == "Ванная"
    assert await MeterName.all().count() == 1


async def test_a_name_that_is_too_long_is_refused(gql: GraphQLClient, home: Home) -> None:
    answer = await rename(gql, home.resident, home.meter, "а" * 101)

    assert answer["data"]["renameMeter"] == {
        "meter": None,
        "errors": [
            {
                "code": "NAME_TOO_LONG",
                "message": "Слишком длинное название: допустимо не более 100 знаков",
                "path": ["name"],
                "limit": 100,
            }
        ],
    }
    assert await MeterName.all().count() == 0


async def test_who_lives_together_has_names_of_their_own(gql: GraphQLClient, home: Home) -> None:
    other = await roommate(home)

    await rename(gql, home.resident, home.meter, SECRET_NAME)
    assert await name(gql, other, home.meter) == "Водоснабжение"

    await rename(gql, other, home.meter, "Моя кухня")
    assert await name(gql, home.resident, home.meter) == SECRET_NAME
    assert await name(gql, other, home.meter) == "Моя кухня"


async def test_a_houses_meter_may_be_named_too(gql: GraphQLClient, home: Home) -> None:
    house = await a_collective_meter(building=home.building)

    await rename(gql, home.resident, house, "В подвале")

    assert await name(gql, home.resident, house) == "В подвале"


async def test_only_residents_name_and_only_what_they_see(gql: GraphQLClient, home: Home) -> None:
    rights = [each.code for each in ALL]
    neighbour = await a_resident_user(
        home.organization, premises=[await a_premise(building=home.building)]
    )
    elsewhere = await a_premise(building=await a_building())
    foreign = await a_resident_user(await elsewhere.organization, premises=[elsewhere])
    employee = await an_employee(home.organization, permissions=rights)
    token = await a_service_token(home.organization, permissions=rights)

    expected = [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (await actor_of(neighbour), "NOT_FOUND"),
        (await actor_of(foreign), "NOT_FOUND"),
        (await actor_of(employee), "FORBIDDEN"),
        (await actor_of(token), "FORBIDDEN"),
        (await actor_of(await an_employee(await an_organization())), "FORBIDDEN"),
    ]
    for actor, code in expected:
        answer = await rename(gql, actor, home.meter, "Чужое")
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await MeterName.all().count() == 0


async def test_no_such_meter_is_not_found(gql: GraphQLClient, home: Home) -> None:
    answer = await rename(gql, home.resident, Meter(id=uuid4()), "Призрак")
    malformed = await gql(
        RENAME,
        {"input": {"meterId": encode_id("Premise", home.premise.id), "name": "Кухня"}},
        actor=home.resident,
    )

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]
    assert [each["extensions"]["code"] for each in malformed["errors"]] == ["BAD_INPUT"]


async def test_a_meter_that_is_gone_meanwhile_is_not_found(
    gql: GraphQLClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_left(*_: object) -> dict[object, object]:
        return {}

    monkeypatch.setattr("kvartal_meters.names.graphql.meters_by_ids", none_left)

    answer = await rename(gql, home.resident, home.meter, "Кухня")

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_who_moves_out_sees_neither_meter_nor_name(gql: GraphQLClient, home: Home) -> None:
    await rename(gql, home.resident, home.meter, SECRET_NAME)
    await Residency.filter(premise_id=home.premise.id).delete()

    assert await name(gql, home.resident, home.meter) is None
    answer = await rename(gql, home.resident, home.meter, "Ещё раз")
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_a_name_goes_with_its_meter(gql: GraphQLClient, home: Home) -> None:
    await rename(gql, home.resident, home.meter, SECRET_NAME)

    await Meter.filter(id=home.meter.id).delete()

    assert await MeterName.all().count() == 0


def documents(host: TestHost) -> dict[str, str]:
    """By type that has an id, all its fields that need no argument and tell something."""
    schema = build_schema(host.host.registry.plugins)._schema
    found = {}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and "Node" in {i.name for i in kind.interfaces}:
            leaves = [
                field
                for field, definition in kind.fields.items()
                if not hasattr(get_named_type(definition.type), "fields")
            ]
            found[kind.name] = (
                f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind.name}"
                f" {{ {' '.join(leaves)} }} }} }}"
            )
    return found


async def test_staff_never_read_a_name_by_any_field(
    gql: GraphQLClient, home: Home, host: TestHost
) -> None:
    await rename(gql, home.resident, home.meter, SECRET_NAME)
    rights = sorted(host.host.registry.permissions)
    # Even one who is a resident of the premise besides, at work.
    user = await User.get(id=home.user.id)
    staff = [
        await actor_of(await an_employee(home.organization, permissions=rights)),
        await actor_of(await an_employee(home.organization, permissions=rights, user=user)),
        await actor_of(await a_service_token(home.organization, permissions=rights)),
    ]
    things = {"Meter": home.meter, "Premise": home.premise, "Building": home.building}
    asked = documents(host)

    for actor in staff:
        assert await name(gql, actor, home.meter) == "Водоснабжение"
        for kind, thing in things.items():
            answer = await gql(asked[kind], {"id": encode_id(kind, thing.id)}, actor=actor)
            assert "errors" not in answer
            assert SECRET_NAME not in json.dumps(answer, ensure_ascii=False)


async def test_no_other_table_has_the_name(gql: GraphQLClient, home: Home) -> None:
    """Neither an event nor the log of what was done, which staff may read."""
    await rename(gql, home.resident, home.meter, SECRET_NAME)

    tables = await fetch(
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    counts = " UNION ALL ".join(
        f"SELECT '{each['name']}' AS name FROM {each['name']} t"
        f" WHERE to_jsonb(t)::text LIKE '%{SECRET_NAME}%'"
        for each in tables
    )
    assert [each["name"] for each in await fetch(counts)] == ["meters_name"]


async def test_many_meters_cost_what_two_cost(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    async def ask() -> list[str]:
        answer = await gql(
            NAMES, {"id": encode_id("Premise", home.premise.id)}, actor=home.resident
        )
        await asyncio.sleep(0)
        return [each["displayName"] for each in answer["data"]["premise"]["meters"]]

    await rename(gql, home.resident, home.meter, SECRET_NAME)
    await a_meter(premise=home.premise, commissioned_on=date(2026, 1, 1))
    with queries.exactly(3):
        two = await ask()
    for _ in range(18):
        await a_meter(premise=home.premise)
    with queries.exactly(3):
        twenty = await ask()

    assert two.count("Водоснабжение") == 1
    assert (twenty.count(SECRET_NAME), twenty.count("Водоснабжение")) == (1, 19)


async def test_staff_cost_no_statement_for_names(
    gql: GraphQLClient, home: Home, queries: QueryCounter
) -> None:
    employee = await actor_of(await an_employee(home.organization))

    with queries.exactly(1):
        await name(gql, employee, home.meter)
