"""The readings of premises by month."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.history.rules import HistoryPage
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.sources import READING, reading_columns, reading_joins

__all__ = ["months_of_premises"]


async def months_of_premises(
    actor: Actor, premises: Sequence[UUID], page: HistoryPage
) -> dict[UUID, list[Record]]:
    """The same page of months of each premise; ``readings`` of a month are newest first.

    A day is one of the building's time zone.
    """
    args = Args()
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
        *_on_page(args, page),
    ]
    rows = await fetch(
        f"SELECT {reading_columns('r', meter='m')}, r.asked_id FROM ("
        " SELECT r.*, p.id AS asked_id,"
        " dense_rank() OVER (PARTITION BY p.id ORDER BY r.billing_month DESC) AS place"
        " FROM kvartal_premise p JOIN kvartal_building b ON b.id = p.building_id"
        f" JOIN {READING.table} r"
        " ON r.premise_id = p.id AND r.organization_id = p.organization_id"
        f" WHERE {' AND '.join(conditions)}) AS r {reading_joins('r', meter='m')}"
        f" WHERE r.place <= {args.add(page.size)}"
        " ORDER BY r.billing_month DESC, r.submitted_at DESC, r.id DESC",
        *args,
    )
    return _by_month(rows)


def _on_page(args: Args, page: HistoryPage) -> list[str]:
    found, days = [], page.days
    if page.before is not None:
        found.append(f"r.billing_month < {args.add(page.before.first_day)}::date")
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
            {"billing_month": row["billing_month"], "readings": []},
        )
        month["readings"].append(row)
    return {premise: list(months.values()) for premise, months in found.items()}
