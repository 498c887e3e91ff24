"""Enums of rules as the schema has them."""

from enum import StrEnum

import pytest
import strawberry

from kvartal.errors import KvartalError
from kvartal.graphql.enums import describe_enum


def test_an_enum_and_its_values_are_described() -> None:
    class Colour(StrEnum):
        RED = "RED"
        BLUE = "BLUE"

    @strawberry.type
    class Early:
        colour: Colour

    describe_enum(Colour, "What is seen.", RED="Like a rose.", BLUE="Like the sky.")

    @strawberry.type
    class Query:
        early: Early
        late: Colour

    printed = strawberry.Schema(Query).as_str()
    assert printed.startswith(
        '"""What is seen."""\nenum Colour {\n'
        '  """Like a rose."""\n  RED\n\n  """Like the sky."""\n  BLUE\n}'
    )


@pytest.mark.parametrize("values", [{"RED": "Like a rose."}, {"RED": "", "BLUE": "", "GREY": ""}])
def test_each_value_is_described_and_no_other(values: dict[str, str]) -> None:
    class Colour(StrEnum):
        RED = "RED"
        BLUE = "BLUE"

    with pytest.raises(KvartalError, match="describe each of its values"):
        describe_enum(Colour, "What is seen.", **values)
