"""The meters behind the widget: of many premises in one statement."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.api import Actor, visible_to
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args

__all__ = ["meters_of_premises"]


async def meters_of_premises(actor: Actor, premises: Sequence[UUID]) -> list[Record]:
    """A row for each meter of the premises that the actor sees, one without a meter if none.

    ``months``: the two latest billing months that the meter has readings of.
    """
    args = Args()
    ids = args.array(premises)
    seen = visible_to(
        actor,
        args,
        organization="p.organization_id",
        building="p.building_id",
        premise="p.id",
    )
    return await fetch(
        f"""
        SELECT p.id AS premise_id, b.timezone, o.billing_month_shift,
            coalesce(b.archived_at, p.archived_at) IS NOT NULL AS place_archived,
            m.id AS meter_id, m.scope, m.status,
            s.id AS settings_id, s.active, s.start_day, s.end_day, s.fractions_allowed,
            s.accepts_expired,
            CASE WHEN m.latest_month IS NOT NULL THEN ARRAY(
                SELECT r.billing_month FROM meters_reading r
                WHERE r.organization_id = m.organization_id AND r.meter_id = m.id
                ORDER BY r.billing_month DESC LIMIT 2) END AS months
        FROM kvartal_premise p
        JOIN kvartal_building b ON b.id = p.building_id
        JOIN kvartal_organization o ON o.id = p.organization_id
        LEFT JOIN meters_meter m
            ON m.premise_id = p.id AND m.scope <> 'COLLECTIVE' AND m.status <> 'ARCHIVED'
        LEFT JOIN meters_resource_settings s
            ON s.building_id = p.building_id AND s.resource_kind = m.resource_kind
        WHERE p.id = ANY({ids}) AND {seen}
        """,
        *args,
    )
