"""What the database itself sees to."""

import asyncpg
import pytest
from tests.kvartal.audit.conftest import Office

from kvartal.audit.models import AuditEntry
from kvartal.db.connection import execute, fetch


async def test_a_row_is_never_changed(office: Office) -> None:
    entry = await AuditEntry.create(
        organization=office.organization, actor_kind="SYSTEM", action="tests.walked"
    )

    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await execute("UPDATE kvartal_audit_entry SET action = 'x' WHERE id = $1", entry.id)


@pytest.mark.usefixtures("db")
async def test_every_filter_has_its_index() -> None:
    rows = await fetch(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'kvartal_audit_entry'"
        " AND indexdef NOT LIKE '%UNIQUE%'"
    )

    columns = {row["indexdef"].partition("(")[2].partition(")")[0] for row in rows}
    assert columns == {
        "organization_id, created_at, id",
        "organization_id, action, created_at, id",
        "organization_id, user_id, created_at, id",
        "organization_id, service_token_id, created_at, id",
        "organization_id, object_id, created_at, id",
        "created_at",
    }
