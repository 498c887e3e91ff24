"""An import from the first file to the last (domain §4): whatever happens, it goes on or says why.

Each batch is one transaction with its place in the file, so that a worker that is killed is made up
for by the next one, and nothing is done twice. The first error stops the import; what is saved
stays. A file is fetched once and kept, so that the next worker reads the same.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast
from uuid import UUID

from kvartal.auth.api import Actor, work_of
from kvartal.bulk import RowOutcome
from kvartal.db.connection import fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.files.api import FileEmpty, as_path
from kvartal.settings import settings_of
from kvartal_integration.exchange.port import (
    ExchangeFailed,
    Exchanges,
    FileMissing,
    FileOversized,
)
from kvartal_integration.importing.rules import MeterPlace, refusal_entry
from kvartal_integration.importing.service.batches import Batch, batches, head_of
from kvartal_integration.importing.service.meters import register
from kvartal_integration.importing.service.readings import Row, save
from kvartal_integration.metrics_xml.records import FileRefused
from kvartal_integration.operations.rules import Entry, EntrySeverity, OperationFailed, Sentence
from kvartal_integration.operations.service import Run
from kvartal_integration.settings import IntegrationSettings
from kvartal_meters.api import METER_REGISTER, READING_REGISTER, ReadingsMode

__all__ = ["import_files"]

_MEGABYTE = 1_000_000
_XML = "application/xml"


class _Undo(Exception):
    """A trial is taken back."""


@dataclass(slots=True)
class _Import:
    """An import while it runs: what it knows, and where it stands."""

    run: Run
    actor: Actor
    organization: str | None
    is_trial: bool
    cursor: dict[str, Any]
    said: set[tuple[str, str]] = field(default_factory=set)


async def import_files(run: Run, exchanges: Exchanges) -> None:
    """Import the files of ``run.request["paths"]``, in their order.

    ``request["delete"]``: delete each on the server after it was read without an error;
    ``request["preview"]``: find out what would become of them, and save nothing.
    """
    rights = [METER_REGISTER.code, READING_REGISTER.code]
    work = _Import(
        run=run,
        actor=work_of(run.organization_id, rights),
        organization=await _external_id(run.organization_id),
        is_trial=bool(run.request.get("preview")),
        cursor={"file": 0, "block": 0, "copy": None, **run.cursor},
    )
    paths: list[str] = list(run.request["paths"])
    for number in range(work.cursor["file"], len(paths)):
        path = paths[number]
        if work.cursor["copy"] is None:
            await _fetch(work, exchanges, path)
        async with as_path(UUID(work.cursor["copy"])) as copy:
            size = await _read(work, path, copy)
        if run.request.get("delete") and not work.is_trial:
            await _delete(run, exchanges, path)
        work.cursor = {"file": number + 1, "block": 0, "copy": None}
        await run.advance(done=size, cursor=work.cursor)


async def _external_id(organization_id: UUID) -> str | None:
    row = await fetch_one(
        "SELECT external_id FROM kvartal_organization WHERE id = $1", organization_id
    )
    assert row is not None
    return cast("str | None", row["external_id"])


async def _fetch(work: _Import, exchanges: Exchanges, path: str) -> None:
    """Have a copy of the file, which is kept with the operation."""
    limit = settings_of(IntegrationSettings).import_megabytes
    run = work.run
    try:
        with tempfile.TemporaryFile(prefix="kvartal-") as file:
            async with exchanges(run.organization_id) as exchange:
                await exchange.fetch(path, file, limit=limit * _MEGABYTE)
            await asyncio.to_thread(file.seek, 0)
            name = PurePosixPath(path).name or "metrics.xml"
            kept = await run.keep(file, name=name, media_type=_XML)
    except FileMissing:
        raise _stopped("E101", path, path=path) from None
    except FileOversized:
        raise _stopped("E106", path, n=limit) from None
    except FileEmpty:
        raise _stopped("E103", path, path=path, line=1, col=1) from None
    except ExchangeFailed as failure:
        raise _failed(failure, path) from None
    work.cursor["copy"] = str(kept)
    await run.advance(cursor=work.cursor)


async def _read(work: _Import, path: str, copy: Path) -> int:
    """Save what the file says, batch by batch; how many bytes it has."""
    limit = settings_of(IntegrationSettings).import_megabytes
    try:
        head = await asyncio.to_thread(head_of, copy, path, megabytes=limit)
    except FileRefused as refused:
        raise OperationFailed(refusal_entry(refused, path)) from None
    mode = ReadingsMode.OVERWRITE if head.overwrites else ReadingsMode.APPEND
    found = batches(copy, path, after=work.cursor["block"])
    size = await asyncio.to_thread(_size, copy)
    await work.run.advance(total=size, done=0)
    # One thread for the whole file: the library that reads it is not to be handed on.
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as reader:
        try:
            while (batch := await loop.run_in_executor(reader, next, found, None)) is not None:
                _check_organization(work, path, batch)
                await _apply(work, path, batch, mode)
                if batch.refused is not None:
                    raise OperationFailed(refusal_entry(batch.refused, path))
        finally:
            await loop.run_in_executor(reader, found.close)
    return size


def _size(copy: Path) -> int:
    return copy.stat().st_size


def _check_organization(work: _Import, path: str, batch: Batch) -> None:
    for block in batch.blocks:
        if block.organization != work.organization:
            raise OperationFailed(
                Entry(
                    severity=EntrySeverity.ERROR,
                    code="E201",
                    facts={"id": block.organization},
                    file=path,
                    line=block.line,
                )
            )


async def _apply(work: _Import, path: str, batch: Batch, mode: ReadingsMode) -> None:
    """Save a batch and how far it has come, in one transaction."""
    if not work.is_trial:
        async with unit_of_work():
            counts, entries = await _saved(work, path, batch, mode)
            await _advance(work, batch, counts, entries)
        return
    try:
        async with unit_of_work():
            counts, entries = await _saved(work, path, batch, mode)
            raise _Undo
    except _Undo:
        await _advance(work, batch, counts, entries)


async def _advance(work: _Import, batch: Batch, counts: Counter[str], entries: list[Entry]) -> None:
    work.cursor = {**work.cursor, "block": batch.done}
    await work.run.advance(done=batch.position, cursor=work.cursor, counts=counts, entries=entries)


async def _saved(
    work: _Import, path: str, batch: Batch, mode: ReadingsMode
) -> tuple[Counter[str], list[Entry]]:
    places = [MeterPlace(path, block, each) for block in batch.blocks for each in block.meters]
    organization_id = work.run.organization_id
    registered = await register(work.actor, organization_id, places, work.said)
    rows: list[Row] = [
        (place, meter_id, reading)
        for place, meter_id in zip(places, registered.ids, strict=True)
        if meter_id is not None
        for reading in place.meter.readings
    ]
    saved = await save(work.actor, organization_id, rows, mode)
    counts = _counted("meters", registered.outcomes) + _counted("readings", saved.outcomes)
    passed_over = sum(len(each.meter.readings) for each in places) - len(rows)
    if passed_over:
        counts["readings_rejected"] += passed_over
    entries = sorted([*registered.entries, *saved.entries], key=lambda each: each.line or 0)
    return counts, entries


def _counted(what: str, outcomes: Iterable[RowOutcome]) -> Counter[str]:
    return Counter({f"{what}_{each.lower()}": n for each, n in Counter(outcomes).items()})


async def _delete(run: Run, exchanges: Exchanges, path: str) -> None:
    """Delete a file that was read; if it stays, all that it says will be unchanged next time."""
    try:
        async with exchanges(run.organization_id) as exchange:
            await exchange.remove(path)
    except ExchangeFailed as failure:
        entry = Entry(
            severity=EntrySeverity.WARNING,
            code="W213",
            facts={"path": path, "reason": Sentence(f"exchange.{failure.reason}")},
            file=path,
        )
        await run.advance(entries=[entry])


def _stopped(code: str, file: str, **facts: object) -> OperationFailed:
    return OperationFailed(Entry(severity=EntrySeverity.ERROR, code=code, facts=facts, file=file))


def _failed(failure: ExchangeFailed, file: str) -> OperationFailed:
    reason = Sentence(f"exchange.{failure.reason}")
    return _stopped("E102", file, host=failure.host, reason=reason)
