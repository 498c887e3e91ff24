"""Closed sets in the schema: a plain enum becomes GraphQL's, with a description of each value."""

from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from kvartal.errors import KvartalError

__all__ = ["describe_enum"]


def describe_enum(cls: type[Enum], description: str, **values: str) -> None:
    """Say in English what a closed set and each of its members mean in the schema."""
    # A type that was declared earlier may have brought the enum in by itself.
    if not has_enum_definition(cls):
        strawberry.enum(cls)
    definition: StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined] # set by Strawberry
    if {value.name for value in definition.values} != values.keys():
        raise KvartalError(f"{cls.__qualname__}: describe each of its values, and no other")
    definition.description = description
    for value in definition.values:
        value.description = values[value.name]
