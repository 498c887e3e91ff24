"""Live changes: what a commit touches wakes subscriptions in every process; so does a gap."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis.asyncio as redis
from structlog.testing import capture_logs

from kvartal import clock, live
from kvartal.announcing import announcing
from kvartal.db.transaction import OutsideUnitOfWork, UnitOfWork, on_commit, unit_of_work
from kvartal.embedded import EmbeddedValkey, Servers
from kvartal.host import announcer
from kvartal.live import Hub, Remembered, changes, serving, touch, touched
from kvartal.testing.watch import until

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def channel() -> str:
    return f"tests:{uuid4()}"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server of the test's own, to be killed."""
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as server:
        yield server


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "JITTER_SECONDS", 0.01)
    monkeypatch.setattr(live, "RECONNECT_SECONDS", 0.02)


@asynccontextmanager
async def connected(url: str, channel: str) -> AsyncIterator[Hub]:
    async with Hub(url, channel).running() as hub:
        await asyncio.wait_for(hub.connected.wait(), 10)
        yield hub


@contextmanager
def following(hub: Hub, topics: Sequence[str]) -> Iterator[asyncio.Event]:
    """Set whenever a topic is touched, or may have been."""
    event = asyncio.Event()
    with hub.following(topics, event.set):
        yield event


async def is_set(event: asyncio.Event) -> bool:
    return event.is_set()


async def woken(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 10)


async def test_a_touch_wakes_those_who_wait_for_its_topic_in_every_process(
    db: None, servers: Servers, channel: str
) -> None:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(announcer(servers.redis_url))
        await stack.enter_async_context(on_commit(announcing(client, {channel: touched})))
        events = []
        for _ in range(2):
            hub = await stack.enter_async_context(connected(servers.redis_url, channel))
            events.append(stack.enter_context(following(hub, ["premise:1", "house:1"])))
            other = stack.enter_context(following(hub, ["premise:2"]))
        await asyncio.sleep(0.05)
        for event in (*events, other):
            event.clear()

        async with unit_of_work():
            touch("premise:1")
        for event in events:
            await woken(event)

        assert not other.is_set()


