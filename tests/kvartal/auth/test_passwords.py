import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Literal

import pytest
from argon2 import PasswordHasher

from kvartal.auth import passwords
from kvartal.auth.passwords import Verdict, hash_password, verify_password
from kvartal.errors import RateLimited

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


async def test_a_letter_is_the_same_however_it_is_composed(hasher: CountingHasher) -> None:
    kept = await hash_password("тёмныи\u0306 лес")

    assert await verify_password("темные\u0308й лес", kept) == Verdict(is_right=False)
    assert await verify_password("тёмный лес", kept) == Verdict(is_right=True)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Two places for strangers and three for all; the work lasts until the event is set."""
    done = Event()
    monkeypatch.setattr(passwords, "_all", passwords._Queue(3))
    monkeypatch.setattr(passwords, "_strangers", passwords._Queue(2))

    def verify(*_: object) -> Verdict:
        done.wait(10)
        return Verdict(is_right=False)

    monkeypatch.setattr(passwords, "_verify", verify)
    yield done
    done.set()


async def test_a_flood_is_refused_instead_of_waited_for(busy: Event) -> None:
    flood = [
        asyncio.create_task(verify_password("пароль", None, is_stranger=True)) for _ in range(5)
    ]
    await asyncio.sleep(0.05)

    refused = [each.exception() for each in flood if each.done()]
    assert [type(each) for each in refused] == [RateLimited] * 3
    assert isinstance(refused[0], RateLimited)
    assert refused[0].facts == {"retry_after": 5}

    waiting = [each for each in flood if not each.done()]
    busy.set()
    assert await asyncio.gather(*waiting) == [Verdict(is_right=False)] * 2


async def test_a_flood_of_strangers_leaves_room_for_those_who_are_known(busy: Event) -> None:
    flood = [
        asyncio.create_task(verify_password("пароль", None, is_stranger=True)) for _ in range(9)
    ]
    await asyncio.sleep(0)
    known = asyncio.create_task(verify_password("пароль", None))
    await asyncio.sleep(0.05)

    assert not known.done()
    with pytest.raises(RateLimited):
        await hash_password("пароль")

    busy.set()
    assert await known == Verdict(is_right=False)
    await asyncio.gather(*flood, return_exceptions=True)


async def test_who_hangs_up_holds_the_place_until_the_work_is_done(busy: Event) -> None:
    flood = [
        asyncio.create_task(verify_password("пароль", None, is_stranger=True)) for _ in range(2)
    ]
    await asyncio.sleep(0.05)
    for each in flood:
        each.cancel()
    await asyncio.gather(*flood, return_exceptions=True)

    with pytest.raises(RateLimited):
        await verify_password("пароль", None, is_stranger=True)

    busy.set()
    for _ in range(100):
        await asyncio.sleep(0.01)
        try:
            assert await verify_password("пароль", None, is_stranger=True)
            break
        except RateLimited:
            continue
    else:
        pytest.fail("the places are never free again")
