"""The schema of the plugins that are on: whole, described, guarded; or one sentence why not."""

from enum import Enum
from typing import Any

import pytest
import strawberry

from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.extend import SchemaError, extends
from kvartal.graphql.fields import PUBLIC, SIGNED_IN, query, subscription
from kvartal.graphql.mutation import mutation
from kvartal.graphql.schema import build_schema, print_sdl
from kvartal.host import load_registry
from kvartal.housing.api import Building
from kvartal.plugin import GraphQLPart, Plugin
from kvartal.settings import FIRST_PARTY
from kvartal_photos.graphql import Photo
from kvartal_photos.plugin import plugin as photos


def sdl(*extra: Plugin, chosen: frozenset[str] = FIRST_PARTY) -> str:
    return print_sdl(build_schema(load_registry(chosen, extra).plugins))


def refusal(**parts: Any) -> str:
    garden = Plugin(name="garden", title="Сад", graphql=GraphQLPart(**parts))
    with pytest.raises(SchemaError) as refused:
        sdl(garden, photos)
    return str(refused.value)


def a_query(python_name: str = "trees", description: str = "Trees.", **changed: Any) -> type:
    async def resolver(self: object, info: Info) -> int:
        return 1

    resolver.__name__ = python_name
    field = query(access=SIGNED_IN, description=description, **changed)(resolver)
    return strawberry.type(type("GardenQueries", (), {python_name: field}))


def test_it_is_printed_the_same_however_the_plugins_are_named() -> None:
    assert sdl(chosen=FIRST_PARTY | {"photos"}) == sdl(photos)


def test_the_host_alone_has_a_schema() -> None:
    alone = sdl(chosen=frozenset())

    assert "type Building implements Node" in alone
    assert "Meter" not in alone.replace("parameter", "")


def test_it_ends_with_one_line_feed() -> None:
    assert sdl().endswith("\n")
    assert not sdl().endswith("\n\n")


def test_root_fields_of_two_plugins_that_clash_are_refused() -> None:
    assert refusal(queries=(a_query("photos"),)) == (
        "Query.photos is defined by both garden and photos"
    )


def test_root_fields_clash_by_their_names_in_the_schema() -> None:
    assert refusal(queries=(a_query("pictures", name="photos"),)) == (
        "Query.photos is defined by both garden and photos"
    )


def test_a_root_field_that_does_not_say_who_may_use_it_is_refused() -> None:
    @strawberry.type
    class Open:
        @strawberry.field(description="Trees.")
        async def trees(self, info: Info) -> int:
            return 1

    for root, name in (("queries", "Query"), ("mutations", "Mutation")):
        assert refusal(**{root: (Open,)}) == (
            f"Plugin garden: {name}.trees does not say who may use it"
        )


def test_types_of_one_name_are_refused() -> None:
    @strawberry.type(name="Photo", description="A photo of a tree.")
    class TreePhoto:
        height: int = strawberry.field(description="Height.")

    @strawberry.type
    class Queries:
        @query(access=PUBLIC, description="Trees.")
        async def trees(self, info: Info) -> TreePhoto:
            return TreePhoto(height=1)

    TreePhoto.__module__ = "kvartal_garden.graphql"
    assert Photo.__module__ == "kvartal_photos.graphql"
    assert refusal(queries=(Queries,)) == (
        "Type Photo is defined multiple times in the schema: by garden and by photos"
    )


class Colour(Enum):
    """Described in part by the tests."""

    GREEN = "green"


def undescribed_parts() -> list[tuple[str, dict[str, Any], str]]:
    @strawberry.type
    class Bare:
        height: int = strawberry.field(description="Height.")

    @strawberry.type(description="A tree.")
    class Tree:
        height: int

    @strawberry.input(description="A tree.")
    class TreeInput:
        height: int

    @strawberry.type
    class Queries:
        @query(access=PUBLIC, description="Trees.")
        async def bare(self, info: Info) -> Bare:
            return Bare(height=1)

    @strawberry.type
    class TreeQueries:
        @query(access=PUBLIC, description="Trees.")
        async def tree(self, info: Info) -> Tree:
            return Tree(height=1)

    @strawberry.type
    class ArgumentQueries:
        @query(access=PUBLIC, description="Trees.")
        async def tree(self, info: Info, height: int) -> int:
            return height

    @strawberry.type
    class Mutations:
        @mutation(access=PUBLIC, description="Plant.")
        async def plant(self, info: Info, input: TreeInput) -> None:
            return None

    @extends(Building)
    class BuildingTrees:
        @strawberry.field
        async def trees(self) -> int:
            return 1

    for made in (Bare, Tree, TreeInput):
        made.__module__ = "kvartal_garden.graphql"
    return [
        ("a type", {"queries": (Queries,)}, "Bare"),
        ("a field", {"queries": (TreeQueries,)}, "Tree.height"),
        ("a root field", {"queries": (a_query(description=""),)}, "Query.trees"),
        ("an argument", {"queries": (ArgumentQueries,)}, "Query.tree(height:)"),
        ("an input field", {"mutations": (Mutations,)}, "TreeInput.height"),
        ("an added field", {"extensions": (BuildingTrees,)}, "Building.trees"),
    ]


@pytest.mark.parametrize(("case", "parts", "place"), undescribed_parts())
def test_what_is_not_described_is_refused_with_its_plugin(
    case: str, parts: dict[str, Any], place: str
) -> None:
    assert refusal(**parts) == f"Plugin garden: {place} has no description"


def test_enums_and_their_values_are_described_too() -> None:
    describe_enum(Colour, "A colour.", GREEN="")

    @strawberry.type
    class Queries:
        @query(access=PUBLIC, description="Colours.")
        async def colour(self, info: Info) -> Colour:
            return Colour.GREEN

    Colour.__module__ = "kvartal_garden.graphql"
    assert refusal(queries=(Queries,)) == "Plugin garden: Colour.GREEN has no description"


def test_a_subscription_needs_its_info() -> None:
    with pytest.raises(Exception, match="a root field takes `info: Info`"):

        @subscription(access=PUBLIC, description="Trees.")
        async def trees(self: object) -> Any:
            yield 1
