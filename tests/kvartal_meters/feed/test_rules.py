"""What a subscriber is told: each reading once, whenever it appears, and no more than fits."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal_meters.feed import rules
from kvartal_meters.feed.rules import AT_ONCE, FeedState

START = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


def row(seconds: float, key: UUID | None = None) -> dict[str, Any]:
    return {"id": key or uuid4(), "submitted_at": START + timedelta(seconds=seconds)}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_the_earliest_is_told_first_and_remembered() -> None:
    state = FeedState(START)
    newest, older = row(2), row(1)

    news = state.take([newest, older], at(0.5))

    assert (news.rows, news.skipped) == ([older, newest], False)
    assert state.horizon == at(0.5)
    assert list(state.told) == [
        (older["id"], older["submitted_at"]),
        (newest["id"], newest["submitted_at"]),
    ]


def test_what_is_settled_is_forgotten() -> None:
    state = FeedState(START)
    early, late = row(1), row(3)

    state.take([late, early], START)
    state.take([], at(2))

    assert list(state.told) == [(late["id"], late["submitted_at"])]


def test_the_horizon_never_goes_back() -> None:
    state = FeedState(at(5))

    state.take([], START)

    assert state.horizon == at(5)


def test_of_more_than_fits_the_newest_are_told_and_the_others_never() -> None:
    state = FeedState(START)
    found = [row(AT_ONCE + 1 - n) for n in range(AT_ONCE + 1)]

    news = state.take(found, START)

    assert news.skipped
    assert news.rows == found[-2::-1]
    assert state.horizon == at(2) + timedelta(microseconds=1)
    assert len(state.told) == AT_ONCE - 1


def test_a_full_page_is_no_more_than_fits() -> None:
    assert not FeedState(START).take([row(n) for n in range(AT_ONCE)], START).skipped


def test_what_is_remembered_is_bounded_while_somebody_saves_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "REMEMBERED", 5)
    state = FeedState(START)

    first = state.take([row(n) for n in range(5, 0, -1)], START)
    second = state.take([row(6)], START)

    assert (first.skipped, second.skipped) == (False, True)
    assert state.horizon == at(2)
    assert sorted(moment for _, moment in state.told) == [at(n) for n in range(2, 7)]
