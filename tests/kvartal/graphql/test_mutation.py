"""Mutations that state their failures."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import strawberry
from structlog.testing import capture_logs

from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind
from kvartal.context import Context, Info
from kvartal.errors import DomainError, Forbidden, KvartalError, Refused, Unauthenticated
from kvartal.graphql.fields import PUBLIC, SIGNED_IN, query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.schema import Schema, build_schema, print_sdl
from kvartal.host import load_registry
from kvartal.plugin import GraphQLPart, Permission, Plugin

DIG = Permission(code="garden.bed.dig")
RESIDENT = Actor(kind=ActorKind.RESIDENT)


@dataclass(eq=False, kw_only=True)
class TooDeep(DomainError):
    """The ground ends at ``limit``."""

    code: ClassVar[str] = "TOO_DEEP"
    limit: Decimal
    beds: list[int] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Frozen(DomainError):
    """The ground is frozen.

    It thaws in spring.
    """

    code: ClassVar[str] = "FROZEN"


@dataclass(eq=False, kw_only=True)
class Flooded(DomainError):
    """Declared by nobody."""

    code: ClassVar[str] = "FLOODED"


@strawberry.type(description="A garden bed.")
class GardenBed:
    """A bed."""

    depth: int = strawberry.field(description="Depth.")


@strawberry.input(description="Where to dig.")
class DigInput:
    """Where."""

    depth: int = strawberry.field(description="Depth.")


to_raise: list[Exception] = []


@strawberry.type
class GardenMutations:
    """What can be done in the garden."""

    @mutation(access=SIGNED_IN, description="Dig a bed.", raises=(TooDeep, Frozen))
    async def dig_bed(self, info: Info, input: DigInput) -> GardenBed:
        """Dig."""
        for error in to_raise:
            raise error
        return GardenBed(depth=input.depth)

    @mutation(access=PUBLIC, description="Water.")
    async def water(self, info: Info) -> None:
        """Water."""

    @mutation(access=PUBLIC, description="Plant.", payload="planted")
    async def plant(self, info: Info) -> list[GardenBed]:
        """Plant."""
        return [GardenBed(depth=1)]

    @mutation(access=DIG, description="Dig deeper.")
    async def dig_deeper(self, info: Info) -> None:
        """Dig."""


@strawberry.type
class GardenQueries:
    """There must be a query."""

    @query(access=PUBLIC, description="Beds.")
    async def beds(self, info: Info) -> int:
        """How many."""
        return 0


@pytest.fixture(scope="module")
def schema() -> Schema:
    part = GraphQLPart(queries=(GardenQueries,), mutations=(GardenMutations,))
    garden = Plugin(name="garden", title="Сад", graphql=part)
    return build_schema(load_registry((), [garden]).plugins)


async def run(schema: Schema, document: str, actor: Actor = RESIDENT, locale: str = "ru") -> Any:
    return await schema.execute(document, context_value=Context(actor=actor, locale=locale))


DIG_BED = """
mutation {
  digBed(input: {depth: 2}) { gardenBed { depth } errors { code path limit } }
}
"""


@pytest.fixture(autouse=True)
def _nothing_is_wrong() -> None:
    to_raise.clear()


def part_of(sdl: str, start: str) -> str:
    return sdl[sdl.index(start) :].partition("\n}")[0] + "\n}"


def test_its_types_are_made_from_what_it_returns_and_raises(schema: Schema) -> None:
    sdl = print_sdl(schema)

    assert part_of(sdl, "type DigBedPayload") == (
        "type DigBedPayload {\n"
        '  """Why it was refused; empty on success."""\n'
        "  errors: [DigBedError!]!\n\n"
        '  """What changed; null if the mutation was refused."""\n'
        "  gardenBed: GardenBed\n}"
    )
    assert part_of(sdl, "enum DigBedErrorCode") == (
        "enum DigBedErrorCode {\n"
        '  """The ground is frozen."""\n'
        "  FROZEN\n\n"
        '  """The ground ends at `limit`."""\n'
        "  TOO_DEEP\n}"
    )
    error = part_of(sdl, "type DigBedError ")
    assert "  code: DigBedErrorCode!" in error
    assert "  path: [String!]!" in error
    assert "  limit: Decimal\n" in error
    assert '"""What is asked for."""\n    input: DigInput!' in sdl


def test_one_that_changes_nothing_to_be_shown_has_errors_alone(schema: Schema) -> None:
    sdl = print_sdl(schema)

    assert part_of(sdl, "type WaterPayload") == (
        "type WaterPayload {\n"
        '  """Why it was refused; empty on success."""\n'
        "  errors: [WaterError!]!\n}"
    )
    assert "code: String!" in part_of(sdl, "type WaterError ")
    assert "planted: [GardenBed!]" in part_of(sdl, "type PlantPayload")


@pytest.mark.usefixtures("db")
async def test_on_success_there_are_no_errors(schema: Schema) -> None:
    answer = await run(schema, DIG_BED)

    assert answer.errors is None
    assert answer.data == {"digBed": {"gardenBed": {"depth": 2}, "errors": []}}


@pytest.mark.parametrize(
    ("field_", "data"),
    [
        ("water { errors { message } }", {"water": {"errors": []}}),
        ("plant { planted { depth } }", {"plant": {"planted": [{"depth": 1}]}}),
    ],
)
@pytest.mark.usefixtures("db")
async def test_without_input_they_run_too(schema: Schema, field_: str, data: object) -> None:
    answer = await run(schema, f"mutation {{ {field_} }}", ANONYMOUS)

    assert (answer.errors, answer.data) == (None, data)


async def test_a_declared_error_travels_in_the_payload_with_its_facts(schema: Schema) -> None:
    to_raise.append(TooDeep(limit=Decimal("1.50"), path=("bed_depth",)))

    answer = await run(schema, DIG_BED)

    assert answer.errors is None
    assert answer.data == {
        "digBed": {
            "gardenBed": None,
            "errors": [{"code": "TOO_DEEP", "path": ["bedDepth"], "limit": "1.5"}],
        }
    }


async def test_several_errors_travel_together(schema: Schema) -> None:
    deep = TooDeep(limit=Decimal(1), beds=[1, 2], path=("readings", 0, "values"))
    to_raise.append(Refused([deep, Frozen()]))

    answer = await run(
        schema, "mutation { digBed(input: {depth: 2}) { errors { code path beds message } } }"
    )

    assert answer.data["digBed"]["errors"] == [
        {
            "code": "TOO_DEEP",
            "path": ["readings", "0", "values"],
            "beds": [1, 2],
            "message": "TOO_DEEP",
        },
        {"code": "FROZEN", "path": [], "beds": None, "message": "FROZEN"},
    ]


@pytest.mark.parametrize("error", [Flooded(), Refused([Frozen(), Flooded()])])
async def test_an_undeclared_error_is_a_bug(schema: Schema, error: Exception) -> None:
    to_raise.append(error)

    with capture_logs():
        answer = await run(schema, DIG_BED)

    [told] = answer.errors
    assert isinstance(told.original_error, KvartalError)
    assert str(told.original_error) == "DigBed raised FLOODED without declaring it"
    assert answer.data is None


async def test_access_is_checked_before_the_body(schema: Schema) -> None:
    to_raise.append(AssertionError("the body ran"))

    [told] = (await run(schema, DIG_BED, ANONYMOUS)).errors
    assert isinstance(told.original_error, Unauthenticated)

    [told] = (await run(schema, "mutation { digDeeper { errors { code } } }")).errors
    assert isinstance(told.original_error, Forbidden)


def test_an_error_without_a_docstring_describes_nothing() -> None:
    @dataclass(eq=False, kw_only=True)
    class Mute(DomainError):
        code: ClassVar[str] = "MUTE"

    async def dig(self: object, info: Info) -> None:
        """Dig."""

    with pytest.raises(KvartalError, match="Mute needs a docstring"):
        mutation(access=PUBLIC, description="Dig.", raises=(Mute,))(dig)


def test_facts_of_one_name_are_of_one_type() -> None:
    @dataclass(eq=False, kw_only=True)
    class TooWide(DomainError):
        """Too wide."""

        code: ClassVar[str] = "TOO_WIDE"
        limit: int

    async def dig(self: object, info: Info) -> None:
        """Dig."""

    with pytest.raises(KvartalError, match=r"Dig: TooWide\.limit clashes with another error's"):
        mutation(access=PUBLIC, description="Dig.", raises=(TooDeep, TooWide))(dig)


def test_a_root_field_takes_its_info() -> None:
    async def dig(self: object) -> None:
        """Dig."""

    with pytest.raises(KvartalError, match="a root field takes `info: Info`"):
        mutation(access=PUBLIC, description="Dig.")(dig)
