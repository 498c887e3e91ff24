"""Which tasks are still going to run, by one of their arguments."""

from uuid import UUID, uuid4

from kvartal import clock
from kvartal.db.connection import execute
from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, enqueue, expected
from kvartal.testing.watch import QueryCounter


@actor("kvartal.tests_visit")
async def visit(place_id: UUID, guest_id: UUID) -> None:
    """Goes somewhere."""


async def test_a_task_is_expected_until_it_is_done_or_given_up(
    db: None, queries: QueryCounter
) -> None:
    waits, runs, done, failed, never = (uuid4() for _ in range(5))
    guest = uuid4()
    async with unit_of_work():
        for place in (waits, runs, done, failed):
            await enqueue(visit, place, guest)
    now = clock.now()
    for column, place in (("locked_until", runs), ("done_at", done), ("failed_at", failed)):
        await execute(
            f"UPDATE kvartal_delivery SET {column} = $1 WHERE payload ->> 'place_id' = $2",
            now,
            str(place),
        )

    with queries.exactly(1):
        found = await expected("place_id", [waits, runs, done, failed, never])

    assert found == {waits, runs}
    assert await expected("guest_id", [guest, waits]) == {guest}
    assert await expected("other", [waits]) == set()
