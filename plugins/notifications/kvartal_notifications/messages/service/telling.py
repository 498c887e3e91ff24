"""Telling people: a notice to each, and its way to them by each channel, in one statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import SessionKind
from kvartal.errors import KvartalError
from kvartal.events import emit
from kvartal.live import touch
from kvartal.settings import in_demo
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages import queries
from kvartal_notifications.messages.queries import Plan, Written
from kvartal_notifications.messages.rules import PremiseNotice, StaffNotice, Told
from kvartal_notifications.messages.topics import inbox_topic

__all__ = ["tell_residents", "tell_staff"]

_AT_ONCE = timedelta()


class WrongAudience(KvartalError):
    """A kind for residents is told to staff, or the other way round: a programmer's mistake."""


async def tell_staff(notice: StaffNotice) -> int:
    """Tell the employees whose roles ask for it; how many. Inside the caller's unit of work.

    They are employed and not barred, work with the building if there is one, and have the kind's
    right if it has one. Whoever was told of the occasion before is not told again. In the demo,
    from which no push goes outside, the inbox has what is pushed.
    """
    _require(notice.kind, SessionKind.EMPLOYEE)
    now = clock.now()
    plan = Plan(now=now, due_at=now, shows_pushes=in_demo())
    written = await queries.write_to_staff(notice, plan)
    _announce(written, due_at=now)
    return written.told.notices


async def tell_residents(
    kind: NotificationKind,
    notices: Sequence[PremiseNotice],
    *,
    due_at: datetime,
    per_second: int | None = None,
    expires_at: datetime | None = None,
    subject_kind: str = "Premise",
) -> Told:
    """Tell the residents of many premises who have signed in. Inside the caller's unit of work.

    The inbox has it at once. The n-th delivery falls due n / ``per_second`` after ``due_at``: a
    caller who tells of more premises goes on from there. From ``expires_at`` on nothing is sent.
    """
    _require(kind, SessionKind.RESIDENT)
    if not notices:
        return Told(0, 0)
    plan = Plan(
        now=clock.now(),
        due_at=due_at,
        step=timedelta(seconds=1) / per_second if per_second else _AT_ONCE,
        expires_at=expires_at,
        shows_pushes=in_demo(),
    )
    written = await queries.write_to_residents(kind, notices, plan, subject_kind=subject_kind)
    _announce(written, due_at=due_at)
    return written.told


def _require(kind: NotificationKind, audience: SessionKind) -> None:
    if kind.audience is not audience:
        raise WrongAudience(f"{kind.key} is for {kind.audience}, not for {audience}")


def _announce(written: Written, *, due_at: datetime) -> None:
    inboxes: Sequence[UUID] = written.inboxes
    for user_id in inboxes:
        touch(inbox_topic(user_id))
    if written.told.deliveries:
        emit(DeliveriesDue(at=due_at))
