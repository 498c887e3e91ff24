"""A meter of the database as the rows of a call see it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kvartal.db.connection import Record
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterCondition, MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, ReadSoFar
from kvartal_meters.registration.rules.entries import MeterEntry
from kvartal_meters.registration.rules.places import Site

__all__ = ["ENTRY_COLUMNS", "READ_COLUMNS", "entry_of"]

_FIELDS = (
    "account_id",
    "type",
    "identifier",
    "external_id",
    "brand",
    "model",
    "serial_number",
    "commissioned_on",
    "verification_interval",
    "verified_on",
    "next_verification_on",
    "status",
    "int_digits",
    "transformation_ratio",
)
_REGISTERS = ("initial_t1", "initial_t2", "initial_t3")
_ENUMS: Mapping[str, Any] = MappingProxyType({"type": MeterType, "status": MeterStatus})

ENTRY_COLUMNS = ", ".join(
    [
        "m.id, m.building_id, m.premise_id, m.scope, b.timezone",
        "m.latest_reading_id IS NOT NULL AS any",
        "b.archived_at IS NOT NULL OR p.archived_at IS NOT NULL AS archived",
        "ARRAY(SELECT s.resource_kind FROM meters_resource_settings s"
        " WHERE s.organization_id = m.organization_id AND s.building_id = m.building_id"
        " AND s.active) AS active",
        *(f"m.{name}" for name in (*_FIELDS, *_REGISTERS)),
        *(f"d.{name}" for name in COLLECTIVE_FIELDS),
    ]
)
_OF_METER = (
    "FROM meters_reading r WHERE r.organization_id = m.organization_id AND r.meter_id = m.id"
)
READ_COLUMNS = (
    f"(SELECT max(greatest(r.t1, r.t2, r.t3)) {_OF_METER}) AS highest,"
    f" EXISTS (SELECT 1 {_OF_METER} AND (r.t1 < r.previous_t1 OR r.t2 < r.previous_t2"
    " OR r.t3 < r.previous_t3)) AS rolled"
)


def entry_of(row: Record) -> MeterEntry:
    """The meter in a record."""
    scope = MeterScope(row["scope"])
    fields: dict[str, Any] = {name: row[name] for name in _FIELDS}
    for name, kind in _ENUMS.items():
        fields[name] = kind(fields[name])
    fields["initial_values"] = tuple(row[name] for name in _REGISTERS if row[name] is not None)
    if scope is MeterScope.COLLECTIVE:
        fields |= {name: row[name] for name in COLLECTIVE_FIELDS}
        fields["condition"] = MeterCondition(row["condition"])
    return MeterEntry(
        id=row["id"],
        scope=scope,
        site=Site(
            building_id=row["building_id"],
            premise_id=row["premise_id"],
            timezone=row["timezone"],
            active=frozenset(row["active"]),
            is_archived=row["archived"],
        ),
        fields=fields,
        before=dict(fields),
        read=ReadSoFar(any=row["any"], highest=row["highest"], rolled=row["rolled"]),
        is_seen=row["seen"],
    )
