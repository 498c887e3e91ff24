"""The table of entries, when there is no room for it."""

import errno
from typing import IO
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from kvartal.db.connection import fetch_one
from kvartal.files.api import files_of
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Organization
from kvartal_integration.operations.rules import OperationStatus
from kvartal_integration.operations.service.ending import end
from kvartal_integration.testing import an_entry, an_operation


async def test_an_operation_ends_though_the_disk_is_full(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(_self: FolderStore, _key: UUID, _content: IO[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FolderStore, "put", put)
    operation = await an_operation(organization, status=OperationStatus.RUNNING, warnings=1)
    await an_entry(operation, 1)

    with capture_logs() as logs:
        await end(operation.id, None)

    row = await fetch_one("SELECT status FROM integration_operation WHERE id = $1", operation.id)
    assert row is not None
    assert row["status"] == "SUCCEEDED_WITH_WARNINGS"
    assert await files_of("Operation", [operation.id]) == {}
    assert [each["event"] for each in logs] == ["operations.report_not_kept"]
