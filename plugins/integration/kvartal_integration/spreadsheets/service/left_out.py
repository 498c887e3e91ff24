"""«Ошибки импорта.xlsx»: the rows that were not saved, as they were, with code and message."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from kvartal.db.transaction import unit_of_work
from kvartal.text import say
from kvartal_integration.operations.rules import OperationFailed
from kvartal_integration.operations.service import Run
from kvartal_integration.operations.wording import spoken
from kvartal_integration.spreadsheets.queries import left_out_rows
from kvartal_integration.spreadsheets.rules.problems import is_left_out
from kvartal_integration.spreadsheets.service.child import run_child
from kvartal_integration.spreadsheets.service.starting import XLSX

__all__ = ["keep_left_out"]

log = structlog.get_logger("kvartal_integration.spreadsheets")


async def keep_left_out(
    run: Run, source: Path, wanted: Mapping[str, Any], *, cursor: Mapping[str, Any]
) -> None:
    """Keep the file of errors, if there are any; of very many rows, those that the log has kept.

    It is done once: with it ``cursor`` says so. That it could not be made takes nothing back.
    """
    problems = await _problems(run)
    if not problems:
        return
    with tempfile.TemporaryDirectory(prefix="kvartal-") as folder:
        target = Path(folder) / "errors.xlsx"
        titles = [say(f"operation.column.{name}", run.locale) for name in ("code", "message")]
        task = {"source": str(source), "target": str(target), "wanted": wanted}
        try:
            await run_child({**task, "problems": problems, "titles": titles})
        except OperationFailed as failure:
            log.error("spreadsheets.errors_not_kept", code=failure.entry.code)
            return
        async with unit_of_work():
            await run.keep(target, name=say("sheet.errors", run.locale), media_type=XLSX)
            await run.advance(cursor={**cursor, "kept": True})


async def _problems(run: Run) -> dict[str, list[str]]:
    """Codes and messages by the row of the sheet."""
    found: dict[str, list[list[str]]] = {}
    for row in await left_out_rows(run.operation_id):
        if is_left_out(row["code"]):
            code = row["code"].partition(".")[0]
            message = spoken(row["code"], orjson.loads(row["facts"]), run.locale)
            found.setdefault(str(row["line"]), []).append([code, message])
    return {
        line: ["; ".join(dict.fromkeys(codes)), "; ".join(messages)]
        for line, told in found.items()
        for codes, messages in [zip(*told, strict=True)]
    }
