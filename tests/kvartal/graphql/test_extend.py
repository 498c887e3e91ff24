"""``@extends``: fields that a plugin adds to a type of another."""

from collections.abc import Callable

import pytest
import strawberry

from kvartal.graphql.extend import Extensions, SchemaError, extends
from kvartal.graphql.schema import build_schema
from kvartal.host import load_registry
from kvartal.housing.api import Building
from kvartal.plugin import GraphQLPart, Plugin
from kvartal_photos.plugin import plugin as photos


def an_extension(name: str = "trees", *, graphql_name: str | None = None) -> type:
    async def resolver(self: object) -> int:
        return 1

    resolver.__name__ = name
    field = strawberry.field(resolver=resolver, description="Trees.", name=graphql_name)
    return extends(Building)(type("BuildingTrees", (), {name: field}))


def refusal(make: Callable[[], object]) -> str:
    with pytest.raises(SchemaError) as refused:
        make()
    return str(refused.value)


def test_the_owner_of_an_added_field_is_known() -> None:
    extensions = Extensions([("garden", an_extension())])

    assert extensions.owner("Building", "trees") == "garden"
    assert extensions.owner("Building", "address") is None


def test_two_plugins_with_one_field_are_both_named() -> None:
    pair = [("garden", an_extension()), ("forest", an_extension())]

    assert refusal(lambda: Extensions(pair)) == (
        "Building.trees is defined by both garden and forest"
    )


def test_fields_clash_by_their_names_in_the_schema() -> None:
    pair = [("garden", an_extension()), ("forest", an_extension("wood", graphql_name="trees"))]

    assert refusal(lambda: Extensions(pair)) == (
        "Building.trees is defined by both garden and forest"
    )


def test_a_field_of_the_type_itself_is_its_owners() -> None:
    assert refusal(lambda: Extensions([("garden", an_extension("address"))])) == (
        "Building.address is defined by both its owner and garden"
    )


def test_a_class_that_extends_nothing_is_refused() -> None:
    @strawberry.type
    class BuildingTrees:
        trees: int

    assert refusal(lambda: Extensions([("garden", BuildingTrees)])).startswith("Plugin garden: ")


def test_an_added_field_without_a_resolver_is_refused() -> None:
    @extends(Building)
    class BuildingTrees:
        trees: int

    assert refusal(lambda: Extensions([("garden", BuildingTrees)])) == (
        "Plugin garden: Building.trees has no resolver"
    )


def test_only_output_types_are_extended() -> None:
    @strawberry.input
    class TreeInput:
        height: int

    for target in (TreeInput, int):
        assert refusal(lambda target=target: extends(target)).endswith(  # type: ignore[misc]
            "is not an output type and cannot be extended"
        )


def test_the_plugins_of_a_schema_that_clash_are_named() -> None:
    rival = Plugin(
        name="garden",
        title="Сад",
        graphql=GraphQLPart(extensions=(an_extension("photos"),)),
    )
    plugins = load_registry(["meters"], [rival, photos]).plugins

    assert refusal(lambda: build_schema(plugins)) == (
        "Building.photos is defined by both garden and photos"
    )
