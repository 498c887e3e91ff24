"""Building the schema from the plugins that are on, and printing it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from kvartal.graphql.extend import Extensions, SchemaError
from kvartal.graphql.scalars import SCALAR_MAP

if TYPE_CHECKING:
    from kvartal.registry import LoadedPlugin

__all__ = ["Schema", "build_schema", "print_sdl"]


class Schema(strawberry.Schema):
    """Strawberry's schema with the plugins' fields added to each other's types."""

    def __init__(self, extensions: Extensions, **kwargs: Any) -> None:
        self._plugin_fields = extensions
        super().__init__(**kwargs)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The type's own fields, then those that plugins add."""
        return [*type_definition.fields, *self._plugin_fields.of(type_definition)]


def build_schema(plugins: Sequence["LoadedPlugin"]) -> Schema:
    """One schema from all plugins; SchemaError names the plugins that clash."""
    parts = [(plugin.name, part) for plugin in plugins for part in plugin.graphql]
    return Schema(
        extensions=Extensions((name, cls) for name, part in parts for cls in part.extensions),
        query=_root("Query", "What can be read.", [(n, c) for n, p in parts for c in p.queries]),
        mutation=_root(
            "Mutation", "What can be changed.", [(n, c) for n, p in parts for c in p.mutations]
        ),
        subscription=_root(
            "Subscription", "What can be watched.", [(n, c) for n, p in parts for c in p.subscriptions]
        ),
        types=[
            *(kind.type for _, part in parts for kind in part.nodes),
            *(kind.type for plugin in plugins for kind in plugin.plugin.widgets),
        ],
        # Strawberry's own sort_schema copies the types, after which no union knows its members.
        config=StrawberryConfig(scalar_map=SCALAR_MAP, disable_field_suggestions=True),
    )


def print_sdl(schema: Schema) -> str:
    """The schema in GraphQL's own language, as committed in schema.graphql."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"


def _root(name: str, description: str, classes: Iterable[tuple[str, type]]) -> type | None:
    owners: dict[str, str] = {}
    bases = []
    for plugin, cls in classes:
        definition = get_object_definition(cls, strict=True)
        assert definition is not None
        for field in definition.fields:
            if field.python_name in owners:
                first = owners[field.python_name]
                raise SchemaError(
                    f"{name}.{field.python_name} is defined by both {first} and {plugin}"
                )
            owners[field.python_name] = plugin
        bases.append(cls)
    if not bases:
        return None
    root: type = strawberry.type(type(name, tuple(bases), {}), name=name, description=description)
    return root
