"""Where the rows of devices come from; none of them has the address."""

from kvartal.db.sql import RowShape

__all__ = ["DEVICE", "LIVE"]

DEVICE = RowShape(
    "notifications_device",
    ("id", "provider", "title", "locale", "created_at", "updated_at"),
)

LIVE = (
    "JOIN kvartal_session s ON s.id = d.session_id AND s.user_id = d.user_id"
    " AND s.revoked_at IS NULL AND s.expires_at > $2"
    " JOIN kvartal_user u ON u.id = d.user_id AND u.is_active"
)
"""Of devices ``d``, those whose session lives at the moment ``$2``."""
