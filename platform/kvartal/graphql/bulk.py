"""Bulk calls in the schema: rows, their outcomes, and the reasons for rejecting one."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.types.arguments import InputContext
from strawberry.utils.str_converters import to_camel_case

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.graphql.enums import describe_enum

__all__ = ["row_error_codes", "row_input", "row_path"]

describe_enum(
    RowOutcome,
    "What a bulk call has done with one of its rows.",
    CREATED="It made an object.",
    UPDATED="It changed one.",
    UNCHANGED="It said nothing new.",
    REJECTED="It was refused, and changed nothing.",
)


def row_input(description: str) -> Callable[[type], Any]:
    """An input whose values stay a mapping by the fields' names: of rows there are a thousand.

    To make an object of each costs more than the rest of the call. Its fields are scalars, enums
    and lists of them; what the client leaves out is not in the mapping.
    """

    def decorate(cls: type) -> Any:
        made: Any = strawberry.input(cls, description=description)
        made.__strawberry_definition__.from_input = _as_mapping
        return made

    return decorate


def _as_mapping(cls: type, value: Mapping[str, Any], _context: InputContext) -> Mapping[str, Any]:
    names = _python_names(cls)
    return {names[name]: found for name, found in value.items()}


@cache
def _python_names(cls: Any) -> Mapping[str, str]:
    return {
        each.graphql_name or to_camel_case(each.python_name): each.python_name
        for each in cls.__strawberry_definition__.fields
    }


def row_error_codes(name: str, description: str, raises: Iterable[type[DomainError]]) -> Any:
    """The closed set of reasons for which rows of one kind may be rejected."""
    kinds = {each.code: each for each in raises}
    codes: Any = Enum(name, {code: code for code in kinds})  # type: ignore[misc] # made at run time
    sentences = {code: inspect.getdoc(kind) or "" for code, kind in kinds.items()}
    describe_enum(codes, description, **sentences)
    return codes


def row_path(error: DomainError) -> list[str]:
    """The input field at fault, from the input's root."""
    return [to_camel_case(str(step)) for step in error.path]
