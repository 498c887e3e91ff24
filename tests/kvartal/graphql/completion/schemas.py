"""A small schema that has what ours has not: unions, lists of lists, moody scalars, own checks."""

from datetime import date
from decimal import Decimal
from enum import Enum, IntFlag
from typing import Annotated, Any, Generic, NewType, TypeVar

import strawberry
from graphql import Undefined
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from tests.kvartal.graphql.completion.objects import Later

from kvartal.graphql.completion import CompiledExecutor
from kvartal.graphql.scalars import SCALAR_MAP

__all__ = ["small_schema"]

T = TypeVar("T")

Even = NewType("Even", int)
Moody = NewType("Moody", str)


def _even(value: Any) -> int:
    if value % 2:
        raise ValueError(f"{value} is odd")
    return int(value)


def _moody(value: Any) -> object:
    match value:
        case "none":
            return None
        case "undefined":
            return Undefined
        case "fails":
            raise ValueError("in a bad mood")
        case "later":
            return Later("late")
    return value


@strawberry.enum
class Colour(Enum):
    """An enum of mixed values."""

    RED = "red"
    GREEN = 2
    BLUE = "blue"


@strawberry.enum
class Right(IntFlag):
    """A set of rights."""

    READ = 1
    WRITE = 2


@strawberry.interface
class Named:
    """What has a name."""

    name: str
    alias: str | None


@strawberry.interface
class Placed:
    """What has a place, of covariant type."""

    near: Named | None
    colour: Colour | None


@strawberry.type
class Leaf:
    """Leaves of all kinds."""

    text: str
    maybe: str | None
    number: int
    ratio: float | None
    flag: bool
    colour: Colour
    rights: Right | None
    even: Even
    moody: Moody | None
    json: JSON | None
    on: date | None
    sum: Decimal
    texts: list[str]
    sums: list[Decimal | None] | None
    grid: list[list[int]]
    holes: list[list[Colour | None] | None] | None
    cube: list[list[list[Even]]] | None


@strawberry.type
class Cat(Named, Placed):
    """An object of two interfaces."""

    near: "Cat | None"
    leaf: Leaf
    lives: int
    class_: int


@strawberry.type
class Dog(Named):
    """An object with a check of its own."""

    leaf: Leaf
    lives: str | None
    friends: list["Dog"] | None
    enemies: list[Cat | None]

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        """Whether it barks at who asks."""
        if not isinstance(obj, Dog | Cat):
            return False
        return not (info.field_name == "friends" and obj.lives)


@strawberry.type
class Fish(Placed):
    """An object with a resolver."""

    leaf: Leaf
    bowl: list[list["Fish"]] | None

    @strawberry.field
    def bubbles(self) -> int:
        """Bubbles."""
        return 1

    @strawberry.field
    async def mates(self) -> list["Fish | None"] | None:
        """Its mates."""
        return None

    @strawberry.field
    def named(self, of: int) -> Named | None:
        """A name."""
        return None


Pet = Annotated[Cat | Dog | Fish, strawberry.union("Pet")]


@strawberry.type
class Box(Generic[T]):
    """A generic object."""

    items: list[T]
    lid: T | None


@strawberry.type
class Query:
    """Every combination, from the root."""

    @strawberry.field
    def cat(self) -> Cat | None:
        """A cat."""
        return None

    @strawberry.field
    def dogs(self) -> list[Dog]:
        """Dogs."""
        return []

    @strawberry.field
    def fish(self) -> Fish:
        """A fish."""
        raise NotImplementedError

    @strawberry.field
    def leaves(self) -> list[Leaf | None]:
        """Leaves."""
        return []

    @strawberry.field
    def grid(self) -> list[list[Leaf]] | None:
        """A grid of leaves."""
        return None

    @strawberry.field
    def pets(self) -> list[Pet] | None:
        """Pets."""
        return None

    @strawberry.field
    def named(self) -> Named | None:
        """Something named."""
        return None

    @strawberry.field
    def placed(self) -> list[Placed | None] | None:
        """Things with a place."""
        return None

    @strawberry.field
    def box(self) -> Box[Leaf] | None:
        """A box of leaves."""
        return None

    @strawberry.field
    def cats(self) -> Box[Cat]:
        """A box of cats."""
        raise NotImplementedError


def small_schema() -> strawberry.Schema:
    """The schema, its executor ours."""
    scalars = {
        **SCALAR_MAP,
        Even: strawberry.scalar(name="Even", serialize=_even, parse_value=int),
        Moody: strawberry.scalar(name="Moody", serialize=_moody, parse_value=str),
    }
    return strawberry.Schema(
        query=Query,
        types=[Cat, Dog, Fish],
        config=StrawberryConfig(scalar_map=scalars),
        execution_context_class=CompiledExecutor,
    )
