"""What a list of meters is filtered by, as conditions on the meter ``m`` alone.

What stands on the building is asked row by row: joined, it would tempt the planner to gather the
whole organization before it takes the first fifty.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kvartal import clock
from kvartal.db.sql import Args
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import (
    SOON_DAYS,
    MeterScope,
    MeterStatus,
    VerificationReason,
    VerificationSeverity,
)

__all__ = ["DUE_ON", "MeterFilter", "conditions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFilter:
    """Which meters a list shows; ``words``: all must be found in what a meter is searched by.

    ``due_before``: the next verification is earlier; ``updated_before``: an instant that changes
    are settled until. Archived ones are there if they are asked for.
    """

    scope: MeterScope | None = None
    words: tuple[str, ...] = ()
    organization_id: UUID | None = None
    group_id: UUID | None = None
    quarter_id: UUID | None = None
    building_id: UUID | None = None
    premise_id: UUID | None = None
    resource_kind: ResourceKind | None = None
    meter_type: MeterType | None = None
    status: MeterStatus | None = None
    severity: VerificationSeverity | None = None
    due_before: date | None = None
    reason: VerificationReason | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    archived: bool = False


# As ``effective_next_verification`` has it: the first date that is known counts.
DUE_ON = (
    "coalesce(m.next_verification_on,"
    " (m.verified_on + make_interval(years => m.verification_interval))::date,"
    " (m.commissioned_on + make_interval(years => m.verification_interval))::date)"
)


def conditions_of(args: Args, where: MeterFilter) -> list[str]:
    """The conditions that are given; the words are another matter."""
    return [
        *_equal(args, where),
        *_literal(where),
        *_places(args, where),
        *_verification(args, where),
    ]


def _equal(args: Args, where: MeterFilter) -> Iterator[str]:
    for column, value in (
        ("organization_id", where.organization_id),
        ("building_id", where.building_id),
        ("premise_id", where.premise_id),
        ("resource_kind", where.resource_kind and where.resource_kind.value),
        ("type", where.meter_type and where.meter_type.value),
        ("verification_reason", where.reason and where.reason.value),
    ):
        if value is not None:
            yield f"m.{column} = {args.add(value)}"
    if where.updated_after is not None:
        yield f"m.updated_at > {args.add(where.updated_after)}"
    if where.updated_before is not None:
        yield f"m.updated_at < {args.add(where.updated_before)}"


def _literal(where: MeterFilter) -> Iterator[str]:
    # Literals, as in partial indexes: a parameter tells the planner of none.
    if where.scope is not None:
        yield f"m.scope = '{where.scope.value}'"
    if where.status is not None:
        yield f"m.status = '{where.status.value}'"
    elif not where.archived:
        yield "m.status <> 'ARCHIVED'"


def _places(args: Args, where: MeterFilter) -> Iterator[str]:
    if where.quarter_id is not None:
        yield (
            "m.building_id = ANY(ARRAY(SELECT b.id FROM kvartal_building b"
            f" WHERE b.quarter_id = {args.add(where.quarter_id)}))"
        )
    if where.group_id is not None:
        yield (
            "m.building_id = ANY(ARRAY(SELECT gm.building_id FROM kvartal_building_group_member gm"
            f" WHERE gm.group_id = {args.add(where.group_id)}))"
        )


def _verification(args: Args, where: MeterFilter) -> Iterator[str]:
    if where.due_before is not None:
        yield f"{DUE_ON} < {args.add(where.due_before)}"
    if where.severity is not None:
        yield _of_severity(args, where.severity)


def _of_severity(args: Args, severity: VerificationSeverity) -> str:
    """As ``verification_on`` has it, on the building's day."""
    today = (
        f"(SELECT ({args.add(clock.now())}::timestamptz AT TIME ZONE b.timezone)::date"
        " FROM kvartal_building b WHERE b.id = m.building_id)"
    )
    return (
        "(CASE WHEN m.status = 'ARCHIVED' THEN 'NONE'"
        f" WHEN {DUE_ON} < {today} THEN 'EXPIRED'"
        " WHEN m.status = 'VERIFICATION' THEN 'ON_VERIFICATION'"
        f" WHEN {DUE_ON} < {today} + {SOON_DAYS} THEN 'SOON'"
        f" ELSE 'NONE' END) = '{severity.value}'"
    )
