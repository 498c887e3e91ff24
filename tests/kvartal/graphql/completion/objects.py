"""Made-up objects for the fields of a schema: mostly right, sometimes wrong in every way."""

import random
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    is_introspection_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from kvartal.months import YearMonth

__all__ = ["Maker", "make_up_resolvers"]

DEPTH = 5  # deeper, what may be missing is missing
BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


class Stranger(StrEnum):
    """An enum that no schema knows."""

    ACTIVE = "ACTIVE"
    ODD = "odd"


class Text(str):
    """A text of another class."""

    __slots__ = ()


class Nameless:
    """Something that looks the same in every execution."""

    def __repr__(self) -> str:
        return type(self).__name__


class MadeUp(Exception):
    """An error that has a text, unlike those that graphql-core knows to be none."""


class Later(Nameless):
    """Something to be awaited, any number of times."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[None, None, object]:
        return self.value
        yield


class Seemingly(Nameless):
    """Something that can be awaited by its looks alone."""

    def __init__(self) -> None:
        self.__await__ = lambda: iter(())


_CONSTANTS: tuple[object, ...] = (
    *(Undefined, strawberry.UNSET, Stranger.ODD, Stranger.ACTIVE, Seemingly()),
    *(KeyError, object()),
    *(True, 1, 0, 2**31, -(2**40), 1.5, float("nan"), float("inf")),
    *("ACTIVE", "text", Text("text"), "12", b"bytes", bytearray(b"x"), range(3)),
    *(Decimal("NaN"), Decimal(5), time(9), date(2026, 1, 2)),
    datetime(2026, 1, 1),  # noqa: DTZ001 -- a naive one is wrong
    *({"id": "x"}, {}, {1, 2}, frozenset((1,))),
)


_NEAR: dict[str, Sequence[object]] = {
    "Boolean": (1, 0, 1.0, 0.5, float("nan"), "true", Decimal(1)),
    "Date": (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01", 1),
    "DateTime": (datetime(2026, 1, 1), date(2026, 1, 1), "x"),  # noqa: DTZ001 -- a naive one is wrong
    "Decimal": (5, 1.5, Decimal("NaN"), "5", True, Decimal("-0.00")),
    "Float": (1, True, float("nan"), float("inf"), "1.5", Decimal("1.5")),
    "ID": (MadeUp("id"), 5, 1.5, 2.0, True, Text("id"), UUID(int=1), b"x"),
    "Int": (2**31, -(2**31) - 1, 2**70, True, 1.0, 1.5, "12", "x", Decimal(5), float("nan")),
    "String": (
        MadeUp("text"),
        5,
        1.5,
        True,
        Text("text"),
        Stranger.ODD,
        b"x",
        Decimal(5),
        Nameless(),
    ),
}


class Items(Nameless):
    """A list that has to be waited for."""

    def __init__(self, items: list[object]) -> None:
        self.items = items

    async def __aiter__(self) -> AsyncIterator[object]:
        for each in self.items:
            yield each


SCALARS: dict[str, Callable[[random.Random], object]] = {
    "Boolean": lambda rng: rng.random() < 0.5,
    "Date": lambda rng: date(2026, rng.randint(1, 12), rng.randint(1, 28)),
    "DateTime": lambda rng: datetime(2026, 11, rng.randint(1, 28), 9, 30, tzinfo=UTC),
    "Decimal": lambda rng: Decimal(rng.randint(-1_000, 1_000_000)).scaleb(-rng.randint(0, 4)),
    "Float": lambda rng: rng.choice((rng.random(), float(rng.randint(0, 9)), 1e300)),
    "ID": lambda rng: f"id{rng.randint(0, 99)}",
    "Int": lambda rng: rng.choice((rng.randint(-9, 9), 2_147_483_647, -2_147_483_648)),
    "JSON": lambda rng: rng.choice(({"a": [1, None]}, [1.5, "x"], "text", 1, False)),
    "String": lambda rng: rng.choice(("", "текст", 'a "quoted"\ntext', "x" * 50)),
    "UUID": lambda rng: UUID(int=rng.getrandbits(128)),
    "YearMonth": lambda rng: YearMonth(2026, rng.randint(1, 12)),
    # of the small schema
    "Even": lambda rng: 2 * rng.randint(0, 50) + (rng.random() < 0.02),
    "Moody": lambda rng: rng.choice(("good",) * 50 + ("none", "undefined", "fails", "later")),
}


class Maker:
    """Makes the values of one execution; two makers of one seed make the same."""

    def __init__(self, schema: GraphQLSchema, seed: int, wrongness: float) -> None:
        self._schema = schema
        self._seed = seed
        self._wrongness = wrongness

    def answer(self, kind: GraphQLOutputType, info: GraphQLResolveInfo[Any]) -> object:
        """What a made-up resolver returns at this place, at once or later."""
        rng = random.Random(f"{self._seed}{info.path.as_list()}")
        value = self.value(kind, rng)
        return Later(value) if rng.random() < 0.2 else value

    def value(self, kind: GraphQLOutputType, rng: random.Random, depth: int = 0) -> object:
        """A value of a field of this type."""
        if self._wrongness and rng.random() < self._wrongness:
            return self._wrong(kind, rng, depth)
        if isinstance(kind, GraphQLNonNull):
            return self._present(kind.of_type, rng, depth)
        return None if rng.random() < 0.2 else self._present(kind, rng, depth)

    def _present(self, kind: GraphQLOutputType, rng: random.Random, depth: int) -> object:
        match kind:
            case GraphQLList():
                size = (
                    0 if depth >= DEPTH else rng.choice((0, 1, 2, 3) if depth < 2 else (0, 1, 1, 2))
                )
                items = [self.value(kind.of_type, rng, depth + 1) for _ in range(size)]
                return tuple(items) if rng.random() < 0.1 else items
            case GraphQLEnumType():
                name = rng.choice(sorted(kind.values))
                member = kind.values[name].value
                wrapped: type[Enum] = kind.wrapped_cls  # type: ignore[attr-defined] # Strawberry's
                return wrapped(member)
            case GraphQLScalarType():
                return SCALARS[kind.name](rng)
            case GraphQLObjectType():
                return self._object(kind, rng, depth)
            case GraphQLInterfaceType() | GraphQLUnionType():
                possible = sorted(self._schema.get_possible_types(kind), key=str)
                return self._object(rng.choice(possible), rng, depth)
        raise AssertionError(kind)

    def _object(self, kind: GraphQLObjectType, rng: random.Random, depth: int) -> object:
        definition = kind.extensions[BACKREF]
        origin: type = definition.origin
        if definition.concrete_of is not None and rng.random() < 0.8:
            origin = definition.concrete_of.origin
        made: object = object.__new__(origin)
        for field in kind.fields.values():
            described = field.extensions[BACKREF]
            if _is_basic(described):
                if self._wrongness and rng.random() < self._wrongness / 4:
                    continue  # it lacks the attribute
                value = (
                    None
                    if depth >= DEPTH and not isinstance(field.type, GraphQLNonNull)
                    else self.value(field.type, rng, depth + 1)
                )
                object.__setattr__(made, described.python_name, value)
        return made

    def _wrong(self, kind: GraphQLOutputType, rng: random.Random, depth: int) -> object:
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        right = self._present(inner, rng, depth)
        match rng.randint(0, 9):
            case 0 | 1:
                return None
            case 2:
                return self._stranger(rng)
            case 3:
                return rng.choice(_CONSTANTS)
            case 4:
                return rng.choice((Later(right), Later(None), Later(MadeUp("later"))))
            case 5:
                return rng.choice((MadeUp("made up"), [right], (right,), {1: right}))
        near = self._near(inner, right, rng)
        return rng.choice(near) if near else right

    def _near(self, kind: GraphQLOutputType, right: Any, rng: random.Random) -> Sequence[object]:
        """Values that are almost right."""
        match kind:
            case GraphQLList():
                return (iter(right), Items(right), set(map(str, right)), tuple(right), "list", {})
            case GraphQLEnumType():
                return (right.value, right.name, Stranger.ACTIVE, Text(right.value))
            case GraphQLScalarType():
                return _NEAR.get(kind.name, ())
        if rng.random() < 0.5:
            return (Seemingly(), Undefined)
        # Marked to be of another type, or of its own.
        return (strawberry.cast(rng.choice((type(right), Stranger)), right),)

    def _stranger(self, rng: random.Random) -> object:
        """An object of whatever type."""
        kinds = [
            each
            for each in self._schema.type_map.values()
            if isinstance(each, GraphQLObjectType) and BACKREF in each.extensions
        ]
        return self._object(rng.choice(kinds), rng, DEPTH)


def make_up_resolvers(schema: GraphQLSchema) -> None:
    """Let every field that is not an attribute answer by the maker in the context."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
            for field in kind.fields.values():
                if not _is_basic(field.extensions[BACKREF]):
                    field.resolve = _resolver(field)


def _resolver(field: GraphQLField) -> Callable[..., object]:
    def resolve(_: object, info: GraphQLResolveInfo[Any], **__: object) -> object:
        maker: Maker = info.context
        return maker.answer(field.type, info)

    return resolve


def _is_basic(field: object) -> bool:
    return isinstance(field, StrawberryField) and field.is_basic_field
