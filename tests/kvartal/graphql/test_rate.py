"""The rate of requests and of their cost, with Redis, without it, and across processes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
import redis.asyncio as redis

from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.embedded import Servers
from kvartal.errors import RateLimited
from kvartal.graphql import rate
from kvartal.graphql.rate import Draw, RateLimiter, Rates, RedisBuckets, Taken, credential_of

USER = Actor(ActorKind.RESIDENT, user_id=UUID(int=1))
RATES = Rates(requests=60, cost=600, anonymous_requests=6, anonymous_cost=60)


class Time:
    """A clock in the hand of the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Deaf:
    """Buckets that cannot be asked."""

    async def take(self, draws: Sequence[Draw]) -> list[Taken] | None:
        return None


@pytest.fixture
def time() -> Time:
    """The test's own time."""
    return Time()


async def _admitted(limiter: RateLimiter, actor: Actor = USER, address: str = "10.0.0.1") -> int:
    """How many requests pass before one does not; at most a thousand."""
    for number in range(1000):
        try:
            await limiter.admit_request(actor, address)
        except RateLimited:
            return number
    return 1000


@pytest.mark.parametrize("shared", [None, Deaf()])
async def test_a_bucket_empties_and_fills_again(time: Time, shared: Deaf | None) -> None:
    limiter = RateLimiter(RATES, shared, now=time)

    assert await _admitted(limiter) == 60
    with pytest.raises(RateLimited) as refused:
        await limiter.admit_request(USER, None)
    assert refused.value.facts == {"retry_after": 1}

    time.now += 10
    assert await _admitted(limiter) == 10

    time.now += 3600
    assert await _admitted(limiter) == 60


async def test_who_is_told_to_wait_and_waits_is_served(time: Time) -> None:
    limiter = RateLimiter(RATES, now=time)
    await limiter.admit_cost(USER, None, 600)

    with pytest.raises(RateLimited) as refused:
        await limiter.admit_cost(USER, None, 300)
    time.now += refused.value.facts["retry_after"]

    await limiter.admit_cost(USER, None, 300)
    assert refused.value.facts == {"retry_after": 30}


async def test_a_dear_operation_does_not_keep_cheap_ones_out(time: Time) -> None:
    limiter = RateLimiter(RATES, now=time)
    await limiter.admit_cost(USER, None, 500)

    with pytest.raises(RateLimited):
        await limiter.admit_cost(USER, None, 400)

    await limiter.admit_cost(USER, None, 50)


async def test_what_is_dearer_than_a_minute_empties_the_bucket(time: Time) -> None:
    limiter = RateLimiter(RATES, now=time)

    await limiter.admit_cost(USER, None, 10_000)

    with pytest.raises(RateLimited):
        await limiter.admit_cost(USER, None, 1)


async def test_zero_is_no_limit(time: Time) -> None:
    limiter = RateLimiter(Rates(), now=time)

    assert await _admitted(limiter) == 1000
    await limiter.admit_cost(USER, None, 10**9)


async def test_each_credential_has_buckets_of_its_own(time: Time) -> None:
    limiter = RateLimiter(RATES, now=time)

    assert await _admitted(limiter) == 60
    assert await _admitted(limiter, Actor(ActorKind.RESIDENT, user_id=UUID(int=2))) == 60
    assert await _admitted(limiter, ANONYMOUS) == 6
    assert await _admitted(limiter, ANONYMOUS, "10.0.0.2") == 6
    await limiter.admit_cost(ANONYMOUS, "10.0.0.1", 61)
    with pytest.raises(RateLimited):
        await limiter.admit_cost(ANONYMOUS, "10.0.0.1", 1)


async def test_only_so_many_credentials_are_known(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "MAX_KNOWN", 2)
    limiter = RateLimiter(RATES, now=time)
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.3"):
        await limiter.admit_request(ANONYMOUS, address)

    assert await _admitted(limiter, ANONYMOUS, "10.0.0.1") == 4
    assert await _admitted(limiter, ANONYMOUS, "10.0.0.2") == 6


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("nonsense", None, True),
    ],
)
def test_a_stranger_is_known_by_the_network(one: str, two: str | None, same: bool) -> None:
    assert (credential_of(ANONYMOUS, one) == credential_of(ANONYMOUS, two)) is same


def test_a_service_is_known_by_its_token() -> None:
    def service(token: int) -> Actor:
        membership = Membership(UUID(int=9), UUID(int=token), frozenset(), all_buildings=True)
        return Actor(ActorKind.SERVICE, memberships=(membership,))

    assert credential_of(service(1), "10.0.0.1") == credential_of(service(1), "10.0.0.2")
    assert credential_of(service(1), None) != credential_of(service(2), None)


@pytest.fixture
async def client(servers: Servers) -> AsyncIterator[redis.Redis]:
    """Redis, without buckets of an earlier test."""
    async with redis.Redis.from_url(servers.redis_url) as opened:
        async for key in opened.scan_iter("rate-test:*"):
            await opened.delete(key)
        yield opened


