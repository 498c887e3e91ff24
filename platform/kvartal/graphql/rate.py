"""How much a credential may ask for in a minute: token buckets that all processes share.

A process takes tokens from Redis by the twentieth of a bucket and spends them by itself, so most
requests ask nobody. Without Redis each process counts alone: a limit still holds, per process.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Protocol

import redis.asyncio as redis
import structlog

from kvartal.auth.actor import Actor, ActorKind
from kvartal.errors import RateLimited

__all__ = [
    "Draw",
    "RateLimiter",
    "Rates",
    "RedisBuckets",
    "SharedBuckets",
    "Taken",
    "credential_of",
]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MINUTE = 60.0
MAX_KNOWN = 20_000
DEAF_SECONDS = 5.0
_SHARE = 20

# Time in milliseconds, since Redis writes a Lua number with 14 digits.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i, key in ipairs(KEYS) do
    local capacity, need = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
    local want = tonumber(ARGV[3 * i])
    local kept = redis.call('HMGET', key, 'left', 'at')
    local left, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
    left = math.min(capacity, left + math.max(0, now - at) * capacity / 60000)
    local taken, wait = 0, 0
    if left >= need then
        taken = math.floor(math.min(left, want))
    else
        wait = math.ceil((need - left) * 60000 / capacity)
    end
    redis.call('HSET', key, 'left', left - taken, 'at', now)
    redis.call('PEXPIRE', key, 61000)
    answer[2 * i - 1], answer[2 * i] = taken, wait
end
return answer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a credential may ask for in a minute, and a network without one; 0 is no limit."""

    requests: int = 0
    cost: int = 0
    anonymous_requests: int = 0
    anonymous_cost: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """What is wanted of a bucket: at least ``need`` tokens and up to ``want``, or none."""

    name: str
    capacity: int
    need: int
    want: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket gave: so many tokens, or none and after how many seconds there will be."""

    tokens: int
    wait: float = 0.0


class SharedBuckets(Protocol):
    """Buckets that several processes draw from."""

    async def take(self, draws: Sequence[Draw]) -> list[Taken] | None:
        """What each of the buckets gives; None if they cannot be asked."""


class RedisBuckets:
    """The buckets in Redis; after a fault they are left alone for some seconds."""

    def __init__(
        self, client: redis.Redis, prefix: str, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._prefix = prefix
        self._take = client.register_script(_TAKE)
        self._now = now
        self._deaf_until = -math.inf

    async def take(self, draws: Sequence[Draw]) -> list[Taken] | None:
        """Take from all of the buckets, in a single round trip."""
        if self._now() < self._deaf_until:
            return None
        try:
            told = await self._take(
                keys=[f"{self._prefix}:rate:{each.name}" for each in draws],
                args=[number for each in draws for number in (each.capacity, each.need, each.want)],
            )
        except (redis.RedisError, OSError) as error:
            # Requests must not wait for a dead Redis one after the other.
            self._deaf_until = self._now() + DEAF_SECONDS
            log.warning("rate.redis_unavailable", error=str(error))
            return None
        return [
            Taken(int(tokens), int(wait) / 1000)
            for tokens, wait in zip(told[::2], told[1::2], strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A bucket by its name; ``share``: as much of it as a process takes at a time."""

    name: str
    capacity: int

    @property
    def share(self) -> int:
        return self.capacity // _SHARE


@dataclass(slots=True)
class _Purse:
    """What this process may still spend of one bucket; ``alone`` is the bucket without Redis."""

    left: int = 0
    refused: int = 0
    refused_until: float = -math.inf
    alone: float = math.nan
    counted_at: float = field(default=-math.inf)
    filling: asyncio.Lock = field(default_factory=asyncio.Lock)


