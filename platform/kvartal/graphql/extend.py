"""``@extends``: a plugin adds fields to a type that another plugin owns."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

import strawberry
from kvartal.errors import KvartalError

__all__ = ["Extensions", "extends"]

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
        extension.__kvartal_extends__ = target
        return extension

    return decorate


class Extensions:
    """The added fields of one schema, by the type that gains them."""

    def __init__(self, classes: Iterable[tuple[str, type]]) -> None:
        self._fields: dict[type, list[StrawberryField]] = {}
        owners: dict[tuple[type, str], str] = {}
        for plugin, cls in classes:
            target = getattr(cls, "__kvartal_extends__", None)
            if target is None:
                raise SchemaError(f"{plugin}: {cls.__qualname__} lacks @extends")
            own = {field.python_name for field in _definition(target).fields}
            for field in _definition(cls).fields:
                name = field.python_name
                if name in own or (target, name) in owners:
                    first = owners.get((target, name), "its owner")
                    raise SchemaError(
                        f"{target.__name__}.{name} is defined by both {first} and {plugin}"
                    )
                owners[target, name] = plugin
                self._fields.setdefault(target, []).append(field)

    def of(self, definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields that plugins add to this type."""
        return self._fields.get(definition.origin, [])


def _definition(cls: type) -> StrawberryObjectDefinition:
    definition = get_object_definition(cls, strict=True)
    assert definition is not None
    return definition
