"""Building the schema from the plugins that are on, and printing it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    print_schema,
)
from strawberry.exceptions import DuplicatedTypeName
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from kvartal.graphql.completion import CompiledExecutor
from kvartal.graphql.extend import Extensions, SchemaError, definition_of, field_name
from kvartal.graphql.fields import access_of
from kvartal.graphql.scalars import SCALAR_MAP

if TYPE_CHECKING:
    from kvartal.registry import LoadedPlugin

__all__ = ["Schema", "build_schema", "print_sdl", "undescribed"]


class Schema(strawberry.Schema):
    """Strawberry's schema with the plugins' fields added to each other's types."""

    def __init__(self, extensions: Extensions, **kwargs: Any) -> None:
        self._plugin_fields = extensions
        super().__init__(**kwargs)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The type's own fields, then those that plugins add."""
        return [*type_definition.fields, *self._plugin_fields.of(type_definition)]


def build_schema(plugins: Sequence["LoadedPlugin"]) -> Schema:
    """One schema from all plugins; SchemaError names the plugin at fault, or those that clash."""
    parts = [(plugin.name, part) for plugin in plugins for part in plugin.graphql]
    roots = {
        "Query": [(name, cls) for name, part in parts for cls in part.queries],
        "Mutation": [(name, cls) for name, part in parts for cls in part.mutations],
        "Subscription": [(name, cls) for name, part in parts for cls in part.subscriptions],
    }
    extensions = Extensions((name, cls) for name, part in parts for cls in part.extensions)
    try:
        schema = Schema(
            extensions=extensions,
            query=_root("Query", "What can be read.", roots["Query"]),
            mutation=_root("Mutation", "What can be changed.", roots["Mutation"]),
            subscription=_root("Subscription", "What can be watched.", roots["Subscription"]),
            types=[
                *(kind.type for _, part in parts for kind in part.nodes),
                *(kind.type for plugin in plugins for kind in plugin.plugin.widgets),
            ],
            # Strawberry's own sort_schema copies the types: then no union knows its members.
            config=StrawberryConfig(scalar_map=SCALAR_MAP, disable_field_suggestions=True),
            execution_context_class=CompiledExecutor,
        )
    except DuplicatedTypeName as error:
        first, second = (_plugin_of(cls) for cls in (error.first_cls, error.second_cls))
        raise SchemaError(f"{error.message}: by {first} and by {second}") from error
    for type_name, place in undescribed(schema._schema):
        owner = _owner(schema, extensions, roots, type_name, place)
        raise SchemaError(f"Plugin {owner}: {place or type_name} has no description")
    return schema


def print_sdl(schema: Schema) -> str:
    """The schema in GraphQL's own language, as committed in schema.graphql."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"


def undescribed(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """What lacks a description: a type's name, and the place in it (empty: the type itself)."""
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            yield name, ""
        yield from ((name, place) for place in _undescribed_places(kind))


def _undescribed_places(kind: GraphQLNamedType) -> Iterator[str]:
    for name, field in getattr(kind, "fields", {}).items():
        if not field.description:
            yield f"{kind.name}.{name}"
        for argument, described in getattr(field, "args", {}).items():
            if not described.description:
                yield f"{kind.name}.{name}({argument}:)"
    if isinstance(kind, GraphQLEnumType):
        yield from (f"{kind.name}.{name}" for name, v in kind.values.items() if not v.description)


def _owner(
    schema: Schema,
    extensions: Extensions,
    roots: dict[str, list[tuple[str, type]]],
    type_name: str,
    place: str,
) -> str:
    field = place.removeprefix(f"{type_name}.").partition("(")[0]
    for plugin, cls in roots.get(type_name, []):
        if field in {field_name(each) for each in definition_of(cls).fields}:
            return plugin
    definition = schema.get_type_by_name(type_name)
    origin = getattr(definition, "origin", getattr(definition, "wrapped_cls", None))
    return extensions.owner(type_name, field) or _plugin_of(origin)


def _plugin_of(cls: object) -> str:
    package = str(getattr(cls, "__module__", "kvartal")).split(".")[0]
    return package.removeprefix("kvartal_")


def _root(name: str, description: str, classes: Iterable[tuple[str, type]]) -> type | None:
    owners: dict[str, str] = {}
    bases = []
    for plugin, cls in classes:
        for field in definition_of(cls).fields:
            place = f"{name}.{field_name(field)}"
            if place in owners:
                raise SchemaError(f"{place} is defined by both {owners[place]} and {plugin}")
            if access_of(field.metadata) is None:
                raise SchemaError(f"Plugin {plugin}: {place} does not say who may use it")
            owners[place] = plugin
        bases.append(cls)
    if not bases:
        return None
    root: type = strawberry.type(type(name, tuple(bases), {}), name=name, description=description)
    return root
