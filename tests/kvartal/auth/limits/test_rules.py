from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kvartal.auth.limits import rules
from kvartal.auth.limits.rules import Budget, Budgets, Origin, Visitor

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HERE = Origin("203.0.113.7", "203.0.113.0/24")
ELSEWHERE = Origin("198.51.100.9", "198.51.100.0/24")
DEVICE = UUID(int=7)

STRANGER = Visitor(HERE)
KNOWN = Visitor(HERE, is_known=True)
DEVICE_HOLDER = Visitor(HERE, DEVICE)


def keys(budgets: Budgets) -> set[str]:
    return {each.key for each in budgets.loud + budgets.strangers}


@pytest.mark.parametrize(
    ("case", "remote_address", "address", "network"),
    [
        ("IPv4", "203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("IPv4 in IPv6", "::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("IPv6", "2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("IPv6 with its interface", "fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("a socket's name", "/run/web.sock", "unknown", "unknown"),
        ("nothing", "", "unknown", "unknown"),
        ("hidden", None, "unknown", "unknown"),
    ],
)
def test_the_origin_is_a_subscriber_and_the_network_around(
    case: str, remote_address: str | None, address: str, network: str
) -> None:
    assert rules.origin_of(remote_address) == Origin(address, network)


@pytest.mark.parametrize(
    ("visitor", "place", "is_stranger"),
    [
        (STRANGER, "address:203.0.113.7", True),
        (KNOWN, "address:203.0.113.7", False),
        (DEVICE_HOLDER, f"device:{DEVICE.hex}", False),
        (Visitor(HERE, DEVICE, is_known=True), f"device:{DEVICE.hex}", False),
    ],
)
def test_a_device_is_a_place_of_its_own(visitor: Visitor, place: str, is_stranger: bool) -> None:
    assert (visitor.place, visitor.is_stranger) == (place, is_stranger)


@pytest.mark.parametrize(
    "of",
    [
        lambda visitor: rules.password_budgets("maria@example.org", visitor),
        lambda visitor: rules.code_request_budgets("+79001234567", visitor),
        lambda visitor: rules.reset_budgets("maria@example.org", visitor),
        rules.code_guess_budgets,
    ],
    ids=["password", "code", "reset", "guess"],
)
def test_a_stranger_elsewhere_spends_nothing_of_an_owner_who_has_been_there(
    of: Callable[[Visitor], Budgets],
) -> None:
    strange = keys(of(Visitor(ELSEWHERE)))

    assert not strange & keys(of(KNOWN))
    assert not strange & keys(of(DEVICE_HOLDER))
    # Even behind the same router.
    assert not keys(of(STRANGER)) & keys(of(DEVICE_HOLDER))


def test_strangers_in_different_networks_share_what_is_the_accounts_alone() -> None:
    here = keys(rules.password_budgets("maria@example.org", STRANGER))
    there = keys(rules.password_budgets("maria@example.org", Visitor(ELSEWHERE)))

    assert here & there == {"password|maria@example.org|strangers"}


@pytest.mark.parametrize(
    "budgets",
    [
        rules.password_budgets("maria@example.org", STRANGER),
        rules.code_request_budgets("+79001234567", STRANGER),
        rules.reset_budgets("maria@example.org", STRANGER),
    ],
    ids=["password", "code", "reset"],
)
def test_no_single_network_can_spend_what_all_strangers_have(budgets: Budgets) -> None:
    share, total = budgets.strangers

    assert share.times < total.times
    assert share.per == total.per == timedelta(days=1)


def test_a_flood_of_resets_leaves_a_living_link_in_the_mailbox() -> None:
    _, total = rules.reset_budgets("maria@example.org", STRANGER).strangers

    assert total.every <= timedelta(hours=1)


def test_the_loud_limits_do_not_depend_on_who_has_an_account() -> None:
    for visitor in (STRANGER, KNOWN):
        assert rules.password_budgets("a@b.ru", visitor).loud == (
            Budget("password|a@b.ru|address:203.0.113.7", 10, timedelta(minutes=2)),
            Budget("password|network:203.0.113.0/24", 100, timedelta(minutes=15)),
        )
        assert len(rules.password_budgets("a@b.ru", visitor).strangers) == 2


def test_a_code_is_asked_for_once_a_minute_and_five_times_a_day_from_a_place() -> None:
    pause, daily = rules.code_request_budgets("+79001234567", STRANGER).own

    assert (pause.times, pause.per) == (1, timedelta(minutes=1))
    assert (daily.times, daily.per) == (5, timedelta(days=1))
    assert pause.key != daily.key


def test_budgets_add_up() -> None:
    one, two = Budget("a", 1, timedelta(1)), Budget("b", 1, timedelta(1))

    total = Budgets(own=(one,)) + Budgets(network=(two,), strangers=(one,))

    assert total == Budgets((one,), (two,), (one,))
    assert total.loud == (one, two)
    assert total.shared == (two, one)


def test_sessions_do_not_share_attempts_at_the_old_password() -> None:
    assert keys(rules.session_budgets(uuid4())) != keys(rules.session_budgets(uuid4()))


@pytest.mark.parametrize(
    ("free_at", "seconds"),
    [
        (NOW + timedelta(seconds=59.2), 60),
        (NOW + timedelta(seconds=1), 1),
        (NOW, 1),
        (NOW - timedelta(seconds=5), 1),
        (None, 1),
    ],
)
def test_the_wait_is_told_in_whole_seconds(free_at: datetime | None, seconds: int) -> None:
    assert rules.seconds_until(free_at, NOW) == seconds
