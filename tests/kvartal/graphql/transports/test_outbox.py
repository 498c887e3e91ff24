"""The outgoing queue: ordered, bounded, and for a subscription the newest answer wins."""

import asyncio

import pytest

from kvartal.graphql.transports.outbox import Outbox


async def _drain(outbox: Outbox) -> list[str]:
    return [outbox.take().decode() for _ in range(len(outbox))]


async def test_messages_leave_in_their_order() -> None:
    outbox = Outbox(10, 1)
    for message in (b"a", b"b", b"a"):
        await outbox.put(message)

    assert await _drain(outbox) == ["a", "b", "a"]


async def test_answers_within_the_backlog_all_arrive() -> None:
    outbox = Outbox(10, 3)
    for number in range(3):
        await outbox.put_newest("1", str(number).encode())

    assert await _drain(outbox) == ["0", "1", "2"]


async def test_beyond_the_backlog_the_oldest_answer_gives_way() -> None:
    outbox = Outbox(10, 2)
    await outbox.put_newest("1", b"oldest")
    await outbox.put(b"other")
    await outbox.put_newest("1", b"old")
    await outbox.put_newest("2", b"of another")
    await outbox.put_newest("1", b"new")

    assert await _drain(outbox) == ["other", "old", "of another", "new"]


async def test_in_a_full_queue_an_answer_replaces_an_older_one_of_its_own() -> None:
    outbox = Outbox(2, 8)
    await outbox.put(b"other")
    await outbox.put_newest("1", b"old")
    await outbox.put_newest("1", b"new")

    assert await _drain(outbox) == ["other", "new"]


async def test_a_thousand_answers_to_a_slow_client_are_a_few() -> None:
    outbox = Outbox(100, 3)
    for number in range(1_000):
        await outbox.put_newest("1", str(number).encode())

    assert await _drain(outbox) == ["997", "998", "999"]


async def test_a_source_that_never_pauses_lets_others_work() -> None:
    outbox = Outbox(100, 1)
    taken: list[str] = []

    async def write() -> None:
        while True:
            if len(outbox):
                taken.append(outbox.take().decode())
            await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    for number in range(10):
        await outbox.put_newest("1", str(number).encode())
    await asyncio.sleep(0)
    writer.cancel()

    assert len(taken) > 3
    assert taken[-1] == "9"


@pytest.mark.parametrize("newest", [True, False])
async def test_a_full_queue_makes_the_sender_wait(newest: bool) -> None:
    outbox = Outbox(1, 1)
    await outbox.put(b"first")
    waiting = asyncio.create_task(
        outbox.put_newest("1", b"second") if newest else outbox.put(b"second")
    )
    await asyncio.sleep(0)
    assert not waiting.done()

    assert outbox.take() == b"first"
    await asyncio.wait_for(waiting, 1)

    assert await _drain(outbox) == ["second"]


async def test_many_waiting_senders_never_overfill_the_queue() -> None:
    outbox = Outbox(2, 1)
    senders = [asyncio.create_task(outbox.put(str(number).encode())) for number in range(20)]
    taken = []
    for _ in range(20):
        await asyncio.sleep(0)
        assert len(outbox) <= 2
        taken.append(outbox.take().decode())

    await asyncio.gather(*senders)
    assert sorted(taken, key=int) == [str(number) for number in range(20)]


async def test_a_forgotten_answer_makes_room() -> None:
    outbox = Outbox(1, 1)
    await outbox.put_newest("1", b"stale")
    waiting = asyncio.create_task(outbox.put(b"fresh"))
    await asyncio.sleep(0)

    outbox.forget("1")
    outbox.forget("1")
    await asyncio.wait_for(waiting, 1)

    assert await _drain(outbox) == ["fresh"]
