"""The worker's side of an import: by its id, as often as it is sent, over the server of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
import pytest
from tests.kvartal_integration.importing.conftest import Estate, meter, reading

from kvartal_integration.exchange.folder import FolderExchange
from kvartal_integration.exchange.port import FileExchange
from kvartal_integration.importing import tasks
from kvartal_integration.importing.tasks import import_xml
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.testing import an_operation
from kvartal_meters.meters.models import Meter


@pytest.fixture
def server(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder stands for the organization's server."""

    @asynccontextmanager
    async def opened(organization_id: UUID) -> AsyncIterator[FileExchange]:
        assert organization_id == estate.organization.id
        yield FolderExchange(estate.folder)

    monkeypatch.setattr(tasks, "opened", opened)


async def an_import(estate: Estate, **request: object) -> Operation:
    estate.file(meter("А", reading("2026-10", "5")))
    return await an_operation(
        estate.organization,
        kind=OperationKind.XML_IMPORT,
        request={"paths": ["/metrics.xml"], **request},
    )


async def test_it_is_carried_out_once_however_often_it_is_sent(
    estate: Estate, server: None
) -> None:
    operation = await an_import(estate)
    payload = orjson.dumps({"operation_id": operation.id})

    await import_xml.run(payload)
    await operation.refresh_from_db()
    first = (operation.status, operation.counts, operation.finished_at)
    await import_xml.run(payload)
    await operation.refresh_from_db()

    assert first[:2] == (
        OperationStatus.SUCCEEDED,
        {"meters_created": 1, "readings_created": 1},
    )
    assert (operation.status, operation.counts, operation.finished_at) == first
    assert operation.message == {"code": "OPERATION_SUCCEEDED", "facts": {}}
    assert operation.done == operation.total


async def test_a_trial_says_that_nothing_has_changed(estate: Estate, server: None) -> None:
    operation = await an_import(estate, preview=True)

    await import_xml(operation.id)

    await operation.refresh_from_db()
    assert operation.message == {"code": "IMPORT_PREVIEWED", "facts": {}}
    assert operation.counts == {"meters_created": 1, "readings_created": 1}
    assert await Meter.all().count() == 0


async def test_without_a_connection_it_says_so(estate: Estate) -> None:
    operation = await an_import(estate)

    await import_xml(operation.id)

    await operation.refresh_from_db()
    [entry] = await OperationEntry.all()
    assert (operation.status, entry.code) == (OperationStatus.FAILED, "E102")
    assert entry.facts["reason"]["sentence"]["code"] == "exchange.NOT_CONFIGURED"


def test_it_has_hours_and_several_tries() -> None:
    assert import_xml.time_limit_seconds >= 3600
    assert import_xml.max_attempts > 1
