"""What a list of readings is filtered by, as conditions on the reading ``r`` alone.

What stands on the meter or the building is asked row by row: joined, it would tempt the planner to
gather the whole organization before it takes the newest fifty.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kvartal.db.sql import Args
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.queries.searching import found_by
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.readings.rules import SubmissionChannel

__all__ = [
    "ReadingFilter",
    "conditions_of",
    "equal",
    "of_meter",
    "of_place",
    "of_reading",
    "words_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFilter:
    """Which readings a list shows; days are the organization's, both ends included.

    ``words``: all of them must be found in what the meter is searched by.
    """

    scope: MeterScope | None = None
    latest_only: bool = False
    words: tuple[str, ...] = ()
    organization_id: UUID | None = None
    group_id: UUID | None = None
    quarter_id: UUID | None = None
    building_id: UUID | None = None
    premise_id: UUID | None = None
    resource_kind: ResourceKind | None = None
    meter_type: MeterType | None = None
    channel: SubmissionChannel | None = None
    needs_review: bool | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None


def conditions_of(args: Args, where: ReadingFilter, *, searched: bool = False) -> list[str]:
    """The conditions that are given.

    ``searched``: the meters have been chosen already by what they are searched by.
    """
    found = of_reading(args, where)
    asked = of_meter(args, where, searched=searched)
    if asked:
        found.append(f"(SELECT {' AND '.join(asked)} FROM meters_meter m WHERE m.id = r.meter_id)")
    return found


def of_meter(args: Args, where: ReadingFilter, *, searched: bool = False) -> list[str]:
    """What is asked of the reading's meter ``m``."""
    found = equal(args, [("m.type", where.meter_type and where.meter_type.value)])
    if where.latest_only:
        found.append("m.latest_reading_id = r.id")
    return found if searched else [*found, *words_of(args, where)]


def of_reading(args: Args, where: ReadingFilter) -> list[str]:
    """What is asked of the reading and its place."""
    found = [
        *of_place(args, where, "r"),
        *equal(args, [("r.channel", where.channel and where.channel.value)]),
    ]
    if where.needs_review is not None:
        found.append("r.needs_review" if where.needs_review else "NOT r.needs_review")
    if where.quarter_id is not None:
        found.append(
            "(SELECT b.quarter_id FROM kvartal_building b WHERE b.id = r.building_id)"
            f" = {args.add(where.quarter_id)}"
        )
    if where.group_id is not None:
        found.append(
            "r.building_id = ANY(ARRAY(SELECT gm.building_id FROM kvartal_building_group_member gm"
            f" WHERE gm.group_id = {args.add(where.group_id)}))"
        )
    return [*found, *_dates(args, where)]


def of_place(args: Args, where: ReadingFilter, alias: str) -> list[str]:
    """What a reading repeats of its meter; closed sets by their values: asyncpg knows no enums."""
    found = equal(
        args,
        [
            (f"{alias}.organization_id", where.organization_id),
            (f"{alias}.building_id", where.building_id),
            (f"{alias}.premise_id", where.premise_id),
            (f"{alias}.resource_kind", where.resource_kind and where.resource_kind.value),
        ],
    )
    if where.scope is not None:
        # A literal, as in the partial indexes: a parameter tells the planner of no index.
        found.append(f"{alias}.scope = '{where.scope.value}'")
    return found


def equal(args: Args, pairs: Iterable[tuple[str, object]]) -> list[str]:
    """A condition for each column that is given a value."""
    return [f"{column} = {args.add(value)}" for column, value in pairs if value is not None]


def words_of(args: Args, where: ReadingFilter) -> list[str]:
    """That the reading's meter ``m`` is found by all words."""
    return found_by(args, where.words)


def _dates(args: Args, where: ReadingFilter) -> list[str]:
    """A day of the filter is one of the reading's organization.

    The index is told the hours that are that day somewhere on Earth; each row's organization has
    a time zone of its own.
    """
    zone = "(SELECT o.timezone FROM kvartal_organization o WHERE o.id = r.organization_id)"
    found = []
    if where.submitted_from is not None:
        day = f"{args.add(where.submitted_from)}::date"
        found.append(f"r.submitted_at >= ({day} - interval '14 hours') AT TIME ZONE 'UTC'")
        found.append(f"r.submitted_at >= {day}::timestamp AT TIME ZONE {zone}")
    if where.submitted_to is not None:
        end = f"({args.add(where.submitted_to)}::date + 1)"
        found.append(f"r.submitted_at < ({end} + interval '12 hours') AT TIME ZONE 'UTC'")
        found.append(f"r.submitted_at < {end}::timestamp AT TIME ZONE {zone}")
    if where.updated_after is not None:
        found.append(f"r.updated_at > {args.add(where.updated_after)}")
    if where.updated_before is not None:
        found.append(f"r.updated_at < {args.add(where.updated_before)}")
    return found
