"""The readings of a batch of blocks, of the meters that were found or made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.bulk import MAX_ROWS, RowOutcome
from kvartal.errors import DomainError
from kvartal_integration.importing.rules import MeterPlace, reading_entry
from kvartal_integration.metrics_xml.records import ReadingRecord
from kvartal_integration.operations.rules import Entry
from kvartal_meters.api import (
    JudgedReading,
    MeterReference,
    ReadingsMode,
    SentReading,
    SubmissionChannel,
    register_readings,
)

__all__ = ["SavedReadings", "save"]

# What a file may say of a reading's way; all else has come by the file itself.
_FOREIGN = {each.value: each for each in (SubmissionChannel.BILLING, SubmissionChannel.AUTO)}


@dataclass(slots=True)
class SavedReadings:
    """What has become of the readings of a batch."""

    outcomes: list[RowOutcome] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


Row = tuple[MeterPlace, UUID, ReadingRecord]
"""A reading with its meter."""


async def save(
    actor: Actor, organization_id: UUID, rows: Sequence[Row], mode: ReadingsMode
) -> SavedReadings:
    """Save readings, as many as a call takes at a time; a meter's months stay in one call."""
    saved = SavedReadings()
    for chunk in _chunks(rows):
        sent = [
            (MeterReference(id=meter), _sent(n, row)) for n, (_, meter, row) in enumerate(chunk)
        ]
        # lint-skip: query-in-loop -- a chunk is a thousand readings
        verdicts = await register_readings(actor, organization_id, sent, mode)
        for (place, _, row), verdict in zip(chunk, verdicts, strict=True):
            _note(saved, place, row, verdict)
    return saved


def _note(
    saved: SavedReadings,
    place: MeterPlace,
    row: ReadingRecord,
    verdict: JudgedReading | DomainError,
) -> None:
    if isinstance(verdict, DomainError):
        saved.outcomes.append(RowOutcome.REJECTED)
        saved.entries.append(reading_entry(verdict, place, row))
        return
    saved.outcomes.append(verdict.outcome)
    told = [*verdict.errors, *verdict.warnings]
    saved.entries += [reading_entry(each, place, row) for each in told]


def _sent(place: int, row: ReadingRecord) -> SentReading:
    return SentReading(
        place=place,
        values=row.values,
        taken_on=row.taken_on,
        billing_month=row.billing_month,
        rollover=row.rollover,
        channel=_FOREIGN.get(row.channel or "", SubmissionChannel.XML),
    )


def _chunks(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Portions of a call's size, cut between meters where that can be."""
    found: list[Sequence[Row]] = []
    start = 0
    while start < len(rows):
        end = min(start + MAX_ROWS, len(rows))
        cut = end
        if end < len(rows):
            while cut > start and rows[cut - 1][1] == rows[cut][1]:
                cut -= 1
        end = cut if cut > start else end
        found.append(rows[start:end])
        start = end
    return found
