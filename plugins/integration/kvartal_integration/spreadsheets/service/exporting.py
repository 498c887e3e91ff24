"""An export of readings into a workbook, which can be imported as it is (domain §5).

A row a meter with its latest reading, by place. As a template it has no reading, and what a new one
will be compared with stands before it.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.settings import settings_of
from kvartal.text import say
from kvartal_integration.operations.service import Run
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.spreadsheets.queries import timezone_of
from kvartal_integration.spreadsheets.rules.columns import COLUMNS
from kvartal_integration.spreadsheets.service.cells import cells_of
from kvartal_integration.spreadsheets.service.starter import stopped, working_starter
from kvartal_integration.spreadsheets.service.wording import headers, instruction, sheet_name
from kvartal_integration.spreadsheets.uploads import XLSX
from kvartal_integration.spreadsheets.workbook.writing import Guide, sheet_writer
from kvartal_meters.api import (
    MeterScope,
    MeterSelection,
    MeterType,
    ResourceKind,
    extract_meters,
    meters_to_extract,
)

__all__ = ["export_workbook"]

BATCH = 1000


async def export_workbook(run: Run) -> None:
    """Keep a workbook of the meters that ``run.request`` chooses, as who has started it sees them.

    A worker that is killed is made up for by one that begins anew; a file that is kept is the file.
    """
    if run.cursor.get("kept"):
        run.conclude("READINGS_EXPORTED", n=run.cursor["kept"])
        return
    actor = await working_starter(run)
    ids = await _chosen(run, actor)
    await run.advance(total=len(ids), done=0)
    with tempfile.TemporaryDirectory(prefix="kvartal-") as folder:
        path = Path(folder) / "readings.xlsx"
        await _write(run, path, ids)
        async with unit_of_work():
            await run.keep(path, name=await _name(run), media_type=XLSX)
            await run.advance(cursor={"kept": len(ids)}, counts={"rows_exported": len(ids)})
    run.conclude("READINGS_EXPORTED", n=len(ids))


async def _chosen(run: Run, actor: Actor) -> Sequence[UUID]:
    ids = await meters_to_extract(actor, run.organization_id, _selection(run))
    limit = settings_of(IntegrationSettings).spreadsheet_rows
    if len(ids) > limit:
        raise stopped("X103.EXPORT", {"n": limit})
    return ids


def _selection(run: Run) -> MeterSelection:
    where: dict[str, Any] = {
        name: _READ[name](value) for name, value in run.request["where"].items()
    }
    building = run.request["building_id"]
    if building is not None:
        where["building_id"] = UUID(building)
    return MeterSelection(scope=MeterScope(run.request["scope"]), **where)


_READ: dict[str, Any] = {
    "building_id": UUID,
    "group_id": UUID,
    "quarter_id": UUID,
    "premise_id": UUID,
    "resource_kind": ResourceKind,
    "meter_type": MeterType,
    "submitted_from": date.fromisoformat,
    "submitted_to": date.fromisoformat,
    "words": tuple,
}


async def _write(run: Run, path: Path, ids: Sequence[UUID]) -> None:
    """Write the rows, some at a time; only progress is told meanwhile."""
    scope, locale = MeterScope(run.request["scope"]), run.locale
    guide = Guide(say("sheet.instruction", locale), instruction(scope, locale))
    is_template = run.request["template"]
    with sheet_writer(path, sheet_name(locale), headers(scope, locale), guide) as sheet:
        for start in range(0, len(ids), BATCH):
            # lint-skip: query-in-loop -- a batch is a thousand meters
            found = await extract_meters(run.organization_id, ids[start : start + BATCH])
            rows = [
                cells_of(row, COLUMNS[scope], locale=locale, is_template=is_template)
                for row in found
            ]
            await asyncio.to_thread(sheet.write, rows)
            await run.advance(done=min(start + BATCH, len(ids)))
        await asyncio.to_thread(sheet.finish)


async def _name(run: Run) -> str:
    """What the file is called: what is in it, and on which day."""
    kind = "template" if run.request["template"] else "export"
    scope = MeterScope(run.request["scope"])
    day = clock.today(await timezone_of(run.organization_id)).isoformat()
    return say(f"sheet.{kind}_name.{scope}", run.locale, day=day)
