"""Thousands of small steps on the loop, a portion at a time: the others have their turn between."""

import asyncio
from collections.abc import Callable, Sequence

__all__ = ["PORTION", "in_portions"]

PORTION = 100


def in_portions(steps: Sequence[Callable[[], object]]) -> None:
    """Take the first steps at once, the others in the next turns of the loop."""
    for step in steps[:PORTION]:
        step()
    if len(steps) > PORTION:
        asyncio.get_running_loop().call_soon(in_portions, steps[PORTION:])
