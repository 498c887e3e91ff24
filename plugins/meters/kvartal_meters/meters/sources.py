"""Where the rows of meters come from: one SELECT fills a meter with its to-one relations."""

from kvartal.db.sql import RowShape, ToOne
from kvartal.housing.api import ACCOUNT, BUILDING, PREMISE

__all__ = ["METER", "meter_columns", "meter_joins"]

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
        "int_digits",
        "transformation_ratio",
        "initial_t1",
        "initial_t2",
        "initial_t3",
        "version",
    ),
    {
        "building": ToOne(BUILDING),
        "premise": ToOne(RowShape(PREMISE.table, PREMISE.names), null=True),
        "account": ToOne(RowShape(ACCOUNT.table, ACCOUNT.names), null=True),
    },
)


def meter_columns(alias: str, prefix: str = "") -> str:
    """The select list of the meter ``alias``, a house meter's details included."""
    return (
        f"{METER.columns(alias, prefix)},"
        f" {alias}_collective.installation_place AS {prefix}installation_place,"
        f" {alias}_collective.condition AS {prefix}condition"
    )


def meter_joins(alias: str) -> str:
    """The joins of the meter ``alias``, which stands in the FROM list already."""
    return (
        f"{METER.joins(alias)} LEFT JOIN meters_collective_details {alias}_collective"
        f" ON {alias}_collective.meter_id = {alias}.id"
    )
