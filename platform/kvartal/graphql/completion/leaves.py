"""How a leaf is completed in generated code: at once if its value is of the usual type."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from kvartal.months import YearMonth

__all__ = ["Odd", "leaf_expression", "refuse_odd"]

Bind = Callable[[object], str]

# Of these no value is an exception or to be awaited.
_PLAIN = frozenset(
    {bool, int, float, str, date, datetime, time, timedelta, Decimal, UUID, YearMonth}
)
_COERCED = frozenset({bool, int, float, str})


class Odd(Exception):
    """A value is none that a plan completes: graphql-core shall."""


def refuse_odd(value: object) -> None:
    """Odd if there is no value, or an exception, or one that has to be awaited."""
    if (
        value is None
        or value is Undefined
        or isinstance(value, Exception)
        or optimized_is_awaitable(value)
    ):
        raise Odd


def leaf_expression(leaf: GraphQLLeafType, first: str, again: str, bind: Bind) -> str:
    """The expression that completes a value which is not None.

    ``first`` evaluates it and is used once, before ``again``; ``bind`` names an object in the code.
    """
    slow = f"{bind(_careful(leaf))}({again})"
    if leaf is GraphQLString or leaf is GraphQLID:
        return f"({again} if type({first}) is str else {slow})"
    if leaf is GraphQLBoolean:
        return f"({again} if type({first}) is bool else {slow})"
    if leaf is GraphQLInt:
        return (
            f"({again} if type({first}) is int"
            f" and -2147483648 <= {again} <= 2147483647 else {slow})"
        )
    if isinstance(leaf, CustomGraphQLEnumType):
        members: Iterable[Enum] = leaf.wrapped_cls
        names = {member: leaf.coerce_output_value(member) for member in members}
        kind = bind(leaf.wrapped_cls)
        return f"({bind(names)}[{again}] if type({first}) is {kind} else {slow})"
    coerced = f"c if type(c := {bind(leaf.coerce_output_value)}({again})) in {bind(_COERCED)}"
    plain = f"({coerced} else {bind(_sure)}(c))"
    return f"({plain} if type({first}) in {bind(_PLAIN)} else {slow})"


def _careful(leaf: GraphQLLeafType) -> Callable[[Any], object]:
    coerce = leaf.coerce_output_value

    def complete(value: object) -> object:
        refuse_odd(value)
        return _sure(coerce(value))

    return complete


def _sure(coerced: object) -> object:
    refuse_odd(coerced)
    return coerced
