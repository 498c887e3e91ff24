"""The places that rows of meters name, with what decides whether a meter may be there."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Mapping
from uuid import UUID

from kvartal.auth.api import Actor, visible_to_staff
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal_meters.meters.rules import account_key
from kvartal_meters.permissions import METER_REGISTER
from kvartal_meters.registration.rules.places import FoundPlace, PlaceReference, Site

__all__ = ["find_places"]


async def find_places(
    actor: Actor, organization_id: UUID, named: Mapping[int, PlaceReference]
) -> dict[int, FoundPlace]:
    """What each of these rows names, in one statement.

    An account's number is compared without spaces and case; if two are alike, as it is written.
    """
    if not named:
        return {}
    args = Args()
    organization = args.add(organization_id)
    given = _given(args, named)
    seen = visible_to_staff(
        actor, args, organization="b.organization_id", building="b.id", permission=METER_REGISTER
    )
    rows = await fetch(
        f"""
        SELECT DISTINCT ON (g.place) g.place, a.id AS account_id, ap.building_id AS account_in,
            n.id AS premise_id, n.building_id AS premise_in, h.id AS building_id,
            b.id AS site_building_id, p.id AS site_premise_id, b.timezone,
            b.archived_at IS NOT NULL OR p.archived_at IS NOT NULL AS archived,
            ARRAY(SELECT s.resource_kind FROM meters_resource_settings s
                WHERE s.organization_id = {organization} AND s.building_id = b.id AND s.active)
                AS active,
            (SELECT (array_agg(o.id))[1] FROM kvartal_account o
                WHERE o.premise_id = p.id AND o.archived_at IS NULL
                HAVING count(*) = 1) AS only_account
        FROM {given}
        LEFT JOIN kvartal_building h ON h.organization_id = {organization}
            AND h.id = coalesce(g.building_id, (SELECT x.id FROM kvartal_building x
                WHERE x.organization_id = {organization} AND x.external_id = g.building_code))
        LEFT JOIN kvartal_account a ON a.organization_id = {organization}
            AND lower(replace(a.number, ' ', '')) = g.account_key AND a.archived_at IS NULL
        LEFT JOIN kvartal_premise ap ON ap.organization_id = {organization} AND ap.id = a.premise_id
        LEFT JOIN kvartal_premise n ON n.organization_id = {organization}
            AND n.id = coalesce(g.premise_id, (SELECT x.id FROM kvartal_premise x
                WHERE x.organization_id = {organization} AND x.external_id = g.premise_code),
                (SELECT x.id FROM kvartal_premise x WHERE x.organization_id = {organization}
                AND x.building_id = h.id AND lower(x.number) = lower(g.premise_number)
                AND x.archived_at IS NULL AND g.premise_code IS NULL))
        LEFT JOIN kvartal_premise p ON p.organization_id = {organization}
            AND p.id = coalesce(ap.id, n.id)
        LEFT JOIN kvartal_building b ON b.organization_id = {organization}
            AND b.id = coalesce(p.building_id, h.id) AND {seen}
        ORDER BY g.place, (a.number = g.account_number) DESC, a.id
        """,
        *args,
    )
    return {row["place"]: _found(row) for row in rows}


def _given(args: Args, named: Mapping[int, PlaceReference]) -> str:
    references = list(named.values())
    columns = (
        (list(named), "int"),
        ([each.account_number for each in references], "text"),
        ([each.account_number and account_key(each.account_number) for each in references], "text"),
        ([each.premise_id for each in references], "uuid"),
        ([each.premise_external_id for each in references], "text"),
        ([each.premise_number for each in references], "text"),
        ([each.building_id for each in references], "uuid"),
        ([each.building_external_id for each in references], "text"),
    )
    arrays = ", ".join(f"{args.add(values)}::{kind}[]" for values, kind in columns)
    return (
        f"unnest({arrays}) AS g(place, account_number, account_key, premise_id, premise_code,"
        " premise_number, building_id, building_code)"
    )


def _found(row: Record) -> FoundPlace:
    site = None
    if row["site_building_id"] is not None:
        site = Site(
            building_id=row["site_building_id"],
            premise_id=row["site_premise_id"],
            timezone=row["timezone"],
            active=frozenset(row["active"]),
            is_archived=row["archived"],
            only_account=row["only_account"],
        )
    return FoundPlace(
        account_id=row["account_id"],
        account_building_id=row["account_in"],
        premise_id=row["premise_id"],
        premise_building_id=row["premise_in"],
        building_id=row["building_id"],
        site=site,
    )