async def test_processes_share_a_bucket(client: redis.Redis, time: Time) -> None:
    one = RateLimiter(RATES, RedisBuckets(client, "rate-test"), now=time)
    two = RateLimiter(RATES, RedisBuckets(client, "rate-test"), now=time)

    first = await _admitted(one)
    second = await _admitted(two)

    # Redis's own clock runs meanwhile, a token a second.
    assert 60 <= first <= 62
    assert second <= 2


async def test_a_process_takes_a_twentieth_at_a_time(client: redis.Redis, time: Time) -> None:
    buckets = RedisBuckets(client, "rate-test")

    assert await buckets.take([Draw("x", 100, need=1, want=5)]) == [Taken(5)]
    assert await buckets.take([Draw("x", 100, need=94, want=94)]) == [Taken(94)]
    [taken] = await buckets.take([Draw("x", 100, need=50, want=50)]) or []

    assert taken.tokens == 0
    assert 20 < taken.wait <= 30


async def test_several_buckets_are_asked_at_once(client: redis.Redis) -> None:
    buckets = RedisBuckets(client, "rate-test")
    await buckets.take([Draw("empty", 100, need=100, want=100)])

    taken = await buckets.take([Draw("empty", 100, need=50, want=50), Draw("full", 100, 0, 5)])

    assert taken is not None
    assert [each.tokens for each in taken] == [0, 5]
    assert taken[0].wait > 0
    assert taken[1].wait == 0


class Noting:
    """Buckets that give what is wanted, and tell how they were asked."""

    def __init__(self, *, empty: str = "nothing") -> None:
        self.asked: list[list[Draw]] = []
        self._empty = empty

    async def take(self, draws: Sequence[Draw]) -> list[Taken] | None:
        self.asked.append(list(draws))
        return [
            Taken(0, 9) if each.name.endswith(self._empty) else Taken(each.want) for each in draws
        ]


async def test_a_first_request_brings_the_cost_of_its_operation_along(time: Time) -> None:
    buckets = Noting()
    limiter = RateLimiter(RATES, buckets, now=time)

    await limiter.admit_request(USER, None)
    await limiter.admit_cost(USER, None, 30)
    assert [[each.want for each in draws] for draws in buckets.asked] == [[3, 30]]

    for _ in range(3):
        await limiter.admit_request(USER, None)
    await limiter.admit_cost(USER, None, 20)
    await limiter.admit_cost(USER, None, 20)
    assert [[each.want for each in draws] for draws in buckets.asked[1:]] == [[3, 30], [30]]


async def test_where_cost_has_no_limit_none_is_brought_along(time: Time) -> None:
    buckets = Noting()

    await RateLimiter(Rates(requests=60), buckets, now=time).admit_request(USER, None)

    assert [[each.want for each in draws] for draws in buckets.asked] == [[3]]


async def test_who_has_asked_for_too_much_may_still_knock(time: Time) -> None:
    limiter = RateLimiter(RATES, Noting(empty="cost"), now=time)

    await limiter.admit_request(USER, None)
    with pytest.raises(RateLimited):
        await limiter.admit_cost(USER, None, 1)


async def test_a_bucket_is_forgotten_when_it_is_full_again(client: redis.Redis) -> None:
    await RedisBuckets(client, "rate-test").take([Draw("x", 100, need=1, want=5)])

    assert 60_000 < await client.pttl("rate-test:rate:x") <= 61_000


async def test_who_is_refused_does_not_ask_redis_again(client: redis.Redis, time: Time) -> None:
    asked = 0

    class Counted(RedisBuckets):
        async def take(self, draws: Sequence[Draw]) -> list[Taken] | None:
            nonlocal asked
            asked += 1
            return await super().take(draws)

    limiter = RateLimiter(Rates(requests=1), Counted(client, "rate-test"), now=time)
    await limiter.admit_request(USER, None)

    for _ in range(5):
        with pytest.raises(RateLimited) as refused:
            await limiter.admit_request(USER, None)

    assert asked == 2
    assert 58 <= refused.value.facts["retry_after"] <= 60


async def test_without_redis_each_process_counts_alone(time: Time) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    buckets = RedisBuckets(dead, "rate-test", now=time)
    limiter = RateLimiter(RATES, buckets, now=time)

    assert await _admitted(limiter) == 60
    assert buckets._deaf_until == time.now + rate.DEAF_SECONDS
    await dead.aclose()


async def test_redis_is_asked_again_after_some_seconds(client: redis.Redis, time: Time) -> None:
    buckets = RedisBuckets(client, "rate-test", now=time)
    buckets._deaf_until = time.now + 5

    assert await buckets.take([Draw("x", 10, need=1, want=1)]) is None
    time.now += 5
    assert await buckets.take([Draw("x", 10, need=1, want=1)]) == [Taken(1)]


async def test_requests_that_come_together_share_a_draw(client: redis.Redis, time: Time) -> None:
    limiter = RateLimiter(RATES, RedisBuckets(client, "together"), now=time)

    # A draw for each of them would have emptied the bucket before the last had its turn.
    await asyncio.gather(*(limiter.admit_request(USER, None) for _ in range(30)))

    assert await _admitted(limiter) >= 30
