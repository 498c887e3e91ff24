"""Where the rows of the log of deliveries come from."""

from uuid import UUID

from kvartal.db.sql import Keyset, instant

__all__ = ["COLUMNS", "NEWEST", "SOURCE"]

SOURCE = (
    "notifications_delivery d JOIN notifications_notification n ON n.id = d.notification_id"
    " AND n.organization_id = d.organization_id JOIN kvartal_user u ON u.id = n.user_id"
)
COLUMNS = (
    "d.id, d.organization_id, d.channel, d.provider, d.status, d.attempts, d.unknown_attempts,"
    " d.due_at, d.sent_at, d.created_at, d.problem, n.kind, n.premise_id, n.building_id,"
    " CASE WHEN d.channel = 'EMAIL' THEN u.email END AS email,"
    # Named as this organization knows the person.
    " CASE n.audience WHEN 'EMPLOYEE' THEN (SELECT e.full_name FROM kvartal_employee e"
    " WHERE e.user_id = n.user_id AND e.organization_id = n.organization_id LIMIT 1)"
    " ELSE (SELECT r.full_name FROM kvartal_resident r WHERE r.user_id = n.user_id"
    " AND r.organization_id = n.organization_id ORDER BY r.id LIMIT 1) END AS recipient"
)
NEWEST = Keyset({"d.created_at": instant, "d.id": UUID}, descending=True)
