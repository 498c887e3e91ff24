"""The rows of notices, who sees them, and in which order they are listed."""

from uuid import UUID

from kvartal.auth.api import Actor, ActorKind, SessionKind, visible_to
from kvartal.db.sql import Args, Keyset, RowShape, instant
from kvartal_notifications.kinds import kinds

__all__ = ["DELIVERY", "NEWEST", "NOTIFICATION", "visible"]

NOTIFICATION = RowShape(
    "notifications_notification",
    (
        "id",
        "organization_id",
        "user_id",
        "kind",
        "facts",
        "building_id",
        "premise_id",
        "subject_kind",
        "subject_id",
        "created_at",
        "read_at",
    ),
)
DELIVERY = RowShape(
    "notifications_delivery",
    ("id", "organization_id", "notification_id", "channel", "status", "created_at"),
)
NEWEST = Keyset({"n.created_at": instant, "n.id": UUID}, descending=True)

_AUDIENCE = {
    ActorKind.RESIDENT: SessionKind.RESIDENT,
    ActorKind.EMPLOYEE: SessionKind.EMPLOYEE,
}


def visible(actor: Actor, args: Args) -> str:
    """The condition that ``n`` is in the actor's own inbox, in the capacity of their session.

    Residents see what is about a premise of theirs, employees what is about a building that they
    work with. A notice of a plugin that is off is not there: nobody knows how to say it.
    """
    audience = _AUDIENCE.get(actor.kind)
    if audience is None or actor.user_id is None:
        return "FALSE"
    known = [key for key, kind in kinds().items() if kind.audience is audience]
    return (
        f"n.user_id = {args.add(actor.user_id)} AND n.audience = '{audience.value}' AND n.in_inbox"
        f" AND n.kind = ANY({args.add(known)}::text[]) AND {_place(actor, args)}"
    )


def _place(actor: Actor, args: Args) -> str:
    organization, building = "n.organization_id", "n.building_id"
    here = visible_to(
        actor, args, organization=organization, building=building, premise="n.premise_id"
    )
    if actor.is_resident:
        return here
    everywhere = visible_to(actor, args, organization=organization)
    return f"CASE WHEN {building} IS NULL THEN {everywhere} ELSE {here} END"
