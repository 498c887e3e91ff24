"""Writing notices, and what a person's inbox holds of them."""

from kvartal_notifications.messages.queries.inbox import (
    count_notices,
    mark_ids_read,
    mark_until_read,
    moment_of,
    notices_by_ids,
    notices_page,
    untold,
)
from kvartal_notifications.messages.queries.residents import write_to_residents
from kvartal_notifications.messages.queries.staff import write_to_staff
from kvartal_notifications.messages.queries.writing import Plan, Written

__all__ = [
    "Plan",
    "Written",
    "count_notices",
    "mark_ids_read",
    "mark_until_read",
    "moment_of",
    "notices_by_ids",
    "notices_page",
    "untold",
    "write_to_residents",
    "write_to_staff",
]
