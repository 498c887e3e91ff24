"""Loaders: one batch per question and operation."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from kvartal.context import Context
from kvartal.graphql.loader import Loader


class SquareByNumber(Loader[int, int]):
    """Knows the squares of even numbers."""

    batches: list[list[int]] = []  # noqa: RUF012 -- read by the tests

    async def batch(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.batches.append(list(keys))
        return {key: key * key for key in keys if key % 2 == 0}


class SquareOrNothing(SquareByNumber):
    """Says 0 of the others."""

    def missing(self, key: int) -> int:
        return 0


@pytest.fixture(autouse=True)
def _no_batches() -> None:
    SquareByNumber.batches.clear()


async def test_what_is_asked_for_together_is_one_batch_without_repetitions() -> None:
    context = Context()

    found = await asyncio.gather(*(context.load(SquareByNumber, key) for key in (2, 4, 2)))

    assert found == [4, 16, 4]
    assert SquareByNumber.batches == [[2, 4]]
    assert await context.load_many(SquareByNumber, [4, 2]) == [16, 4]
    assert SquareByNumber.batches == [[2, 4]]


async def test_each_operation_has_its_own() -> None:
    await Context().load(SquareByNumber, 2)
    await Context().load(SquareByNumber, 2)

    assert SquareByNumber.batches == [[2], [2]]


async def test_a_gap_is_filled() -> None:
    assert await Context().load_many(SquareOrNothing, [1, 2]) == [0, 4]


async def test_a_key_without_an_answer_fails_alone() -> None:
    context = Context()

    found = await asyncio.gather(
        context.load(SquareByNumber, 1), context.load(SquareByNumber, 2), return_exceptions=True
    )

    assert isinstance(found[0], KeyError)
    assert found[1] == 4


async def test_the_base_asks_nothing() -> None:
    with pytest.raises(NotImplementedError, match=r"Loader\.batch"):
        await Context().load(Loader, 1)
