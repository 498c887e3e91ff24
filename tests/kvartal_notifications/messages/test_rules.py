"""Where somebody stands who listens to their inbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kvartal_notifications.messages.rules import AT_ONCE, InboxState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row(number: int, seconds: float) -> dict[str, Any]:
    return {"id": UUID(int=number), "created_at": NOON + timedelta(seconds=seconds)}


def test_what_was_found_is_told_the_earliest_first() -> None:
    state = InboxState(NOON)

    news = state.take([row(2, 2), row(1, 1)], NOON)

    assert ([each["id"].int for each in news.rows], news.skipped) == ([1, 2], False)
    assert set(state.told) == {UUID(int=1), UUID(int=2)}


def test_what_is_settled_need_not_be_remembered() -> None:
    state = InboxState(NOON)

    state.take([row(2, 3), row(1, 1)], NOON + timedelta(seconds=2))
    state.take([], NOON)  # the horizon never goes back

    assert state.horizon == NOON + timedelta(seconds=2)
    assert set(state.told) == {UUID(int=2)}


def test_of_too_many_the_newest_are_told() -> None:
    state = InboxState(NOON)
    found = [row(number, number) for number in range(AT_ONCE + 1, 0, -1)]

    news = state.take(found, NOON)

    assert (len(news.rows), news.skipped) == (AT_ONCE, True)
    assert news.rows[0]["id"].int == 2
    assert state.horizon == NOON + timedelta(seconds=2, microseconds=1)
