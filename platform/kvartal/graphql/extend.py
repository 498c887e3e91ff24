"""``@extends``: a plugin adds fields to a type that another plugin owns."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import strawberry
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from kvartal.errors import KvartalError

__all__ = ["Extensions", "SchemaError", "extends", "field_name"]

TARGET = "__kvartal_extends__"

C = TypeVar("C", bound=type)


class SchemaError(KvartalError):
    """The schema cannot be built; the text names the plugins at fault."""


def extends(target: type) -> Callable[[C], C]:
    """Mark a class whose fields are added to the output type ``target``.

    Resolvers take ``parent: strawberry.Parent[Target]``; the owner never learns of the extender.
    """
    definition = get_object_definition(target)
    if definition is None or definition.is_input:
        raise SchemaError(f"{target.__qualname__} is not an output type and cannot be extended")

    def decorate(cls: C) -> C:
        extension = strawberry.type(cls)
        setattr(extension, TARGET, target)
        return extension

    return decorate


class Extensions:
    """The added fields of one schema, by the type that gains them."""

    def __init__(self, classes: Iterable[tuple[str, type]]) -> None:
        self._fields: dict[type, list[StrawberryField]] = {}
        self._owners: dict[tuple[str, str], str] = {}
        for plugin, cls in classes:
            self._add(plugin, cls)

    def of(self, definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields that plugins add to this type."""
        return self._fields.get(definition.origin, [])

    def owner(self, type_name: str, field: str) -> str | None:
        """The plugin that adds this field; None if it is the type's own."""
        return self._owners.get((type_name, field))

    def _add(self, plugin: str, cls: type) -> None:
        target = getattr(cls, TARGET, None)
        if target is None:
            raise SchemaError(f"Plugin {plugin}: {cls.__qualname__} lacks @extends")
        definition = definition_of(target)
        own = {field_name(field): "its owner" for field in definition.fields}
        for field in definition_of(cls).fields:
            name = field_name(field)
            first = self.owner(definition.name, name) or own.get(name)
            if first is not None:
                raise SchemaError(
                    f"{definition.name}.{name} is defined by both {first} and {plugin}"
                )
            if field.base_resolver is None:
                raise SchemaError(f"Plugin {plugin}: {definition.name}.{name} has no resolver")
            self._owners[definition.name, name] = plugin
            self._fields.setdefault(target, []).append(field)


def definition_of(cls: type) -> StrawberryObjectDefinition:
    """Strawberry's definition of a type; an error if it is none."""
    definition = get_object_definition(cls, strict=True)
    assert definition is not None
    return definition


def field_name(field: StrawberryField) -> str:
    """A field's name in the schema."""
    return field.graphql_name or to_camel_case(field.python_name)
