from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from kvartal.auth import passwords


@pytest.fixture
def quick_argon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with parameters that cost nothing: for tests of anything but passwords."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._dummy_hash.cache_clear()
    yield
    passwords._dummy_hash.cache_clear()
