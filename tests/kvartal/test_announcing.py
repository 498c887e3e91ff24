"""What is said after a commit: over the channels that it concerns, all at once."""

from uuid import uuid4

import redis.asyncio as redis
from structlog.testing import capture_logs

from kvartal.announcing import announcing
from kvartal.db.transaction import TaskCall, UnitOfWork
from kvartal.embedded import Servers
from kvartal.host import announcer
from kvartal.live import touched
from kvartal.tasks.relay import waking

NOWHERE = "redis://127.0.0.1:1/0"
CHANGED = UnitOfWork(touched={"a": None, "b": None})
DUE = UnitOfWork(tasks=[TaskCall("kvartal.anything", "{}")])


async def heard(servers: Servers, *commits: UnitOfWork) -> list[tuple[str, bytes]]:
    """What other processes hear of the commits, by the name of the channel."""
    live, relay = (f"test:{uuid4()}:{name}" for name in ("live", "relay"))
    async with (
        announcer(servers.redis_url) as client,
        redis.Redis.from_url(servers.redis_url) as other,
        other.pubsub(ignore_subscribe_messages=True) as channels,
    ):
        await channels.subscribe(live, relay)
        announce = announcing(client, {live: touched, relay: waking})
        for each in commits:
            await announce(each)
        await client.publish(live, b"end")
        found: list[tuple[str, bytes]] = []
        while not found or found[-1][1] != b"end":
            message = await channels.get_message(timeout=5)
            if message is not None:
                found.append((message["channel"].decode().rpartition(":")[2], message["data"]))
    return found[:-1]


async def test_what_is_touched_is_told_to_the_hubs(servers: Servers) -> None:
    assert await heard(servers, CHANGED) == [("live", b'["a","b"]')]


async def test_what_is_due_wakes_the_relays(servers: Servers) -> None:
    assert await heard(servers, DUE) == [("relay", b"")]


async def test_a_commit_that_concerns_both_tells_both(servers: Servers) -> None:
    both = UnitOfWork(touched=CHANGED.touched, tasks=DUE.tasks)

    assert await heard(servers, both) == [("live", b'["a","b"]'), ("relay", b"")]


async def test_a_commit_that_concerns_nobody_says_nothing(servers: Servers) -> None:
    assert await heard(servers, UnitOfWork()) == []


async def test_without_redis_a_commit_only_warns() -> None:
    async with announcer(NOWHERE) as client:
        announce = announcing(client, {"live": touched, "relay": waking})
        with capture_logs() as logs:
            await announce(UnitOfWork())
            await announce(CHANGED)

    assert [each["event"] for each in logs] == ["commit.not_announced"]
