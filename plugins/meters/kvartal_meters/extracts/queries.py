"""The statements of extracts: first the ids in the order of the file, then rows, some at a time.

So whoever writes a file of half a million rows holds their ids and one batch; what changes
meanwhile is told as it has become.
"""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import fetch
from kvartal.db.sql import Args
from kvartal_meters.extracts.rules import Extract, MeterSelection, ReadingSelection
from kvartal_meters.meters.queries import visible
from kvartal_meters.meters.queries.searching import found_by
from kvartal_meters.meters.rules import MeterStatus
from kvartal_meters.permissions import SUBMIT

__all__ = ["extract_meters", "extract_readings", "meters_to_extract", "readings_to_extract"]

# By building, place, account, meter: as files are nested. Ids settle what people have left equal.
_ORDER = "b.external_id, b.id, p.sort_key, p.id, a.number, m.identifier, m.id"
_PLACES = (
    "JOIN kvartal_building b ON b.id = m.building_id"
    " LEFT JOIN kvartal_premise p ON p.id = m.premise_id"
    " LEFT JOIN kvartal_account a ON a.id = m.account_id"
)
_OF_METER = (
    "m.id, m.external_id, m.scope, m.type, m.resource_kind, m.identifier, m.brand, m.model,"
    " m.serial_number, m.commissioned_on, m.verification_interval, m.verified_on,"
    " m.next_verification_on, m.status, m.int_digits, m.transformation_ratio, m.initial_t1,"
    " m.initial_t2, m.initial_t3, d.installation_place, d.condition"
)
_OF_SITE = "b.id, b.external_id, b.address, b.timezone, p.id, p.external_id, p.number"
_OF_PLACE = f"{_OF_SITE}, a.number"
_OF_METERS_PLACE = (
    f"{_OF_SITE}, coalesce(a.number, (SELECT min(x.number) FROM kvartal_account x"
    " WHERE x.premise_id = m.premise_id AND x.archived_at IS NULL))"
)
_OF_READING = (
    "r.id, r.billing_month, r.taken_on, r.submitted_at, r.channel, r.t1, r.t2, r.t3,"
    " r.previous_t1, r.previous_t2, r.previous_t3, r.consumption"
)
# In the order of the fields of an extract.
_COLUMNS = f"{_OF_METER}, {_OF_PLACE}, {_OF_READING}"
_DETAILS = "LEFT JOIN meters_collective_details d ON d.meter_id = m.id"


async def readings_to_extract(
    actor: Actor, organization_id: UUID, selection: ReadingSelection
) -> list[UUID]:
    """The readings to be told, of those that the actor sees, by place, meter and month."""
    args = Args()
    conditions = [
        f"r.organization_id = {args.add(organization_id)}",
        f"r.scope = {args.add(selection.scope.value)}",
        visible(actor, args, alias="r", permission=SUBMIT),
    ]
    if selection.months is not None:
        conditions.append(f"r.billing_month = ANY({args.add(list(selection.months))}::date[])")
    if selection.changed_since is not None:
        conditions.append(f"r.updated_at >= {args.add(selection.changed_since)}")
    if selection.changed_before is not None:
        conditions.append(f"r.updated_at < {args.add(selection.changed_before)}")
    rows = await fetch(
        f"SELECT r.id FROM meters_reading r JOIN meters_meter m ON m.id = r.meter_id {_PLACES}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {_ORDER}, r.billing_month",
        *args,
    )
    return [row["id"] for row in rows]


async def extract_readings(organization_id: UUID, ids: Sequence[UUID]) -> list[Extract]:
    """The rows of these readings, in their order; of those deleted meanwhile, none.

    Who calls has seen to it that they may be told.
    """
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM unnest($2::uuid[]) WITH ORDINALITY AS o(id, place)"
        " JOIN meters_reading r ON r.id = o.id AND r.organization_id = $1"
        f" JOIN meters_meter m ON m.id = r.meter_id {_PLACES} {_DETAILS} ORDER BY o.place",
        organization_id,
        list(ids),
    )
    return [Extract._make(row.values()) for row in rows]


async def meters_to_extract(
    actor: Actor, organization_id: UUID, selection: MeterSelection
) -> list[UUID]:
    """The meters in use, of those that the actor sees, by place."""
    args = Args()
    organization = args.add(organization_id)
    conditions = [
        f"m.organization_id = {organization}",
        f"m.scope = {args.add(selection.scope.value)}",
        f"m.status <> '{MeterStatus.ARCHIVED}'",
        visible(actor, args, permission=SUBMIT),
        *_equal(args, selection),
        *_submitted(args, organization, selection),
        *found_by(args, selection.words),
    ]
    rows = await fetch(
        f"SELECT m.id FROM meters_meter m {_PLACES}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {_ORDER}",
        *args,
    )
    return [row["id"] for row in rows]


def _equal(args: Args, selection: MeterSelection) -> list[str]:
    """A condition for each column that is given a value."""
    given = (
        ("m.building_id", selection.building_id),
        ("m.premise_id", selection.premise_id),
        ("b.quarter_id", selection.quarter_id),
        ("m.resource_kind", selection.resource_kind and selection.resource_kind.value),
        ("m.type", selection.meter_type and selection.meter_type.value),
    )
    found = [f"{column} = {args.add(value)}" for column, value in given if value is not None]
    if selection.group_id is not None:
        found.append(
            "m.building_id = ANY(ARRAY(SELECT gm.building_id FROM kvartal_building_group_member gm"
            f" WHERE gm.group_id = {args.add(selection.group_id)}))"
        )
    return found


def _submitted(args: Args, organization: str, selection: MeterSelection) -> list[str]:
    """The days of the latest submission, where the organization is."""
    zone = f"(SELECT z.timezone FROM kvartal_organization z WHERE z.id = {organization})"
    found = []
    if selection.submitted_from is not None:
        day = f"{args.add(selection.submitted_from)}::date"
        found.append(f"m.latest_submitted_at >= {day}::timestamp AT TIME ZONE {zone}")
    if selection.submitted_to is not None:
        end = f"({args.add(selection.submitted_to)}::date + 1)"
        found.append(f"m.latest_submitted_at < {end}::timestamp AT TIME ZONE {zone}")
    return found


async def extract_meters(organization_id: UUID, ids: Sequence[UUID]) -> list[Extract]:
    """The rows of these meters with their latest readings, in their order; see above.

    A meter that belongs to no account of its premise is told with the first of them.
    """
    rows = await fetch(
        f"SELECT {_OF_METER}, {_OF_METERS_PLACE}, {_OF_READING}"
        " FROM unnest($2::uuid[]) WITH ORDINALITY AS o(id, place)"
        " JOIN meters_meter m ON m.id = o.id AND m.organization_id = $1"
        f" LEFT JOIN meters_reading r ON r.id = m.latest_reading_id {_PLACES} {_DETAILS}"
        " ORDER BY o.place",
        organization_id,
        list(ids),
    )
    return [Extract._make(row.values()) for row in rows]
