"""The end of each statement that tells people: their notices, and the deliveries of those."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kvartal.auth.api import SessionKind
from kvartal.db.connection import fetch_one
from kvartal.db.sql import Args
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.rules import DeliveryStatus, Told
from kvartal_notifications.messages.sources import DELIVERY, NOTIFICATION

__all__ = ["Plan", "Wants", "Written", "not_opted_out", "write"]

Wants = Callable[[NotificationChannel, str], str]
"""The condition that the user of a column is told by a channel."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written now; ``inboxes``: the users in whose inbox it is."""

    told: Told
    inboxes: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a notice's deliveries fall due: the n-th ``step`` · n after ``due_at``.

    ``shows_pushes``: the inbox has what is pushed, too.
    """

    now: datetime
    due_at: datetime
    step: timedelta = timedelta()
    expires_at: datetime | None = None
    shows_pushes: bool = False


async def write(
    args: Args, people: str, kind: NotificationKind, wants: Wants, plan: Plan
) -> Written:
    """Write what the CTEs ``people`` tell to whom, the last of which is ``people``.

    Its columns: organization_id, user_id, email, occasion, facts, building_id, premise_id,
    subject_kind, subject_id. Nobody gets a notice whom none of its channels reaches. Everything
    is found by its key, so the statement is as good for one person as for ten thousand.
    """
    audience, now = f"'{kind.audience.value}'", f"{args.add(plan.now)}::timestamptz"
    # Two who tell the same people at once wait for one another in one order.
    row = await fetch_one(
        f"WITH {people}, reached AS ({_reached(kind.audience, wants, plan, now)}), written AS ("
        f"INSERT INTO {NOTIFICATION.table} (id, created_at, updated_at, organization_id, user_id,"
        " audience, kind, occasion, facts, building_id, premise_id, subject_kind, subject_id,"
        " in_inbox, expires_at)"
        f" SELECT kvartal_uuid7(), {now}, {now}, r.organization_id, r.user_id, {audience},"
        f" {args.add(kind.key)}, r.occasion, r.facts, r.building_id, r.premise_id, r.subject_kind,"
        f" r.subject_id, r.in_inbox, {args.add(plan.expires_at)}::timestamptz"
        " FROM reached r WHERE r.in_inbox OR r.by_mail OR r.by_push"
        " ORDER BY r.organization_id, r.user_id, r.occasion"
        " ON CONFLICT (organization_id, user_id, kind, occasion) DO NOTHING"
        " RETURNING id, organization_id, user_id, in_inbox"
        f"), sent AS ({_deliveries(args, kind.audience, wants, plan, now)})"
        " SELECT (SELECT count(*) FROM written) AS notices, (SELECT count(*) FROM sent) AS sent,"
        " ARRAY(SELECT DISTINCT user_id FROM written WHERE in_inbox) AS inboxes",
        *args,
    )
    assert row is not None
    return Written(Told(row["notices"], row["sent"]), row["inboxes"])


def not_opted_out(args: Args, kind: NotificationKind) -> Wants:
    """Told by whichever channel they have not opted out of for this kind."""
    key = args.add(kind.key)

    def wants(channel: NotificationChannel, user: str) -> str:
        return (
            "NOT EXISTS (SELECT FROM notifications_opt_out x"
            f" WHERE x.user_id = {user} AND x.kind = {key} AND x.channel = '{channel.value}')"
        )

    return wants


def _reached(audience: SessionKind, wants: Wants, plan: Plan, now: str) -> str:
    """The people, and which of the channels reach them."""
    user = "p.user_id"
    in_inbox, pushed = (
        wants(NotificationChannel.IN_APP, user),
        wants(NotificationChannel.PUSH, user),
    )
    if plan.shows_pushes:
        in_inbox = f"({in_inbox}) OR ({pushed})"
    return (
        f"SELECT p.*, ({in_inbox}) AS in_inbox,"
        f" (p.email IS NOT NULL AND {wants(NotificationChannel.EMAIL, user)}) AS by_mail,"
        f" ({pushed} AND EXISTS (SELECT FROM {_devices('p', audience, now)})) AS by_push"
        " FROM people p"
    )


def _deliveries(args: Args, audience: SessionKind, wants: Wants, plan: Plan, now: str) -> str:
    """One by mail, and one to each device whose session lives in the capacity that is told."""
    due = f"{args.add(plan.due_at)}::timestamptz"
    step = f"{args.add(plan.step)}::interval"
    mail, push = NotificationChannel.EMAIL, NotificationChannel.PUSH
    return (
        f"INSERT INTO {DELIVERY.table} (id, created_at, updated_at, organization_id,"
        " notification_id, channel, device_id, provider, status, attempts, unknown_attempts,"
        f" due_at) SELECT kvartal_uuid7(), {now}, {now}, w.organization_id, w.id, w.channel,"
        f" w.device_id, w.provider, '{DeliveryStatus.PENDING.value}', 0, 0,"
        f" {due} + (row_number() OVER (ORDER BY w.id, w.channel, w.device_id) - 1) * {step}"
        " FROM ("
        f"SELECT n.id, n.organization_id, '{mail.value}' AS channel, NULL::uuid AS device_id,"
        " NULL::text AS provider FROM written n JOIN kvartal_user u ON u.id = n.user_id"
        f" WHERE u.email IS NOT NULL AND {wants(mail, 'n.user_id')}"
        f" UNION ALL SELECT n.id, n.organization_id, '{push.value}', d.id, d.provider"
        f" FROM written n CROSS JOIN LATERAL (SELECT d.id, d.provider"
        f" FROM {_devices('n', audience, now)}) d"
        f" WHERE {wants(push, 'n.user_id')}"
        ") w RETURNING id"
    )


def _devices(person: str, audience: SessionKind, now: str) -> str:
    """The devices of a person whose session lives: FROM and WHERE."""
    return (
        "notifications_device d JOIN kvartal_session s ON s.id = d.session_id"
        f" AND s.user_id = d.user_id AND s.kind = '{audience.value}'"
        f" AND s.revoked_at IS NULL AND s.expires_at > {now}"
        f" WHERE d.user_id = {person}.user_id"
    )
