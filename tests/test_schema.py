"""The schema of the first-party plugins as a whole."""

from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLSchema
from graphql import build_schema as parse_sdl

from kvartal.graphql.extend import definition_of
from kvartal.graphql.fields import PUBLIC, Access, access_of
from kvartal.graphql.schema import build_schema, print_sdl, undescribed
from kvartal.host import load_registry
from kvartal.plugin import Permission
from kvartal.registry import Registry
from kvartal.settings import FIRST_PARTY

FILE = Path(__file__).parents[1] / "schema.graphql"
SIGNING_IN = {
    "refresh_session",
    "request_password_reset",
    "request_sign_in_code",
    "reset_password",
    "sign_in_employee",
    "sign_in_resident",
    "viewer",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(FIRST_PARTY)


@pytest.fixture(scope="module")
def sdl(registry: Registry) -> str:
    return print_sdl(build_schema(registry.plugins))


@pytest.fixture(scope="module")
def schema(sdl: str) -> GraphQLSchema:
    return parse_sdl(sdl)


@pytest.fixture(scope="module")
def access(registry: Registry) -> dict[str, Access | None]:
    """Who may use each root field."""
    return {
        field.python_name: access_of(field.metadata)
        for each in registry.plugins
        for part in each.graphql
        for cls in (*part.queries, *part.mutations, *part.subscriptions)
        for field in definition_of(cls).fields
    }


def test_the_file_is_what_the_code_prints(sdl: str) -> None:
    assert FILE.read_text(encoding="utf-8") == sdl, "kvartal schema --write"


def test_everything_is_described(schema: GraphQLSchema) -> None:
    assert list(undescribed(schema)) == []


def test_descriptions_are_sentences(schema: GraphQLSchema) -> None:
    said = [
        (name, kind.description)
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and kind.description
    ]

    assert [name for name, text in said if not text.rstrip(")»`").endswith((".", "…"))] == []


def test_every_root_field_says_who_may_use_it(access: dict[str, Access | None]) -> None:
    assert len(access) > 20
    assert [name for name, rule in access.items() if rule is None] == []


def test_nobody_but_who_signs_in_may_do_without_signing_in(
    access: dict[str, Access | None],
) -> None:
    assert {name for name, rule in access.items() if rule is PUBLIC} == SIGNING_IN


def test_a_permission_that_is_asked_for_is_declared(
    access: dict[str, Access | None], registry: Registry
) -> None:
    asked = {rule for rule in access.values() if isinstance(rule, Permission)}

    assert asked
    assert asked <= set(registry.permissions.values())


def test_every_mutation_takes_one_input_and_answers_with_its_errors(
    schema: GraphQLSchema,
) -> None:
    assert schema.mutation_type
    for name, field in schema.mutation_type.fields.items():
        payload = named(field.type)
        assert set(field.args) <= {"input"}, name
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
        assert named(payload.fields["errors"].type).name.endswith("Error"), name


def named(kind: object) -> GraphQLObjectType:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    assert isinstance(kind, GraphQLObjectType)
    return kind
