from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher

from kvartal.auth import passwords
from kvartal.auth.passwords import Verdict, hash_password, verify_password

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class CountingHasher(PasswordHasher):
    """A cheap hasher that counts what takes the time."""

    verified = 0

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=16, parallelism=1)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingHasher]:
    made = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", made)
    passwords._dummy_hash.cache_clear()
    yield made
    passwords._dummy_hash.cache_clear()


async def test_a_hash_is_argon2id_and_tells_right_from_wrong() -> None:
    kept = await hash_password("верный пароль")

    assert kept.startswith("$argon2id$")
    assert await verify_password("верный пароль", kept) == Verdict(is_right=True)
    assert await verify_password("неверный пароль", kept) == Verdict(is_right=False)


async def test_the_same_password_is_hashed_differently_each_time(hasher: CountingHasher) -> None:
    assert await hash_password("пароль") != await hash_password("пароль")


async def test_a_hash_of_an_older_make_is_to_be_renewed(hasher: CountingHasher) -> None:
    older = CHEAP.hash("пароль")

    assert await verify_password("пароль", older) == Verdict(is_right=True, needs_rehash=True)
    assert await verify_password("иное", older) == Verdict(is_right=False)


@pytest.mark.parametrize("password", ["", "nobody's password", "\ud800", "я" * 10_000])
async def test_a_stranger_is_verified_as_long_as_a_user_and_never_right(
    hasher: CountingHasher, password: str
) -> None:
    assert await verify_password(password, None) == Verdict(is_right=False)
    assert hasher.verified == 1


async def test_a_hash_that_is_none_lets_nobody_in(hasher: CountingHasher) -> None:
    assert await verify_password("пароль", "no hash") == Verdict(is_right=False)
