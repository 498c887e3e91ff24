"""Questions about the estate: rows, pages and searches, and what a change needs to know."""

from kvartal.housing.queries.rows import all_visible, by_ids

__all__ = ["all_visible", "by_ids"]
