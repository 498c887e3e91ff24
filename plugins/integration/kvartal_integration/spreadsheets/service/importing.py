"""An import of readings from a workbook, from its first row to the file of errors (domain §5).

Each batch is one transaction with its place among the rows, so that a worker that is killed is made
up for by the next one, and nothing is done twice. A bad row stops no other.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

import orjson

from kvartal.auth.api import Actor
from kvartal.bulk import RowOutcome
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError
from kvartal.files.api import FileMissing, as_path
from kvartal_integration.operations.rules import Entry, EntrySeverity
from kvartal_integration.operations.service import Run
from kvartal_integration.spreadsheets.rules.problems import entries_of, fault_entries
from kvartal_integration.spreadsheets.rules.rows import SheetRow, batches_of, row_of
from kvartal_integration.spreadsheets.service.child import run_child
from kvartal_integration.spreadsheets.service.left_out import (
    LeftOut,
    keep_left_out,
    left_out_in,
)
from kvartal_integration.spreadsheets.service.starter import stopped, working_starter
from kvartal_integration.spreadsheets.service.wording import wanted
from kvartal_meters.api import JudgedReading, MeterScope, ReadingsMode, save_sheet_rows

__all__ = ["import_workbook"]


@dataclass(frozen=True, slots=True)
class _Import:
    """An import while it runs."""

    run: Run
    actor: Actor
    scope: MeterScope
    mode: ReadingsMode
    building_id: UUID | None
    file: str
    is_trial: bool


async def import_workbook(run: Run) -> None:
    """Import the readings of ``run.request["file_id"]`` in the name of who has started it."""
    request = run.request
    work = _Import(
        run=run,
        actor=await working_starter(run),
        scope=MeterScope(request["scope"]),
        mode=ReadingsMode.OVERWRITE if request["update_existing"] else ReadingsMode.APPEND,
        building_id=UUID(request["building_id"]) if request["building_id"] else None,
        file=request["file"],
        is_trial=request["preview"],
    )
    try:
        async with as_path(UUID(request["file_id"])) as source:
            await _import(work, source)
    except FileMissing:
        raise stopped("X114", {"file": work.file}) from None
    if work.is_trial:
        run.conclude("READINGS_CHECKED")


async def _import(work: _Import, source: Path) -> None:
    done: int = work.run.cursor.get("row", 0)
    keeps = not (work.is_trial or work.run.cursor.get("kept"))
    with tempfile.TemporaryDirectory(prefix="kvartal-") as folder:
        target = Path(folder) / "rows.jsonl"
        task = {"source": str(source), "target": str(target)}
        asked = wanted(work.scope, work.run.locale)
        total = await run_child({**task, "wanted": asked})
        await work.run.advance(total=total, done=done)
        with target.open("rb") as file, left_out_in(Path(folder), work.run.locale) as left_out:
            rows = _rows(file)
            await _passed(work, islice(rows, done), left_out if keeps else None)
            async for batch in _batches(rows):
                done += len(batch)
                left_out.add(await _save(work, batch, done))
            if keeps:
                await keep_left_out(work.run, source, asked, left_out, cursor={"row": done})


async def _passed(work: _Import, rows: Iterator[SheetRow], left_out: LeftOut | None) -> None:
    """Pass by the rows that a worker has done which died; find out which of them it left out.

    It is found by judging them once more: of very many the log does not tell.
    """
    trial = replace(work, is_trial=True)
    async for batch in _batches(rows):
        if left_out is not None:
            left_out.add(entries for entries, _ in await _told(trial, batch))


async def _batches(rows: Iterator[SheetRow]) -> AsyncIterator[list[SheetRow]]:
    batches = batches_of(rows)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        yield batch


def _rows(file: IO[bytes]) -> Iterator[SheetRow]:
    for line in file:
        yield row_of(orjson.loads(line))


async def _save(work: _Import, batch: Sequence[SheetRow], done: int) -> list[list[Entry]]:
    """Save a batch and how far it has come, in one transaction; what is said of each row."""
    async with unit_of_work():
        told = await _told(work, batch)
        counts = Counter(rows_total=len(batch))
        for entries, outcome in told:
            counts.update(_counted(entries, outcome))
        await work.run.advance(
            done=done,
            cursor={"row": done},
            counts=counts,
            entries=[entry for entries, _ in told for entry in entries],
        )
    return [entries for entries, _ in told]


async def _told(work: _Import, batch: Sequence[SheetRow]) -> list[tuple[list[Entry], RowOutcome]]:
    """What is to be said of each row, and what has become of it."""
    good = [row for row in batch if not row.faults]
    sent = [(row.reference(work.scope), row.sent(place)) for place, row in enumerate(good)]
    verdicts = iter(
        await save_sheet_rows(
            work.actor,
            work.run.organization_id,
            sent,
            work.mode,
            scope=work.scope,
            building_id=work.building_id,
            trial=work.is_trial,
        )
    )
    return [
        (fault_entries(row, work.scope, work.file), RowOutcome.REJECTED)
        if row.faults
        else _judged(work, row, next(verdicts))
        for row in batch
    ]


def _judged(
    work: _Import, row: SheetRow, verdict: JudgedReading | DomainError
) -> tuple[list[Entry], RowOutcome]:
    entries = entries_of(row, verdict, work.scope, work.file)
    if isinstance(verdict, DomainError):
        return entries, RowOutcome.REJECTED
    return entries, verdict.outcome


def _counted(entries: Sequence[Entry], outcome: RowOutcome) -> Iterator[str]:
    """What a row counts as: right, to be looked at or wrong; and what was done."""
    if any(each.severity is EntrySeverity.ERROR for each in entries):
        yield "rows_failed"
    else:
        yield "rows_warned" if entries else "rows_ok"
    if outcome is not RowOutcome.REJECTED:
        yield f"rows_{outcome.lower()}"
