"""An export from the choice of readings to the file on the server (domain §4.1).

The readings that were accepted or changed since the last export that succeeded had begun, late ones
and corrections of past months among them; the first time those of this month and the last. The
file appears under its name only when it is whole, and can be imported as it is.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import work_of
from kvartal.db.connection import Record, execute, fetch_one
from kvartal.db.settled import settled_until
from kvartal.db.transaction import unit_of_work
from kvartal.files.api import as_path
from kvartal.months import YearMonth
from kvartal_integration.exchange.port import ExchangeFailed, Exchanges
from kvartal_integration.metrics_xml.rendering import ExportedReading, FileWriter
from kvartal_integration.operations.rules import Entry, EntrySeverity, OperationFailed, Sentence
from kvartal_integration.operations.service import Run
from kvartal_integration.schedules.rules import file_name
from kvartal_meters.api import (
    SUBMIT,
    Extract,
    MeterScope,
    ReadingSelection,
    extract_readings,
    readings_to_extract,
)

__all__ = ["export_readings"]

BATCH = 1000
SENDER = "Kvartal"
_XML = "application/xml"


@dataclass(frozen=True, slots=True)
class _Exporter:
    """The organization whose readings leave."""

    id: UUID
    number: int
    external_id: str | None
    inn: str | None
    timezone: str
    shift: int


@dataclass(slots=True)
class _Written:
    """What has become of the readings of a file."""

    count: int = 0
    left_out: int = 0
    entries: list[Entry] = field(default_factory=list)


async def export_readings(run: Run, exchanges: Exchanges) -> None:
    """Put a file of readings into ``run.request["directory"]``, named by ``["name_template"]``.

    ``["whole_month"]``: all readings of the present billing month instead of those that are new.
    The file is made once and kept: a worker that is killed is made up for by one that puts the same
    file under the same name. Only after that the readings in it count as told.
    """
    exporter = await _exporter(run.organization_id)
    if exporter.external_id is None:
        raise _stopped("E201.EXPORT")
    made = run.cursor or await _make(run, exporter)
    if made["file"] is not None:
        await _put(run, exchanges, made)
        run.conclude("EXPORT_WRITTEN", name=made["name"])
    else:
        run.conclude("EXPORT_NOTHING_NEW")
    # Of a whole month nothing is known of earlier ones: what has changed there is still to be told.
    if not run.request.get("whole_month"):
        await execute(
            "UPDATE integration_settings SET last_started_at = $2"
            " WHERE organization_id = $1 AND direction = 'EXPORT'",
            exporter.id,
            datetime.fromisoformat(made["until"]),
        )


async def _make(run: Run, exporter: _Exporter) -> Mapping[str, Any]:
    """Write the file and keep it with the operation; what the next worker has to know of it."""
    until = await settled_until()
    month = _month(exporter)
    ids = await readings_to_extract(
        work_of(exporter.id, [SUBMIT.code]),
        exporter.id,
        await _selection(run, exporter, month, until),
    )
    await run.advance(total=len(ids), done=0)
    with tempfile.TemporaryFile(prefix="kvartal-") as file:
        written = await _write(run, exporter, file, ids, until)
        await asyncio.to_thread(file.seek, 0)
        name = _name(run, exporter, month)
        made: dict[str, Any] = {"until": until.isoformat(), "file": None, "name": name}
        async with unit_of_work():
            if written.count:
                kept = await run.keep(file, name=name, media_type=_XML)
                made["file"] = str(kept)
            counts = {"readings_exported": written.count, "readings_left_out": written.left_out}
            await run.advance(
                cursor=made,
                counts={name: count for name, count in counts.items() if count},
                entries=written.entries,
            )
    return made


def _name(run: Run, exporter: _Exporter, month: YearMonth) -> str:
    now = clock.now().astimezone(clock.timezone(exporter.timezone))
    template = str(run.request["name_template"])
    return file_name(template, company=exporter.number, moment=now, month=str(month))


async def _exporter(organization_id: UUID) -> _Exporter:
    row: Record | None = await fetch_one(
        "SELECT id, number, external_id, inn, timezone, billing_month_shift"
        " FROM kvartal_organization WHERE id = $1",
        organization_id,
    )
    assert row is not None
    return _Exporter(*row.values())


def _month(exporter: _Exporter) -> YearMonth:
    return YearMonth.of(clock.today(exporter.timezone)).shift(exporter.shift)


async def _selection(
    run: Run, exporter: _Exporter, month: YearMonth, until: datetime
) -> ReadingSelection:
    if run.request.get("whole_month"):
        return ReadingSelection(scope=MeterScope.INDIVIDUAL, months=(month.first_day,))
    row = await fetch_one(
        "SELECT last_started_at FROM integration_settings"
        " WHERE organization_id = $1 AND direction = 'EXPORT'",
        exporter.id,
    )
    since = row["last_started_at"] if row else None
    if since is None:
        months = (month.shift(-1).first_day, month.first_day)
        return ReadingSelection(scope=MeterScope.INDIVIDUAL, months=months, changed_before=until)
    return ReadingSelection(scope=MeterScope.INDIVIDUAL, changed_since=since, changed_before=until)


async def _write(
    run: Run, exporter: _Exporter, file: IO[bytes], ids: Sequence[UUID], until: datetime
) -> _Written:
    """Write the readings that can be told; of the others, why not.

    Only progress is told meanwhile: if the worker dies, the next one begins anew.
    """
    assert exporter.external_id is not None
    written, said = _Written(), set[tuple[str, str]]()
    with FileWriter.to(
        file,
        organization=exporter.external_id,
        inn=exporter.inn,
        generated_at=until.astimezone(clock.timezone(exporter.timezone)),
        sender=SENDER,
    ) as writer:
        for start in range(0, len(ids), BATCH):
            # lint-skip: query-in-loop -- a batch is a thousand readings
            rows = await extract_readings(exporter.id, ids[start : start + BATCH])
            told = [each for row in rows if (each := _told(row)) is not None]
            await asyncio.to_thread(writer.write, told)
            written.count += len(told)
            written.left_out += len(rows) - len(told)
            written.entries += _left_out(rows, said)
            await run.advance(done=min(start + BATCH, len(ids)))
    return written


def _told(row: Extract) -> ExportedReading | None:
    """A reading as the file tells it; none if it has no words for its place."""
    if row.building_external_id is None or row.account_number is None or row.reading_id is None:
        return None
    assert row.billing_month is not None
    assert row.taken_on is not None
    assert row.submitted_at is not None
    assert row.channel is not None
    return ExportedReading(
        building=row.building_external_id,
        address=row.address,
        premise=row.premise_external_id,
        premise_number=row.premise_number,
        account=row.account_number,
        meter=row.meter_external_id,
        meter_key=row.meter_id,
        type=row.type,
        identifier=row.identifier,
        serial_number=row.serial_number,
        reading=str(row.reading_id),
        billing_month=row.billing_month,
        taken_on=row.taken_on,
        submitted_at=row.submitted_at.astimezone(clock.timezone(row.timezone)),
        channel=row.channel,
        values=row.values,
        previous=row.previous,
        consumption=row.consumption,
        rollover=row.is_rollover,
    )


def _left_out(rows: Sequence[Extract], said: set[tuple[str, str]]) -> Iterator[Entry]:
    """Why readings are left out, once for each place."""
    for row in rows:
        if row.building_external_id is None:
            code, key, facts = "W201.EXPORT", str(row.building_id), {"address": row.address}
        elif row.account_number is None:
            place = f"{row.address}, {row.premise_number}"
            code, key, facts = "W203.EXPORT", str(row.premise_id), {"place": place}
        else:
            continue
        if (code, key) not in said:
            said.add((code, key))
            yield Entry(
                severity=EntrySeverity.WARNING, code=code, facts=facts, meter=row.identifier
            )


async def _put(run: Run, exchanges: Exchanges, made: Mapping[str, Any]) -> None:
    directory = str(run.request["directory"]).rstrip("/")
    try:
        async with as_path(UUID(made["file"])) as copy, exchanges(run.organization_id) as exchange:
            with await asyncio.to_thread(copy.open, "rb") as content:
                await exchange.put(f"{directory}/{made['name']}", content)
    except ExchangeFailed as failure:
        reason = Sentence(f"exchange.{failure.reason}")
        raise _stopped("E102", host=failure.host, reason=reason) from None


def _stopped(code: str, **facts: object) -> OperationFailed:
    return OperationFailed(Entry(severity=EntrySeverity.ERROR, code=code, facts=facts))
