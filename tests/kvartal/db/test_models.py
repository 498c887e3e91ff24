"""The ids of rows: of a time, and no two alike."""

import time
from collections.abc import Iterator
from itertools import islice
from uuid import RFC_4122, UUID

import pytest

from kvartal.db.models import uuid7, uuid7s


def one_by_one() -> Iterator[UUID]:
    while True:
        yield uuid7()


# Portions of randomness end within so many.
@pytest.fixture(params=[one_by_one, uuid7s], ids=["one by one", "many"])
def ids(request: pytest.FixtureRequest) -> list[UUID]:
    return list(islice(request.param(), 1000))


def test_ids_are_of_the_seventh_version(ids: list[UUID]) -> None:
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}


def test_no_two_ids_are_alike_in_their_randomness(ids: list[UUID]) -> None:
    assert len({each.int & ((1 << 62) - 1) for each in ids}) == len(ids)
    assert len({each.int >> 64 & 0xFFF for each in ids}) > 500


def test_ids_begin_with_the_time_at_which_they_are_made() -> None:
    source = uuid7s()
    first = next(source)
    time.sleep(0.005)
    began = time.time_ns() // 1_000_000
    second = next(source)
    assert first.int >> 80 < began <= second.int >> 80 <= time.time_ns() // 1_000_000
