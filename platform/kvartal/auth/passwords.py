"""Passwords: Argon2id off the event loop, a few at a time, as slow for strangers as for users."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Verdict", "hash_password", "verify_password"]

# Each one takes 64 MiB and a core for some 50 ms: two threads are the semaphore.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kvartal-argon2")
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash is of an older make."""

    is_right: bool
    needs_rehash: bool = False


async def hash_password(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hash, password)


async def verify_password(password: str, kept: str | None) -> Verdict:
    """Compare with the hash that is kept; without one it takes as long and is wrong."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, kept)


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
    # GraphQL's \u escapes can spell half a surrogate pair, which UTF-8 refuses.
    return password.encode("utf-8", "surrogatepass")
