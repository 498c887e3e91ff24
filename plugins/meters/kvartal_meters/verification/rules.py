"""When a night's check is due, and for which meters verification can be ordered."""

from datetime import UTC, date, datetime, time, tzinfo

from kvartal.errors import DomainError
from kvartal_meters.errors import MeterArchived, VerificationNotOffered
from kvartal_meters.meters.rules import MeterScope, MeterStatus

__all__ = ["check_is_due_at", "refusal_to_order"]

_PAST_MIDNIGHT = time(0, 10)


def check_is_due_at(day: date, zone: tzinfo) -> datetime:
    """The instant at which the meters of a zone are checked on ``day``.

    Where the clocks leave that time out, it is as long after the day before; where they strike it
    twice, it is the first time.
    """
    return datetime.combine(day, _PAST_MIDNIGHT, tzinfo=zone).astimezone(UTC)


def refusal_to_order(
    scope: MeterScope, status: MeterStatus, *, is_offered: bool
) -> DomainError | None:
    """Why the verification of a meter cannot be ordered.

    It can before anybody is warned: who is about to leave may have it done early. A house meter's
    is not the residents' concern.
    """
    if status is MeterStatus.ARCHIVED:
        return MeterArchived(path=("meter_id",))
    if scope is MeterScope.COLLECTIVE or not is_offered:
        return VerificationNotOffered(path=("meter_id",))
    return None