async def test_who_heeds_a_topic_is_told_before_the_commit_is_answered(
    db: None, servers: Servers, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(announcer(servers.redis_url))
        await stack.enter_async_context(on_commit(announcing(client, {channel: touched})))
        here, there = [
            await stack.enter_async_context(connected(servers.redis_url, channel)) for _ in range(2)
        ]
        monkeypatch.setattr(live, "_hub", here)
        with (
            here.heeding(["staff:1", "person:1"], lambda: told.append("here")),
            there.heeding(["staff:1"], lambda: told.append("there")),
            here.heeding(["staff:2"], lambda: told.append("others")),
        ):
            async with unit_of_work():
                touch("staff:1")
            assert "here" in told

            async def heard_everywhere() -> bool:
                return "there" in told

            await until(heard_everywhere)
            assert "others" not in told
        told.clear()
        here.forget(["staff:1"])
        assert told == []


async def test_a_gap_is_counted_and_told_to_who_heeds(hub: Hub) -> None:
    told: list[str] = []
    gaps = hub.gaps

    with hub.heeding(["a", "b"], lambda: told.append("a")):
        hub.wake_all()
        assert hub.gaps == gaps + 1

        async def heard() -> bool:
            return bool(told)

        await until(heard)
        await asyncio.sleep(0.05)
    assert told == ["a"]


async def test_what_is_rolled_back_wakes_nobody(db: None) -> None:
    published: list[dict[str, None]] = []

    async def listen(work: UnitOfWork) -> None:
        published.append(work.touched)

    async def fail() -> None:
        async with unit_of_work():
            touch("premise:1")
            raise RuntimeError

    async with on_commit(listen):
        with pytest.raises(RuntimeError):
            await fail()
        async with unit_of_work():
            touch("premise:2")
            touch("premise:2")

    assert published == [{"premise:2": None}]


def test_a_touch_belongs_to_a_unit_of_work() -> None:
    with pytest.raises(OutsideUnitOfWork):
        touch("premise:1")


async def test_after_a_gap_everybody_is_woken(valkey: EmbeddedValkey, channel: str) -> None:
    async with connected(valkey.url, channel) as hub:
        with following(hub, ["a"]) as one, following(hub, ["b"]) as two:
            await asyncio.sleep(0.05)
            one.clear()
            two.clear()

            valkey.kill()

            async def disconnected() -> bool:
                return not hub.connected.is_set()

            await until(disconnected)
            assert not one.is_set()
            valkey.start()
            await woken(one)
            await woken(two)

        assert hub.connected.is_set()


async def test_after_a_restart_of_redis_the_next_commit_is_told(
    db: None, valkey: EmbeddedValkey, channel: str
) -> None:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(announcer(valkey.url))
        await client.ping()
        valkey.kill()
        valkey.start()
        hub = await stack.enter_async_context(connected(valkey.url, channel))
        event = stack.enter_context(following(hub, ["a"]))
        await announcing(client, {channel: touched})(UnitOfWork(touched={"a": None}))

        await woken(event)


async def test_nonsense_on_the_channel_does_not_silence_the_hub(
    servers: Servers, channel: str
) -> None:
    async with connected(servers.redis_url, channel) as hub, AsyncExitStack() as stack:
        event = stack.enter_context(following(hub, ["a"]))
        await asyncio.sleep(0.05)
        event.clear()
        async with redis.Redis.from_url(servers.redis_url) as client:
            with capture_logs() as logs:
                await client.publish(channel, b"{nonsense")
                await woken(event)

    assert [each["event"] for each in logs] == ["live.disconnected"]


async def test_an_idle_connection_is_kept(
    servers: Servers, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SILENCE_SECONDS", 0.05)
    with capture_logs() as logs:
        async with connected(servers.redis_url, channel) as hub:
            await asyncio.sleep(0.4)

            assert hub.connected.is_set()
    assert logs == []


async def test_an_end_that_is_gone_without_a_word_is_noticed(
    valkey: EmbeddedValkey, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SILENCE_SECONDS", 0.1)
    with capture_logs() as logs:
        async with line_to(valkey) as line, connected(line.url, channel) as hub:
            line.cut = True

            async def disconnected() -> bool:
                return not hub.connected.is_set()

            await until(disconnected)
    assert {each["event"] for each in logs} == {"live.disconnected"}
    assert logs[0]["error"] == "Redis has fallen silent"


class Line:
    """A connection to the server that can be cut so that nobody is told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cut = False


@asynccontextmanager
async def line_to(valkey: EmbeddedValkey) -> AsyncIterator[Line]:
    line = Line("")

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if not line.cut:
                target.write(data)
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", valkey.port)
        await asyncio.gather(pump(reader, ours), pump(theirs, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line.url = f"redis://:{valkey.password()}@127.0.0.1:{port}/0"
    try:
        yield line
    finally:
        server.close()
        await asyncio.sleep(0.05)


@pytest.fixture
async def hub(servers: Servers, channel: str) -> AsyncIterator[Hub]:
    """The process's hub, over a channel of the test's own."""
    async with serving(Hub(servers.redis_url, channel)) as started:
        await asyncio.wait_for(started.connected.wait(), 10)
        yield started


async def one_more(found: AsyncIterator[None]) -> None:
    await anext(found)


async def test_changes_come_at_once_and_with_each_touch(hub: Hub) -> None:
    async with aclosing(changes("a", "b")) as found:
        await anext(found)
        for topic in ("a", "b"):
            later = asyncio.create_task(one_more(found))
            await asyncio.sleep(0.02)
            assert not later.done()
            hub.wake([topic, "c"])
            await asyncio.wait_for(later, 5)


async def test_touches_while_the_answer_is_read_are_one_change_more(hub: Hub) -> None:
    async with aclosing(changes("a")) as found:
        await anext(found)
        hub.wake(["a"])
        hub.wake(["a"])
        await asyncio.wait_for(anext(found), 5)
        later = asyncio.create_task(one_more(found))
        await asyncio.sleep(0.05)

        assert not later.done()
        later.cancel()
        await asyncio.gather(later, return_exceptions=True)


async def test_the_answer_is_read_again_when_its_time_has_come(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TIMER_SECONDS", 0.01)
    moments = [clock.now() + timedelta(seconds=0.1), None]
    async with aclosing(changes("a", next_change=lambda: moments.pop(0))) as found:
        await anext(found)
        begun = asyncio.get_running_loop().time()
        await asyncio.wait_for(anext(found), 5)
        waited = asyncio.get_running_loop().time() - begun

    assert 0.08 < waited < 4
    assert moments == [None]


async def test_a_time_that_has_passed_is_not_asked_for_in_a_loop(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TIMER_SECONDS", 0.1)
    past = clock.now() - timedelta(days=1)
    count = 0
    async with aclosing(changes("a", next_change=lambda: past)) as found:
        deadline = asyncio.get_running_loop().time() + 0.35
        async for _ in found:
            count += 1
            if asyncio.get_running_loop().time() > deadline:
                break

    assert count <= 5


async def test_a_wait_that_is_over_leaves_no_timer(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TIMER_SECONDS", 0.05)
    moments = [clock.now() + timedelta(seconds=0.1), None]
    async with aclosing(changes("a", next_change=lambda: moments.pop(0))) as found:
        await anext(found)
        later = asyncio.create_task(one_more(found))
        await asyncio.sleep(0.01)
        hub.wake(["a"])
        await asyncio.wait_for(later, 5)
        later = asyncio.create_task(one_more(found))
        await asyncio.sleep(0.3)

        assert not later.done()
        later.cancel()
        await asyncio.wait([later])


async def test_a_crowd_is_woken_in_portions(hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        events = [stack.enter_context(following(hub, ["a", "b"])) for _ in range(250)]
        hub.wake(["a", "b"])
        at_once = sum(event.is_set() for event in events)
        for event in events:
            await woken(event)

    assert at_once == 100


def test_what_is_spread_out_is_spread_over_a_few_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_OWN_STEP", 0.5)

    found = {live._jitter(2.0) for _ in range(1_000)}

    assert found == {0.125, 0.375, 0.625, 0.875, 1.125, 1.375, 1.625, 1.875}


async def test_a_subscription_that_ends_leaves_nothing_waiting(hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        for n in range(20):
            found = await stack.enter_async_context(aclosing(changes("a", "a", f"b:{n}")))
            await anext(found)
        assert hub.listeners == 20

    assert hub.listeners == 0
    assert hub._waiting == {}


async def test_one_that_is_dropped_in_the_middle_leaves_nothing_either(hub: Hub) -> None:
    async def watch() -> None:
        async for _ in changes("a"):
            pass

    task = asyncio.create_task(watch())

    async def waits() -> bool:
        return hub.listeners == 1

    await until(waits)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async def gone() -> bool:
        return hub.listeners == 0

    await until(gone)


async def test_a_process_has_one_hub(hub: Hub) -> None:
    assert live.hub() is hub


def test_without_a_hub_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_hub", None)

    with pytest.raises(RuntimeError, match="is not running in this process"):
        live.hub()


async def test_a_hub_that_stops_while_it_connects_stops(servers: Servers, channel: str) -> None:
    for turns in range(30):
        async with Hub(servers.redis_url, channel).running():
            for _ in range(turns):
                await asyncio.sleep(0)


class Shown:
    """Something that changes seldom, and how often it was read."""

    def __init__(self) -> None:
        self.value = "old"
        self.reads: list[str] = []
        self.remembered = Remembered[str, str](lambda key: f"shown:{key}", self.read)

    async def read(self, keys: Sequence[str]) -> dict[str, str]:
        self.reads += keys
        value = self.value
        await asyncio.sleep(0)
        return dict.fromkeys(keys, value)

    async def get(self, key: str = "a") -> str:
        return (await self.remembered.get([key]))[key]


@asynccontextmanager
async def served(servers: Servers, channel: str) -> AsyncIterator[Hub]:
    async with serving(Hub(servers.redis_url, channel)) as hub:
        await asyncio.wait_for(hub.connected.wait(), 10)
        yield hub


async def test_what_is_remembered_is_read_once(servers: Servers, channel: str) -> None:
    shown = Shown()

    async with served(servers, channel):
        assert [await shown.get(), await shown.get()] == ["old", "old"]
        assert await shown.remembered.get(["a", "b"]) == {"a": "old", "b": "old"}

    assert shown.reads == ["a", "b"]


async def test_a_touch_from_elsewhere_makes_it_forgotten(
    db: None, servers: Servers, channel: str
) -> None:
    shown = Shown()
    async with served(servers, channel) as hub, redis.Redis.from_url(servers.redis_url) as other:
        await shown.get("a")
        await shown.get("b")
        shown.value = "new"
        with following(hub, ["shown:a"]) as changed:
            await other.publish(channel, '["shown:a"]')
            await woken(changed)

        assert [await shown.get("a"), await shown.get("b")] == ["new", "old"]


async def test_who_changes_it_reads_the_change_at_once(
    db: None, servers: Servers, channel: str
) -> None:
    shown = Shown()
    async with served(servers, channel), announcer(servers.redis_url) as client:
        await shown.get()
        async with on_commit(announcing(client, {channel: touched})), unit_of_work():
            shown.value = "new"
            touch("shown:a")

        assert await shown.get() == "new"


async def test_what_is_touched_while_it_is_read_is_not_remembered(
    servers: Servers, channel: str
) -> None:
    shown = Shown()
    async with served(servers, channel) as hub:
        reading = asyncio.create_task(shown.get())
        await asyncio.sleep(0)
        shown.value = "new"
        hub.forget(["shown:a"])

        assert [await reading, await shown.get()] == ["old", "new"]


async def test_nothing_is_remembered_while_the_hub_hears_nothing(
    servers: Servers, channel: str
) -> None:
    shown = Shown()
    async with served(servers, channel) as hub:
        await shown.get()
        hub.connected.clear()
        await shown.get()
        hub.wake_all()  # it hears again, and what it missed may be anything
        hub.connected.set()
        await shown.get()

    await shown.get()  # nor without a hub

    assert len(shown.reads) == 4


async def test_no_more_is_remembered_than_fits(servers: Servers, channel: str) -> None:
    shown = Shown()
    shown.remembered = Remembered(lambda key: key, shown.read, size=2)
    async with served(servers, channel):
        for key in ("a", "b", "c", "c", "a"):
            await shown.get(key)

    assert shown.reads == ["a", "b", "c", "a"]