class RateLimiter:
    """Admits requests as long as their credential's buckets are not empty."""

    def __init__(
        self,
        rates: Rates,
        shared: SharedBuckets | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._shared = shared
        self._now = now
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    async def admit_request(self, actor: Actor, remote_address: str | None) -> None:
        """Count one request; RateLimited if there were too many."""
        requests, cost = self._buckets(actor, remote_address)
        # Whoever comes for the first time will ask for something as well.
        await self._spend(requests, 1, beside=cost)

    async def admit_cost(self, actor: Actor, remote_address: str | None, cost: int) -> None:
        """Count an operation's cost; RateLimited if there was too much."""
        _, bucket = self._buckets(actor, remote_address)
        await self._spend(bucket, cost)

    def _buckets(self, actor: Actor, remote_address: str | None) -> tuple[_Bucket, _Bucket]:
        # In braces, since a cluster keeps both on one node then: a script may ask for them at once.
        credential, rates = f"{{{credential_of(actor, remote_address)}}}", self._rates
        anonymous = actor.is_anonymous
        return (
            _Bucket(
                f"{credential}:requests", rates.anonymous_requests if anonymous else rates.requests
            ),
            _Bucket(f"{credential}:cost", rates.anonymous_cost if anonymous else rates.cost),
        )

    async def _spend(self, bucket: _Bucket, amount: int, beside: _Bucket | None = None) -> None:
        if bucket.capacity <= 0:
            return
        # What is dearer than a minute's worth would never be served: it empties the bucket.
        need = min(amount, bucket.capacity)
        purse = self._purse(bucket.name)
        if purse.left < need:
            # Requests that come together share what the first of them draws.
            async with purse.filling:
                if purse.left < need:
                    await self._fill(purse, bucket, need, beside)
        purse.left -= need

    async def _fill(
        self, purse: _Purse, bucket: _Bucket, need: int, beside: _Bucket | None
    ) -> None:
        wait = purse.refused_until - self._now()
        if wait > 0 and need >= purse.refused:
            # Asked already: a client that does not listen is answered without Redis.
            raise RateLimited(retry_after=math.ceil(wait))
        taken = await self._draw(purse, bucket, need - purse.left, beside)
        if taken.tokens == 0:
            purse.refused, purse.refused_until = need, self._now() + taken.wait
            raise RateLimited(retry_after=max(1, math.ceil(taken.wait)))
        purse.left += taken.tokens

    async def _draw(
        self, purse: _Purse, bucket: _Bucket, need: int, beside: _Bucket | None
    ) -> Taken:
        """What a bucket gives; one ``beside`` it fills its empty purse on the same way."""
        if self._shared is None:
            return self._draw_alone(purse, bucket.capacity, need)
        draws = [Draw(bucket.name, bucket.capacity, need, max(need, bucket.share))]
        if beside is not None and beside.share and not self._purse(beside.name).left:
            draws.append(Draw(beside.name, beside.capacity, 0, beside.share))
        found = await self._shared.take(draws)
        if found is None:
            return self._draw_alone(purse, bucket.capacity, need)
        for draw, taken in zip(draws[1:], found[1:], strict=True):
            self._purse(draw.name).left += taken.tokens
        return found[0]

    def _draw_alone(self, purse: _Purse, capacity: int, need: int) -> Taken:
        now = self._now()
        if math.isnan(purse.alone):
            purse.alone, purse.counted_at = float(capacity), now
        grown = (now - purse.counted_at) * capacity / MINUTE
        purse.alone, purse.counted_at = min(capacity, purse.alone + grown), now
        if purse.alone < need:
            return Taken(0, (need - purse.alone) * MINUTE / capacity)
        purse.alone -= need
        return Taken(need)

    def _purse(self, name: str) -> _Purse:
        purse = self._purses.get(name)
        if purse is None:
            purse = self._purses[name] = _Purse()
            if len(self._purses) > MAX_KNOWN:
                self._purses.popitem(last=False)
        else:
            self._purses.move_to_end(name)
        return purse


def credential_of(actor: Actor, remote_address: str | None) -> str:
    """Whose requests are counted together: a person's, a token's, or those of a network."""
    if actor.user_id is not None:
        return f"user:{actor.user_id}"
    if actor.kind is not ActorKind.ANONYMOUS:
        return f"service:{','.join(str(each.employee_id) for each in actor.memberships)}"
    return f"network:{_network(remote_address)}"


def _network(remote_address: str | None) -> str:
    try:
        address = ip_address((remote_address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        # One subscriber has a /64 at least.
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
