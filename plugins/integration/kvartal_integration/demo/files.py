"""The example files of the demo: what another system would say of three of its houses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import work_of
from kvartal.db.connection import fetch_one
from kvartal.demo.api import HouseKey, Tenant, demo_id
from kvartal_integration.demo.seed import PATHS, UNKNOWN
from kvartal_integration.metrics_xml.rendering import ExportedReading, FileWriter
from kvartal_meters.api import (
    SUBMIT,
    Extract,
    MeterScope,
    MeterSelection,
    MeterStatus,
    SubmissionChannel,
    extract_meters,
    meters_to_extract,
)

__all__ = ["write_examples"]

HOUSES = (HouseKey.MOSCOW_1, HouseKey.MOSCOW_2, HouseKey.MOSCOW_3)
METERS = 12
_FEWEST_DIGITS = 4
_COMPANY = demo_id("organization", Tenant.COMPANY)


async def write_examples(folder: Path) -> None:
    """Write the files that the settings of the import name, unless the folder has any already."""
    row = await fetch_one(
        "SELECT external_id, inn, timezone FROM kvartal_organization WHERE id = $1", _COMPANY
    )
    if _is_used(folder) or row is None or row["external_id"] is None:
        return
    zone = clock.timezone(row["timezone"])
    for path, house in zip(PATHS, HOUSES, strict=True):
        # lint-skip: query-in-loop -- three files, at the demo's first start
        readings = await _readings(house, clock.now().astimezone(zone))
        if house is HOUSES[0] and readings:
            readings.append(_of_nobody(readings[-1]))
        with (
            _new(folder / path.strip("/")) as file,
            FileWriter.to(
                file,
                organization=row["external_id"],
                inn=row["inn"],
                generated_at=clock.now().astimezone(zone),
                sender="1C",
            ) as writer,
        ):
            writer.write(readings)


def _is_used(folder: Path) -> bool:
    return any(folder.iterdir())


def _new(file: Path) -> IO[bytes]:
    file.parent.mkdir(parents=True)
    return file.open("wb")


async def _readings(house: HouseKey, now: datetime) -> list[ExportedReading]:
    """Readings of this month of some meters that have none yet."""
    selection = MeterSelection(
        scope=MeterScope.INDIVIDUAL,
        building_id=demo_id("building", house),
        submitted_to=now.date().replace(day=1) - timedelta(days=1),
    )
    ids: Sequence[UUID] = await meters_to_extract(
        work_of(_COMPANY, [SUBMIT.code]), _COMPANY, selection
    )
    rows = await extract_meters(_COMPANY, ids)
    return list(_next_month_of(rows, now))[:METERS]


def _next_month_of(rows: Sequence[Extract], now: datetime) -> Iterator[ExportedReading]:
    """What each would show now, if as much was used again as in its last month."""
    for row in rows:
        is_known = row.building_external_id and row.account_number and row.previous
        if not is_known or row.status != MeterStatus.ACTIVE or _is_near_zero(row):
            continue
        assert row.building_external_id is not None
        assert row.account_number is not None
        yield ExportedReading(
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
            reading=f"1C-{row.identifier}",
            billing_month=now.date().replace(day=1),
            taken_on=now.date(),
            submitted_at=now,
            channel=SubmissionChannel.BILLING,
            values=tuple(
                shown + (shown - before)
                for shown, before in zip(row.values, row.previous, strict=True)
            ),
            previous=row.values,
            consumption=None,
            rollover=False,
        )


def _is_near_zero(row: Extract) -> bool:
    """Whether a register has passed its zero, or may soon."""
    limit = 10 ** (row.int_digits or _FEWEST_DIGITS)
    return row.is_rollover or any(2 * each >= limit for each in row.values)


def _of_nobody(like: ExportedReading) -> ExportedReading:
    """A reading of an account that is not known, so that there is something to warn of."""
    return replace(
        like,
        premise=None,
        premise_number=None,
        account=UNKNOWN,
        meter=None,
        meter_key=UNKNOWN,
        identifier=f"ХВ-{UNKNOWN}",
        serial_number=None,
        reading=f"1C-{UNKNOWN}",
    )
