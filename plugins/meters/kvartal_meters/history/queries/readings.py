"""The readings of premises by month."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args, Keyset
from kvartal.graphql.paging import Page
from kvartal_meters.history.rules import DayRange
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.sources import READING, reading_columns, reading_joins

__all__ = ["BY_MONTH", "months_of_premises"]

BY_MONTH = Keyset({"r.billing_month": date.fromisoformat}, descending=True)


async def months_of_premises(
    actor: Actor, premises: Sequence[UUID], days: DayRange, page: Page
) -> dict[UUID, list[Record]]:
    """The same page of months of each premise; ``readings`` of a month are newest first.

    A day is one of the building's time zone.
    """
    args, order = Args(), BY_MONTH
    seen = visible_to(
        actor,
        args,
        organization="p.organization_id",
        building="p.building_id",
        premise="p.id",
        permission=SUBMIT,
    )
    conditions = [
        f"p.id = ANY({args.add(list(premises))}::uuid[])",
        seen,
        order.after(args, page.key, backward=page.backward),
        *_on_days(args, days),
    ]
    direction = order.order(backward=page.backward)
    rows = await fetch(
        f"SELECT {reading_columns('r', meter='m')}, r.asked_id, {order.selected} FROM ("
        " SELECT r.*, p.id AS asked_id,"
        f" dense_rank() OVER (PARTITION BY p.id ORDER BY {direction}) AS place"
        " FROM kvartal_premise p JOIN kvartal_building b ON b.id = p.building_id"
        f" JOIN {READING.table} r"
        " ON r.premise_id = p.id AND r.organization_id = p.organization_id"
        f" WHERE {' AND '.join(conditions)}) AS r {reading_joins('r', meter='m')}"
        f" WHERE r.place <= {args.add(page.size + 1)}"
        f" ORDER BY {direction}, r.submitted_at DESC, r.id DESC",
        *args,
    )
    return _by_month(rows)


def _on_days(args: Args, days: DayRange) -> list[str]:
    found = []
    if days.first is not None:
        day = f"{args.add(days.first)}::date"
        found.append(f"r.submitted_at >= {day}::timestamp AT TIME ZONE b.timezone")
    if days.last is not None:
        end = f"({args.add(days.last)}::date + 1)"
        found.append(f"r.submitted_at < {end}::timestamp AT TIME ZONE b.timezone")
    return found


def _by_month(rows: Sequence[Record]) -> dict[UUID, list[Record]]:
    found: dict[UUID, dict[date, Record]] = {}
    for row in rows:
        months = found.setdefault(row["asked_id"], {})
        month = months.setdefault(
            row["billing_month"],
            {"billing_month": row["billing_month"], "key_0": row["key_0"], "readings": []},
        )
        month["readings"].append(row)
    return {premise: list(months.values()) for premise, months in found.items()}
