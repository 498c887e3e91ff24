"""How a notice is carried: when it is tried again, and what ends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.messages.rules import DeliveryStatus

__all__ = [
    "BATCHES",
    "CLAIM",
    "LEASE",
    "MAX_ATTEMPTS",
    "MAX_UNKNOWN",
    "Circumstances",
    "Fate",
    "Problem",
    "before_sending",
    "fate_of",
    "masked",
]

CLAIM = 500
"""So many deliveries a worker takes at once."""

LEASE = timedelta(minutes=15)
"""So long nobody else takes them: longer than a batch of slow letters lasts."""

MAX_UNKNOWN = 2
"""So many attempts may have arrived without anybody knowing."""

MAX_ATTEMPTS = 12  # the last one about a day after the first
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
)

# An attempt that was begun and whose worker died is unknown: the smaller the batch, the fewer are.
BATCHES = {"PUSH": 50, "EMAIL": 10}


class Problem(StrEnum):
    """Why a notice did not go a way, by the delivery's own finding; a channel has more."""

    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    EXPIRED = "EXPIRED"
    KIND_OFF = "KIND_OFF"
    OPTED_OUT = "OPTED_OUT"
    PERSON_BARRED = "PERSON_BARRED"
    ADDRESS_MISSING = "ADDRESS_MISSING"
    ADDRESS_SUPPRESSED = "ADDRESS_SUPPRESSED"
    DEVICE_GONE = "DEVICE_GONE"
    NOT_SET_UP = "NOT_SET_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a delivery: ``due_at`` only if it is to be tried (again)."""

    status: DeliveryStatus
    due_at: datetime | None = None
    problem: str | None = None
    provider_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How things stand with a delivery that has fallen due.

    ``obstacle``: why it cannot be sent at all; ``quiet_until``: before then no push rings.
    """

    expires_at: datetime | None
    obstacle: Problem | None = None
    quiet_until: datetime | None = None


def before_sending(about: Circumstances, now: datetime) -> Fate | None:
    """What becomes of a delivery without an attempt; None if it is to be sent now."""
    if about.expires_at is not None and about.expires_at <= now:
        return Fate(status=DeliveryStatus.SKIPPED, problem=Problem.EXPIRED)
    if about.obstacle is not None:
        return Fate(status=DeliveryStatus.SKIPPED, problem=about.obstacle)
    if about.quiet_until is None:
        return None
    if about.expires_at is not None and about.quiet_until >= about.expires_at:
        return Fate(status=DeliveryStatus.SKIPPED, problem=Problem.EXPIRED)
    return Fate(status=DeliveryStatus.PENDING, due_at=about.quiet_until)


def fate_of(outcome: Outcome, about: Circumstances, attempts: int, now: datetime) -> Fate:
    """What becomes of a delivery after its ``attempts``-th attempt."""
    match outcome.verdict:
        case Verdict.SENT:
            return Fate(
                status=DeliveryStatus.SENT,
                problem=outcome.problem,
                provider_message=outcome.provider_message,
            )
        case Verdict.ADDRESS_GONE | Verdict.REFUSED:
            return Fate(status=DeliveryStatus.FAILED, problem=outcome.problem)
    due = now + _WAITS[min(attempts, len(_WAITS)) - 1]
    if outcome.retry_at is not None:
        due = max(due, outcome.retry_at)
    if attempts >= MAX_ATTEMPTS or (about.expires_at is not None and due >= about.expires_at):
        return Fate(status=DeliveryStatus.FAILED, problem=outcome.problem)
    return Fate(status=DeliveryStatus.PENDING, due_at=due, problem=outcome.problem)


def masked(email: str) -> str:
    """An address that staff recognize and nobody learns: ``m***@example.org``."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"
