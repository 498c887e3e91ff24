from datetime import UTC, datetime, timedelta

from kvartal_notifications.channels.push.pausing import Pauses

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_service_is_left_alone_until_then_and_no_longer() -> None:
    pauses = Pauses()
    pauses.pause("a", NOW + MINUTE)

    assert pauses.until("a", NOW) == NOW + MINUTE
    assert pauses.until("b", NOW) is None
    assert pauses.until("a", NOW + MINUTE) is None
    assert pauses.until("a", NOW) is None  # it is forgotten


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    pauses = Pauses()
    pauses.pause("a", NOW + 2 * MINUTE)
    pauses.pause("a", NOW + MINUTE)

    assert pauses.until("a", NOW) == NOW + 2 * MINUTE


def test_the_services_of_strangers_do_not_pile_up() -> None:
    pauses = Pauses()
    for number in range(5_000):
        pauses.pause(f"service-{number}", NOW + number * MINUTE)

    kept = [n for n in range(5_000) if pauses.until(f"service-{n}", NOW) is not None]
    assert kept == list(range(4_000, 5_000))
