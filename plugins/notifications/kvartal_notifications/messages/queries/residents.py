"""Telling the residents of many premises."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence

from kvartal.db.sql import Args
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.facts import in_json
from kvartal_notifications.messages.queries.writing import Plan, Written, not_opted_out, write
from kvartal_notifications.messages.rules import PremiseNotice

__all__ = ["write_to_residents"]


async def write_to_residents(
    kind: NotificationKind, notices: Sequence[PremiseNotice], plan: Plan, *, subject_kind: str
) -> Written:
    """Tell whoever lives in the premises and can sign in, each once of an occasion."""
    args = Args()
    given = in_json(
        [
            {
                "organization_id": each.organization_id,
                "building_id": each.building_id,
                "premise_id": each.premise_id,
                "occasion": each.occasion,
                "facts": each.facts,
            }
            for each in notices
        ]
    )
    people = (
        "people AS MATERIALIZED ("
        "SELECT DISTINCT ON (g.organization_id, u.id, g.occasion) g.organization_id,"
        " u.id AS user_id, u.email, g.occasion, g.facts, g.building_id, g.premise_id,"
        f" {args.add(subject_kind)}::text AS subject_kind, g.premise_id AS subject_id"
        f" FROM jsonb_to_recordset({args.add(given)}::jsonb) AS g(organization_id uuid,"
        " building_id uuid, premise_id uuid, occasion text, facts jsonb)"
        " JOIN kvartal_residency rs ON rs.premise_id = g.premise_id"
        " AND rs.organization_id = g.organization_id"
        " JOIN kvartal_resident r ON r.id = rs.resident_id"
        " AND r.organization_id = rs.organization_id"
        " JOIN kvartal_user u ON u.id = r.user_id AND u.is_active"
        " ORDER BY g.organization_id, u.id, g.occasion, g.premise_id)"
    )
    willing = not_opted_out(args, kind)

    def wants(channel: NotificationChannel, user: str) -> str:
        return willing(channel, user) if channel in kind.channels else "FALSE"

    return await write(args, people, kind, wants, plan)
