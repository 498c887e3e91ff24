"""Coroutines beside a block."""

import asyncio

import pytest

from kvartal import background as module
from kvartal.background import background


async def test_they_run_while_the_block_runs() -> None:
    turns = 0

    async def run() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with background(run()):
        await asyncio.sleep(0.01)
        assert turns > 1
    after = turns
    await asyncio.sleep(0.01)

    assert turns == after


async def test_one_that_swallows_a_cancellation_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    async with background(stubborn()):
        await asyncio.sleep(0)

    assert swallowed == 3


async def test_one_that_fails_leaves_the_block_alone() -> None:
    async def fail() -> None:
        raise RuntimeError

    async with background(fail()):
        await asyncio.sleep(0.01)


async def test_a_block_that_fails_ends_them() -> None:
    ended = asyncio.Event()

    async def run() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def fail() -> None:
        async with background(run()):
            await asyncio.sleep(0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert ended.is_set()
