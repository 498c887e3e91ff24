"""Where the row of a connection comes from."""

from kvartal.db.sql import RowShape

__all__ = ["CONNECTION", "SELECTED"]

CONNECTION = RowShape(
    "integration_connection",
    (
        "id",
        "organization_id",
        "protocol",
        "host",
        "port",
        "username",
        "root",
        "passive",
        "verify_certificate",
        "fingerprint",
        "timeout_seconds",
        "encoding",
        "version",
        "updated_at",
    ),
)
SELECTED = f"{CONNECTION.columns('c')}, c.password_sealed IS NOT NULL AS has_password"
