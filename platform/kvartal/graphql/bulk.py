"""Bulk calls in the schema: the outcomes of rows, and the reasons for rejecting one."""

import inspect
from collections.abc import Iterable
from enum import Enum
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.graphql.enums import describe_enum

__all__ = ["row_error_codes", "row_path"]

describe_enum(
    RowOutcome,
    "What a bulk call has done with one of its rows.",
    CREATED="It made an object.",
    UPDATED="It changed one.",
    UNCHANGED="It said nothing new.",
    REJECTED="It was refused, and changed nothing.",
)


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
