"""Values that nobody expects, in every argument of every root field: refused, never INTERNAL."""

import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.graphql.schema import build_schema
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import TestHost, rolled_back
from kvartal_meters.testing import a_home, a_reading

operations = runpy.run_path(str(Path(__file__).with_name("operations.py")))["operations"]

Strategy: TypeAlias = st.SearchStrategy[Any]

TEXTS = st.sampled_from(
    [
        "",
        " ",
        "а",
        "ул. Лесная, 5",
        "'; DROP TABLE kvartal_user; --",
        "%_\\",
        "\u202e\ufeff\u0301",
        "👩‍👩‍👧" * 50,
        "x" * 5_000,
        "Europe/Moscow",
        "+79001234567",
        "a@example.org",
        "\t\r\n",
        "\x7f\x1b[0m",
        "\ud7ff\uffff",
    ]
) | st.text(max_size=20)
NUMBERS = st.sampled_from([-(2**31), -1, 0, 1, 2, 12, 50, 500, 501, 2**31 - 1])
SCALARS: dict[str, Strategy] = {
    "String": TEXTS,
    "Int": NUMBERS,
    "Float": st.floats(allow_nan=False, allow_infinity=False),
    "Boolean": st.booleans(),
    "Date": st.sampled_from(["2026-11-24", "2026-10-31", "0001-01-01", "9999-12-31", "2026-02-30"]),
    "DateTime": st.sampled_from(
        [
            "2026-11-24T12:00:00+03:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
        ]
    ),
    "Decimal": st.sampled_from(["0", "-1", "11", "12,5", "999999999999.9999", "0.0001", "-0"]),
    "YearMonth": st.sampled_from(["2026-11", "2026-10", "0001-01", "9999-12", "2026-13"]),
    "UUID": st.uuids().map(str),
    "Upload": st.none(),
}


def _ids(known: Mapping[str, str]) -> Strategy:
    others = st.sampled_from(["", "nonsense", "====", "é" * 5, encode_id("Ghost", UUID(int=1))])
    return st.sampled_from(sorted(known.values())) | others


def _value(kind: GraphQLInputType, name: str, known: Mapping[str, str]) -> Strategy:
    if is_non_null_type(kind):
        assert isinstance(kind, GraphQLNonNull)
        return _present(kind.of_type, name, known)
    return st.none() | _present(kind, name, known)


def _present(kind: Any, name: str, known: Mapping[str, str]) -> Strategy:
    if is_list_type(kind):
        assert isinstance(kind, GraphQLList)
        return st.lists(_value(kind.of_type, name.removesuffix("s"), known), max_size=3)
    if is_input_object_type(kind):
        return _object(kind, known)
    if is_enum_type(kind):
        return st.sampled_from(sorted(kind.values))
    if kind.name == "ID":
        fitting = known.get(name.removesuffix("Id").removesuffix("Ids").lower())
        return (st.just(fitting) | _ids(known)) if fitting else _ids(known)
    return SCALARS[kind.name]


def _object(kind: GraphQLInputObjectType, known: Mapping[str, str]) -> Strategy:
    fields = {name: _value(each.type, name, known) for name, each in kind.fields.items()}
    if kind.is_one_of:
        choices = [
            st.fixed_dictionaries({name: _present(each.type, name, known)})
            for name, each in kind.fields.items()
        ]
        return st.one_of(choices)
    required = {n: s for n, s in fields.items() if is_required_input_field(kind.fields[n])}
    optional = {n: s for n, s in fields.items() if n not in required}
    return st.fixed_dictionaries(required, optional=optional)


@dataclass(frozen=True, slots=True)
class Estate:
    """Ids by the names of arguments, who asks, and the root fields to be asked."""

    ids: Mapping[str, str]
    actors: list[Actor]
    fields: list[tuple[str, Mapping[str, GraphQLArgument]]]


@pytest.fixture
async def estate(host: TestHost, db: None) -> Estate:
    """A small estate; all examples of a test work on it."""
    home = await a_home()
    reading = await a_reading(home.meter, "2026-10", "10")
    employee = await an_employee(home.organization, permissions=host.host.registry.permissions)
    schema = build_schema(host.host.registry.plugins)._schema
    return Estate(
        {
            "organization": encode_id("Organization", home.organization.id),
            "building": encode_id("Building", home.building.id),
            "premise": encode_id("Premise", home.premise.id),
            "account": encode_id("Account", home.account.id),
            "meter": encode_id("Meter", home.meter.id),
            "reading": encode_id("Reading", reading.id),
        },
        [await actor_of(employee), home.resident],
        _fields(schema),
    )


def _fields(schema: GraphQLSchema) -> list[tuple[str, Mapping[str, GraphQLArgument]]]:
    """The operation and the arguments of every field of Query and Mutation that takes some."""
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    fields = [field for root in roots for field in root.fields.values()]
    texts = list(operations(schema))[: len(fields)]
    return [(text, field.args) for text, field in zip(texts, fields, strict=True) if field.args]


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_value_is_our_fault(
    gql: GraphQLClient, estate: Estate, data: st.DataObject
) -> None:
    text, arguments = data.draw(st.sampled_from(estate.fields))
    values = {name: _value(each.type, name, estate.ids) for name, each in arguments.items()}
    required = {name for name, each in arguments.items() if is_required_argument(each)}
    variables = data.draw(
        st.fixed_dictionaries(
            {name: each for name, each in values.items() if name in required},
            optional={name: each for name, each in values.items() if name not in required},
        )
    )
    actor = data.draw(st.sampled_from(estate.actors))

    async with rolled_back():
        answer = await gql(text, variables, actor=actor)

    assert "data" in answer or "errors" in answer
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert "INTERNAL" not in codes
