"""Where the rows of meters come from: one SELECT fills a meter with its to-one relations."""

from uuid import UUID

from kvartal.db.sql import Keyset, RowShape, ToOne, instant, text
from kvartal.housing.api import ACCOUNT, BUILDING, PREMISE
from kvartal_meters.catalog.rules import CATALOG

__all__ = [
    "BY_AGE",
    "BY_IDENTIFIER",
    "BY_RESOURCE",
    "BY_UPDATE",
    "METER",
    "METER_OWN",
    "meter_columns",
    "meter_joins",
]

# The premise's building is the meter's own, the account's premise too: joined once.
METER = RowShape(
    "meters_meter",
    (
        "id",
        "organization_id",
        "scope",
        "type",
        "resource_kind",
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
        "verification_reason",
        "archived_at",
        "archive_reason",
        "replaces_id",
        "int_digits",
        "transformation_ratio",
        "initial_t1",
        "initial_t2",
        "initial_t3",
        "version",
        "updated_at",
    ),
    {
        "building": ToOne(BUILDING),
        "premise": ToOne(RowShape(PREMISE.table, PREMISE.names), null=True),
        "account": ToOne(RowShape(ACCOUNT.table, ACCOUNT.names), null=True),
    },
)

METER_OWN = (*METER.names, *(f"{relation}_id" for relation in METER.relations))
"""The columns of a meter's own row that its row and its joins need."""

# Of a house meter alone.
_DETAILS = (
    "installation_place",
    "installed_on",
    "sealed_on",
    "condition",
    "antimagnetic_seal",
    "temperature_sensor",
    "pressure_sensor",
    "remote_reading",
)

# People look for a meter by what it measures, and by its number in the list of the last month:
# water first, as everywhere, and not by the alphabet of names that nobody sees.
_PLACE_IN_CATALOG = f"array_position('{{{','.join(CATALOG)}}}'::text[], m.type::text)"
BY_RESOURCE = Keyset({_PLACE_IN_CATALOG: int, "m.identifier": text, "m.id": UUID})
# Ids are made in the order of time.
BY_AGE = Keyset({"m.id": UUID}, descending=True)
BY_IDENTIFIER = Keyset({"m.identifier": text, "m.id": UUID})
BY_UPDATE = Keyset({"m.updated_at": instant, "m.id": UUID})


def meter_columns(alias: str, prefix: str = "") -> str:
    """The select list of the meter ``alias``, a house meter's details included."""
    details = (f"{alias}_collective.{name} AS {prefix}{name}" for name in _DETAILS)
    return ", ".join([METER.columns(alias, prefix), *details])


def meter_joins(alias: str) -> str:
    """The joins of the meter ``alias``, which stands in the FROM list already."""
    return (
        f"{METER.joins(alias)} LEFT JOIN meters_collective_details {alias}_collective"
        f" ON {alias}_collective.meter_id = {alias}.id"
    )
