from datetime import UTC, datetime, timedelta

import pytest

from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.delivery.rules import (
    MAX_ATTEMPTS,
    Circumstances,
    Fate,
    Problem,
    before_sending,
    fate_of,
    masked,
)
from kvartal_notifications.messages.rules import DeliveryStatus

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def about(**fields: object) -> Circumstances:
    given: dict[str, object] = {"expires_at": None, **fields}
    return Circumstances(**given)  # type: ignore[arg-type] # a test's own


def test_what_nothing_hinders_is_sent() -> None:
    assert before_sending(about(), NOW) is None
    assert before_sending(about(expires_at=NOW + MINUTE), NOW) is None


def test_what_has_expired_is_not_sent() -> None:
    expired = Fate(status=DeliveryStatus.SKIPPED, problem=Problem.EXPIRED)

    assert before_sending(about(expires_at=NOW), NOW) == expired
    # Rather than ring at night it is left alone if nobody wants to hear it in the morning.
    at_night = about(expires_at=NOW + MINUTE, quiet_until=NOW + MINUTE)
    assert before_sending(at_night, NOW) == expired


def test_an_obstacle_is_told() -> None:
    fate = before_sending(about(obstacle=Problem.OPTED_OUT, quiet_until=NOW + MINUTE), NOW)

    assert fate == Fate(status=DeliveryStatus.SKIPPED, problem=Problem.OPTED_OUT)


def test_in_quiet_hours_it_waits_for_their_end() -> None:
    fate = before_sending(about(quiet_until=NOW + MINUTE), NOW)

    assert fate == Fate(status=DeliveryStatus.PENDING, due_at=NOW + MINUTE)


def test_what_was_taken_is_sent() -> None:
    outcome = Outcome(verdict=Verdict.SENT, provider_message="7")

    fate = fate_of(outcome, about(), 1, NOW)

    assert fate == Fate(status=DeliveryStatus.SENT, provider_message="7")


@pytest.mark.parametrize("verdict", [Verdict.ADDRESS_GONE, Verdict.REFUSED])
def test_what_is_refused_for_good_is_not_tried_again(verdict: Verdict) -> None:
    fate = fate_of(Outcome(verdict=verdict, problem="NO"), about(), 1, NOW)

    assert fate == Fate(status=DeliveryStatus.FAILED, problem="NO")


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 180), (6, 180)]
)
def test_it_is_tried_again_later_and_later(attempts: int, minutes: int) -> None:
    fate = fate_of(Outcome(verdict=Verdict.LATER, problem="BUSY"), about(), attempts, NOW)

    due = NOW + timedelta(minutes=minutes)
    assert fate == Fate(status=DeliveryStatus.PENDING, due_at=due, problem="BUSY")


def test_not_before_the_other_side_allows() -> None:
    outcome = Outcome(verdict=Verdict.LATER, retry_at=NOW + timedelta(hours=2))

    assert fate_of(outcome, about(), 1, NOW).due_at == NOW + timedelta(hours=2)
    soon = Outcome(verdict=Verdict.LATER, retry_at=NOW)
    assert fate_of(soon, about(), 1, NOW).due_at == NOW + MINUTE


def test_it_ends_after_a_day_or_when_nobody_wants_it_any_more() -> None:
    later = Outcome(verdict=Verdict.LATER, problem="BUSY")
    given_up = Fate(status=DeliveryStatus.FAILED, problem="BUSY")

    assert fate_of(later, about(), MAX_ATTEMPTS - 1, NOW).status is DeliveryStatus.PENDING
    assert fate_of(later, about(), MAX_ATTEMPTS, NOW) == given_up
    assert fate_of(later, about(expires_at=NOW + MINUTE), 1, NOW) == given_up
    assert fate_of(later, about(expires_at=NOW + 2 * MINUTE), 1, NOW).due_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("email", "shown"),
    [("maria@example.org", "m***@example.org"), ("м@пример.рф", "м***@пример.рф")],
)
def test_an_address_is_masked(email: str, shown: str) -> None:
    assert masked(email) == shown
