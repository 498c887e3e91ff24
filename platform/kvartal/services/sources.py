"""Where services and their orders come from, who may see them, and in which order."""
# ruff: noqa: S608 -- made of constants; values are parameters

from uuid import UUID

from kvartal.auth.access import visible_to, visible_to_staff
from kvartal.auth.actor import Actor
from kvartal.db.sql import Args, Keyset, RowShape, ToOne, instant, text
from kvartal.housing.sources import PREMISE, RESIDENT, Source
from kvartal.permissions import ORDER_MANAGE
from kvartal.plugin import Permission

__all__ = ["ORDER", "ORDERS", "SERVICE", "SERVICES"]

SERVICE = RowShape(
    "kvartal_service",
    (
        "id",
        "organization_id",
        "kind",
        "title",
        "description",
        "price",
        "is_active",
        "archived_at",
        "version",
    ),
)
ORDER = RowShape(
    "kvartal_service_order",
    (
        "id",
        "organization_id",
        "status",
        "comment",
        "source_kind",
        "source_id",
        "created_at",
        "updated_at",
        "version",
    ),
    {
        "service": ToOne(SERVICE),
        "premise": ToOne(PREMISE),
        "resident": ToOne(RESIDENT, null=True),
    },
)


def _service_seen(actor: Actor, args: Args, permission: Permission | None) -> str:
    seen = visible_to(actor, args, organization="s.organization_id", permission=permission)
    on_offer = " AND s.is_active AND s.archived_at IS NULL" if actor.is_resident else ""
    return f"({seen}{on_offer})"


def _order_seen(actor: Actor, args: Args, permission: Permission | None) -> str:
    """Staff with the right see those of their buildings; residents what they ordered at home."""
    if not actor.is_resident:
        return visible_to_staff(
            actor,
            args,
            organization="so.organization_id",
            building="so.building_id",
            permission=permission or ORDER_MANAGE,
        )
    home = visible_to(
        actor,
        args,
        organization="so.organization_id",
        building="so.building_id",
        premise="so.premise_id",
        permission=permission,
    )
    return (
        f"({home} AND EXISTS (SELECT 1 FROM kvartal_resident sr WHERE sr.id = so.resident_id"
        f" AND sr.user_id = {args.add(actor.user_id)}))"
    )


SERVICES = Source(
    SERVICE,
    "s",
    _service_seen,
    Keyset({"s.sort_key": text, "s.id": UUID}),
    "s.archived_at IS NULL",
)
ORDERS = Source(
    ORDER,
    "so",
    _order_seen,
    Keyset({"so.created_at": instant, "so.id": UUID}, descending=True),
)
