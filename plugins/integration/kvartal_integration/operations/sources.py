"""Where operations and their entries come from, who may see them, and in which order."""

from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.sql import Args, Keyset, RowShape, instant
from kvartal_integration.operations.rules import EXCEL_KINDS
from kvartal_integration.permissions import EXCHANGE_MANAGE

__all__ = ["ENTRY", "ENTRY_ORDER", "OPERATION", "OPERATION_ORDER", "visible"]

OPERATION = RowShape(
    "integration_operation",
    (
        "id",
        "organization_id",
        "kind",
        "direction",
        "status",
        "trigger",
        "started_by_id",
        "counts",
        "message",
        "done",
        "total",
        "errors",
        "warnings",
        "created_at",
        "updated_at",
        "started_at",
        "finished_at",
        "cancel_requested_at",
    ),
)
ENTRY = RowShape(
    "integration_operation_entry",
    (
        "id",
        "operation_id",
        "number",
        "severity",
        "code",
        "facts",
        "file",
        "line",
        "account",
        "meter",
    ),
)
OPERATION_ORDER = Keyset({"o.created_at": instant, "o.id": UUID}, descending=True)
ENTRY_ORDER = Keyset({"e.number": int})

_EXCEL = ", ".join(f"'{kind}'" for kind in sorted(EXCEL_KINDS))


def visible(actor: Actor, args: Args) -> str:
    """The condition that an actor may see the operation ``o``.

    Staff with the right see those of the organization if they work with all of its buildings, for
    the log tells of all; else those that they have started themselves. An Excel operation is seen
    by the employee who has started it without the right too.
    """
    right = visible_to_staff(
        actor, args, organization="o.organization_id", permission=EXCHANGE_MANAGE
    )
    whole = _with_all_buildings(actor, args)
    if actor.user_id is None:
        return f"({right} AND {whole})"
    own = f"o.started_by_id = {args.add(actor.user_id)}"
    employed = visible_to_staff(actor, args, organization="o.organization_id")
    return f"(({right} AND ({whole} OR {own})) OR ({own} AND o.kind IN ({_EXCEL}) AND {employed}))"


def _with_all_buildings(actor: Actor, args: Args) -> str:
    # lint-skip: tenant-filter -- a condition more beside visible_to_staff
    ids = [each.organization_id for each in actor.memberships if each.all_buildings]
    return f"o.organization_id = ANY({args.add(ids)}::uuid[])"
