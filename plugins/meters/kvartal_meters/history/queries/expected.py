"""Which meters a month sums up: those that were to be read, and none that is counted twice."""
# ruff: noqa: S608 -- made of constants; values are parameters

from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.rules import MeterScope, MeterStatus

__all__ = ["is_shared_out", "takes_readings"]


def takes_readings(meter: str, settings: str, timezone: str, last_day: str) -> str:
    """Whether a meter was in service by the month's end and takes readings by the settings of now.

    As the rules of submission have it; how the settings stood then nobody has kept. What stands in
    an archived premise is read no more.
    """
    month_end = f"({last_day} + 1)::timestamp AT TIME ZONE {timezone}"
    return f"""(
        ({meter}.commissioned_on IS NULL OR {meter}.commissioned_on <= {last_day})
        AND ({meter}.archived_at IS NULL OR {meter}.archived_at >= {month_end})
        AND NOT EXISTS (SELECT 1 FROM kvartal_premise left_alone
            WHERE left_alone.id = {meter}.premise_id AND left_alone.archived_at < {month_end})
        AND ({meter}.scope = '{MeterScope.COLLECTIVE}' OR {settings}.active
            AND ({meter}.status <> '{MeterStatus.VERIFICATION}' OR {settings}.accepts_expired))
    )"""


def is_shared_out(room: str, first_day: str) -> str:
    """Whether a room's meter divides in that month what its flat's own one has counted already.

    It does where an apartment's meter (общий квартирный) of the same was read, or was to be.
    """
    last_day = f"({first_day} + interval '1 month')::date - 1"
    return f"""({room}.scope = '{MeterScope.ROOM}' AND EXISTS (
        SELECT 1 FROM meters_meter whole
        JOIN kvartal_building house ON house.id = whole.building_id
        LEFT JOIN meters_resource_settings rule
            ON rule.building_id = whole.building_id AND rule.resource_kind = whole.resource_kind
        LEFT JOIN meters_reading counted ON counted.organization_id = whole.organization_id
            AND counted.meter_id = whole.id AND counted.billing_month = {first_day}
        WHERE whole.organization_id = {room}.organization_id
            AND whole.premise_id = {room}.premise_id AND whole.scope = '{MeterScope.APARTMENT}'
            AND whole.resource_kind = {room}.resource_kind
            AND (whole.type = {room}.type OR whole.resource_kind = '{ResourceKind.ELECTRICITY}')
            AND (counted.id IS NOT NULL
                OR {takes_readings("whole", "rule", "house.timezone", last_day)})
    ))"""
