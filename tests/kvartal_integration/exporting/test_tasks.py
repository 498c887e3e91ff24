"""The worker's side of an export: by its id, as often as it is sent, over the server of its own."""

import orjson
import pytest
from tests.kvartal_integration.exporting.conftest import BEFORE, NOW, Estate, Freeze, flat_meter

from kvartal_integration.exporting import tasks
from kvartal_integration.exporting.tasks import export_xml
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.testing import an_operation
from kvartal_meters.testing import a_reading


async def an_export(estate: Estate, frozen_clock: Freeze) -> Operation:
    with frozen_clock(BEFORE):
        await a_reading(await flat_meter(estate), "2026-11", "5")
    return await an_operation(
        estate.organization,
        kind=OperationKind.XML_EXPORT,
        request={"directory": "/", "name_template": "{date}.xml"},
    )


async def test_it_is_carried_out_once_however_often_it_is_sent(
    estate: Estate, frozen_clock: Freeze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "opened", estate.opened)
    operation = await an_export(estate, frozen_clock)
    payload = orjson.dumps({"operation_id": operation.id})

    with frozen_clock(NOW):
        await export_xml.run(payload)
        (estate.folder / "2026-11-24.xml").unlink()
        await export_xml.run(payload)

    await operation.refresh_from_db()
    assert (operation.status, operation.counts) == (
        OperationStatus.SUCCEEDED,
        {"readings_exported": 1},
    )
    assert estate.files == {}


async def test_without_a_connection_it_says_so(estate: Estate, frozen_clock: Freeze) -> None:
    operation = await an_export(estate, frozen_clock)

    with frozen_clock(NOW):
        await export_xml(operation.id)

    await operation.refresh_from_db()
    [entry] = await OperationEntry.all()
    assert (operation.status, entry.code) == (OperationStatus.FAILED, "E102")
    assert entry.facts["reason"]["sentence"]["code"] == "exchange.NOT_CONFIGURED"


def test_it_has_hours_and_several_tries() -> None:
    assert export_xml.time_limit_seconds >= 3600
    assert export_xml.max_attempts > 1
