"""Questions about meters: rows, lists with their filters and search, what a change asks."""

from kvartal_meters.meters.queries.places import leave_moved_accounts, refresh_search
from kvartal_meters.meters.queries.rows import by_ids, of_premises, replacements_of, visible

__all__ = [
    "by_ids",
    "leave_moved_accounts",
    "of_premises",
    "refresh_search",
    "replacements_of",
    "visible",
]
