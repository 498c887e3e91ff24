"""Many small steps leave the loop to others in between."""

import asyncio

from kvartal.portions import PORTION, in_portions


async def test_the_first_steps_are_taken_at_once_and_the_others_in_later_turns() -> None:
    taken: list[int] = []
    count = 2 * PORTION + 1

    in_portions([lambda number=number: taken.append(number) for number in range(count)])  # type: ignore[misc] # mypy wants no default

    lengths = [len(taken)]
    while lengths[-1] < count:
        await asyncio.sleep(0)
        lengths.append(len(taken))
    assert [each for each in lengths if each in {PORTION, 2 * PORTION, count}] == sorted(
        {PORTION, 2 * PORTION, count}
    )
    assert taken == list(range(count))


async def test_a_few_steps_are_taken_at_once() -> None:
    taken: list[int] = []

    in_portions([lambda: taken.append(1), lambda: taken.append(2)])

    assert taken == [1, 2]
