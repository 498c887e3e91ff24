"""How often something may be tried, so that nobody can use the limit against the owner.

Whoever knows an e-mail or a telephone can fail at it as often as they like. A lock on the account
would therefore be a weapon; these budgets are not:

- **The place pays.** The first limit of an account is one of the account *and the place* of who
  tries, be it the owner's address or a stranger's. A stranger spends their own. A second limit is
  the network's alone, whatever accounts are tried from there.
- **The device is a place of its own.** Who has signed in holds a device token. With it the limits
  are those of the device and of no network, so that even a stranger behind the same router, or in
  the same mobile network, spends nothing of the owner's.
- **Many networks at once** are met by a third limit, that of all strangers to the account
  together. Devices and addresses that have signed in to it before are no strangers and never meet
  it. No single network can spend it: each has a small share of its own.
- **What is left to an owner** who is on a new device, in a new network, while a botnet tries their
  account: a password is reset through the mailbox. Links in it work whoever asked for them, one
  may be asked for each hour and lives as long, so a flood only leaves a living link there. The
  reset answers with a device token. A resident who has never signed in anywhere must wait or use
  another network: a botnet in eight networks can keep them out, since nothing tells them
  from it.
- **Nothing is told.** The first two limits depend on what was sent and from where, never on
  whether the account exists, and answer RATE_LIMITED. The third, which a known address does not
  meet, is silent: the password counts as wrong, the code and the letter are not sent.
- A code is guessed five times at most, and only by whoever asked for it: each place has a code
  of its own. Nobody can use up the guesses of another, nor replace their code.

The budgets are rows of PostgreSQL: all processes share them, Redis may be down, and a budget that
cannot be counted is an attempt that is not made.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from uuid import UUID

__all__ = [
    "Budget",
    "Budgets",
    "Origin",
    "Visitor",
    "code_guess_budgets",
    "code_request_budgets",
    "origin_of",
    "password_budgets",
    "reset_budgets",
    "seconds_until",
    "session_budgets",
]

MINUTE, QUARTER, HOUR, DAY = (timedelta(minutes=minutes) for minutes in (1, 15, 60, 1440))


@dataclass(frozen=True, slots=True)
class Budget:
    """So many attempts at once, refilled evenly over the time given."""

    key: str
    times: int
    per: timedelta

    @property
    def every(self) -> timedelta:
        """How long one attempt takes to be refilled."""
        return self.per / self.times


@dataclass(frozen=True, slots=True)
class Budgets:
    """What one attempt costs.

    ``own``: of the place and the account, ``network``: of the network; both refuse loudly.
    ``strangers``: of all strangers to the account, which refuse in silence.
    """

    own: tuple[Budget, ...] = ()
    network: tuple[Budget, ...] = ()
    strangers: tuple[Budget, ...] = ()

    @property
    def loud(self) -> tuple[Budget, ...]:
        """Those that answer RATE_LIMITED."""
        return self.own + self.network

    @property
    def shared(self) -> tuple[Budget, ...]:
        """Those that others spend as well."""
        return self.network + self.strangers

    def __add__(self, other: "Budgets") -> "Budgets":
        return Budgets(
            self.own + other.own, self.network + other.network, self.strangers + other.strangers
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the address of one subscriber, and the network around it."""

    address: str
    network: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who tries, as far as it is known: where they are, and whether they were there before.

    ``device``: named by a device token of this account; ``is_known``: the account has been signed
    in to from the address.
    """

    origin: Origin
    device: UUID | None = None
    is_known: bool = False

    @property
    def place(self) -> str:
        """Where attempts of this visitor are counted."""
        if self.device is not None:
            return f"device:{self.device.hex}"
        return f"address:{self.origin.address}"

    @property
    def is_stranger(self) -> bool:
        """Nothing tells that the account is theirs."""
        return self.device is None and not self.is_known


def origin_of(remote_address: str | None) -> Origin:
    """The origin of a request; whoever hides their address shares one with all who do."""
    try:
        address = ip_address((remote_address or "").partition("%")[0])
    except ValueError:
        return Origin("unknown", "unknown")
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return Origin(str(address), _prefix(address, 24))
    # A subscriber has a /64 at least; a customer of a data centre up to a /48.
    return Origin(_prefix(address, 64), _prefix(address, 48))


def password_budgets(email: str, visitor: Visitor) -> Budgets:
    """What an attempt at a password costs."""
    return Budgets(
        # Soon refilled: whoever shares a router with a stranger waits for seconds, and what may be
        # tried in a day is the others' to bound.
        own=(Budget(f"password|{email}|{visitor.place}", 10, 2 * MINUTE),),
        network=_of_network("password", visitor, 100, QUARTER),
        strangers=_of_strangers("password", email, visitor, share=30, total=300),
    )


def code_request_budgets(phone: str, visitor: Visitor) -> Budgets:
    """What it costs to have a one-time code sent."""
    return Budgets(
        own=(
            Budget(f"code|{phone}|{visitor.place}|pause", 1, MINUTE),
            Budget(f"code|{phone}|{visitor.place}", 5, DAY),
        ),
        network=_of_network("code", visitor, 300, HOUR),
        strangers=_of_strangers("code", phone, visitor, share=5, total=40),
    )


def code_guess_budgets(visitor: Visitor) -> Budgets:
    """What a guess at a code costs beside one of the code's own five."""
    return Budgets(network=_of_network("guess", visitor, 100, QUARTER))


def reset_budgets(email: str, visitor: Visitor) -> Budgets:
    """What it costs to have a reset link sent."""
    return Budgets(
        own=(
            Budget(f"reset|{email}|{visitor.place}|pause", 1, MINUTE),
            Budget(f"reset|{email}|{visitor.place}", 5, HOUR),
        ),
        network=_of_network("reset", visitor, 60, HOUR),
        strangers=_of_strangers("reset", email, visitor, share=12, total=24),
    )


def session_budgets(session_id: UUID) -> Budgets:
    """What an attempt at the old password costs when a new one is set from within a session."""
    return Budgets(own=(Budget(f"change|{session_id.hex}", 10, QUARTER),))


def seconds_until(free_at: datetime | None, now: datetime) -> int:
    """How long to wait, in whole seconds; a race that was lost is worth one."""
    if free_at is None:
        return 1
    return max(1, math.ceil((free_at - now).total_seconds()))


def _of_network(purpose: str, visitor: Visitor, times: int, per: timedelta) -> tuple[Budget, ...]:
    # A device pays for itself: its owner may be in a network full of strangers.
    if visitor.device is not None:
        return ()
    return (Budget(f"{purpose}|network:{visitor.origin.network}", times, per),)


def _of_strangers(
    purpose: str, account: str, visitor: Visitor, *, share: int, total: int
) -> tuple[Budget, ...]:
    if not visitor.is_stranger:
        # The same work as for strangers: the time must not tell whose address this is.
        return (
            Budget(f"{purpose}|{account}|{visitor.place}|share", total, DAY),
            Budget(f"{purpose}|{account}|{visitor.place}|total", total, DAY),
        )
    return (
        Budget(f"{purpose}|{account}|network:{visitor.origin.network}", share, DAY),
        Budget(f"{purpose}|{account}|strangers", total, DAY),
    )


def _prefix(address: IPv4Address | IPv6Address, length: int) -> str:
    return str(ip_network((address, length), strict=False))
