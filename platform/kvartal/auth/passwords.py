"""Passwords: Argon2id off the event loop, a few at a time, as slow for strangers as for users.

The queue is bounded: a flood is refused instead of making everybody wait for minutes. Strangers
may fill a part of it only; devices and addresses that have signed in before always find room.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kvartal.errors import RateLimited

__all__ = ["Verdict", "hash_password", "verify_password"]

# Each one takes 64 MiB and a core for some 50 ms: two threads are the semaphore.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kvartal-argon2")
_hasher = PasswordHasher()

# The last in a full queue waits for a second and a half or so, longer than which nobody should.
QUEUE = 60
QUEUE_OF_STRANGERS = 40
RETRY_SECONDS = 5

T = TypeVar("T")


class _Queue:
    """Places for those who wait and those who are being served."""

    def __init__(self, places: int) -> None:
        self._free = BoundedSemaphore(places)

    def enter(self) -> bool:
        """Take a place if there is one."""
        return self._free.acquire(blocking=False)

    def leave(self, _: object = None) -> None:
        """Give the place back, once the work is done or cancelled."""
        self._free.release()


_all = _Queue(QUEUE)
_strangers = _Queue(QUEUE_OF_STRANGERS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash is of an older make."""

    is_right: bool
    needs_rehash: bool = False


async def hash_password(password: str) -> str:
    """The hash to keep."""
    return await _threaded([_all], _hash, password)


async def verify_password(password: str, kept: str | None, *, is_stranger: bool = False) -> Verdict:
    """Compare with the hash that is kept; without one it takes as long and is wrong."""
    return await _threaded([_all, *([_strangers] if is_stranger else [])], _verify, password, kept)


async def _threaded(queues: Sequence[_Queue], work: Callable[..., T], *args: object) -> T:
    entered: list[_Queue] = []
    for queue in queues:
        if not queue.enter():
            for each in entered:
                each.leave()
            raise RateLimited(retry_after=RETRY_SECONDS)
        entered.append(queue)
    future = _threads.submit(work, *args)
    # A caller who hangs up does not end the work: the place is free when the work is.
    for queue in queues:
        future.add_done_callback(queue.leave)
    return await asyncio.wrap_future(future)


def _hash(password: str) -> str:
    return _hasher.hash(_bytes(password))


def _verify(password: str, kept: str | None) -> Verdict:
    # Made in either case: the first stranger must not take longer than the first user.
    dummy = _dummy_hash()
    try:
        _hasher.verify(dummy if kept is None else kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return Verdict(is_right=False)
    if kept is None:
        return Verdict(is_right=False)
    return Verdict(is_right=True, needs_rehash=_hasher.check_needs_rehash(kept))


@lru_cache
def _dummy_hash() -> str:
    return _hasher.hash(b"nobody's password")


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they compose «й» and «ё»; it is the same password.
    composed = unicodedata.normalize("NFKC", password)
    # GraphQL's \u escapes can spell half a surrogate pair, which UTF-8 refuses.
    return composed.encode("utf-8", "surrogatepass")
