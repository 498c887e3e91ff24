"""Telling the employees of an organization."""
# ruff: noqa: S608 -- made of constants; values are parameters

from kvartal.auth.api import works_with
from kvartal.db.sql import Args
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.messages.facts import in_json
from kvartal_notifications.messages.queries.writing import Plan, Written, not_opted_out, write
from kvartal_notifications.messages.rules import StaffNotice

__all__ = ["write_to_staff"]


async def write_to_staff(notice: StaffNotice, plan: Plan) -> Written:
    """Tell the employees whose roles tick the kind, and those who are told besides."""
    args = Args()
    willing = not_opted_out(args, notice.kind)

    def wants(channel: NotificationChannel, user: str) -> str:
        return (
            f"EXISTS (SELECT FROM chosen c WHERE c.user_id = {user}"
            f" AND c.channel = '{channel.value}') AND {willing(channel, user)}"
        )

    people = f"chosen AS MATERIALIZED ({_chosen(args, notice)}), {_people(args, notice)}"
    return await write(args, people, notice.kind, wants, plan)


def _chosen(args: Args, notice: StaffNotice) -> str:
    """Who is told, by which channels, be they reached by them or not."""
    organization = args.add(notice.organization_id)
    works = works_with(
        args, employee="e", building=notice.building_id, permission=notice.kind.permission
    )
    told = (
        "SELECT e.user_id, t.channel FROM notifications_role_tick t"
        " JOIN kvartal_employee_role er ON er.organization_id = t.organization_id"
        " AND er.role_id = t.role_id"
        " JOIN kvartal_employee e ON e.id = er.employee_id"
        " AND e.organization_id = er.organization_id"
        f" WHERE t.organization_id = {organization} AND t.kind = {args.add(notice.kind.key)}"
        f" AND {works}"
    )
    if notice.also:
        channels = sorted(each.value for each in notice.kind.channels)
        right = None if notice.theirs else notice.kind.permission
        works = works_with(args, employee="e", building=notice.building_id, permission=right)
        told += (
            f" UNION SELECT e.user_id, c.channel FROM kvartal_employee e"
            f" CROSS JOIN unnest({args.add(channels)}::text[]) AS c(channel)"
            f" WHERE e.organization_id = {organization}"
            f" AND e.user_id = ANY({args.add(list(notice.also))}::uuid[]) AND {works}"
        )
    return told


def _people(args: Args, notice: StaffNotice) -> str:
    kind, key = notice.subject or (None, None)
    return (
        "people AS MATERIALIZED ("
        f"SELECT {args.add(notice.organization_id)}::uuid AS organization_id, u.id AS user_id,"
        f" u.email, {args.add(notice.occasion)}::text AS occasion,"
        f" {args.add(in_json(notice.facts))}::jsonb AS facts,"
        f" {args.add(notice.building_id)}::uuid AS building_id,"
        f" {args.add(notice.premise_id)}::uuid AS premise_id,"
        f" {args.add(kind)}::text AS subject_kind, {args.add(key)}::uuid AS subject_id"
        " FROM kvartal_user u WHERE u.id IN (SELECT c.user_id FROM chosen c))"
    )
