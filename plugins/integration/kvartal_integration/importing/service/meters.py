"""The meters of a batch of blocks: registered as far as the file is right about them.

What is wrong with a field is said, and the meter goes without it; what is wrong with the meter is
said, and the meter is passed over with its readings.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.bulk import MAX_ROWS, RowOutcome
from kvartal.errors import DomainError
from kvartal_integration.importing.rules import BLOCK_WIDE, MeterPlace, met_by, meter_entry
from kvartal_integration.metrics_xml.records import MeterRecord
from kvartal_integration.operations.rules import Entry
from kvartal_meters.api import (
    MeterCondition,
    MeterRowInput,
    MeterScope,
    MeterStatus,
    MeterType,
    MeterVerdict,
    PlaceReference,
    extract_meters,
    register_meters,
)

__all__ = ["Registered", "register"]

# A row is tried with all that the file says, then without what was wrong with that, and once more.
TRIES = 3

_FIELDS: Mapping[str, tuple[str, Any]] = {
    "brand": ("brand", str),
    "model": ("model", str),
    "serialNumber": ("serial_number", str),
    "commissioningDate": ("commissioned_on", date.fromisoformat),
    "verificationInterval": ("verification_interval", int),
    "lastVerificationDate": ("verified_on", date.fromisoformat),
    "nextVerificationDate": ("next_verification_on", date.fromisoformat),
    "status": ("status", MeterStatus),
    "intDigits": ("int_digits", int),
}


def _flag(text: str) -> bool:
    return text in {"true", "1"}


_HOUSE: Mapping[str, tuple[str, Any]] = {
    "installationPlace": ("installation_place", str),
    "installationDate": ("installed_on", date.fromisoformat),
    "sealDate": ("sealed_on", date.fromisoformat),
    "condition": ("condition", MeterCondition),
    "antimagneticSeal": ("antimagnetic_seal", _flag),
    "temperatureSensor": ("temperature_sensor", _flag),
    "pressureSensor": ("pressure_sensor", _flag),
    "remoteReading": ("remote_reading", _flag),
    "ratio": ("transformation_ratio", Decimal),
}
# Two dates that do not fit each other go together.
_GO_TOGETHER = {
    "verified_on": ("verified_on", "next_verification_on"),
    "next_verification_on": ("verified_on", "next_verification_on"),
}
# The initial values are those of the meter when it was made: a file may go on repeating others.
_SILENT = frozenset({"INITIAL_VALUES_FIXED"})
_DROPPED = frozenset(
    {
        "DATE_IN_FUTURE",
        "VERIFICATION_ORDER_INVALID",
        "DIGITS_CONTRADICT_READINGS",
        "DIGITS_EXCEEDED",
        "EXTERNAL_ID_TAKEN",
        "INITIAL_VALUES_FIXED",
        "REGISTERS_MISMATCH",
        "TYPE_FIXED",
    }
)


@dataclass(slots=True)
class Registered:
    """What has become of the meters of a batch, in their order; of those passed over, no id."""

    ids: list[UUID | None]
    outcomes: list[RowOutcome]
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class _Trial:
    """A meter on its way: its row as it stands, and what is to be said of what it lost."""

    place: MeterPlace
    row: MeterRowInput
    verdict: MeterVerdict = field(default_factory=lambda: MeterVerdict(RowOutcome.REJECTED))
    lost: list[DomainError] = field(default_factory=list)


async def register(
    actor: Actor, organization_id: UUID, places: Sequence[MeterPlace], said: set[tuple[str, str]]
) -> Registered:
    """Register meters; ``said``: the faults of places that stand in the log already."""
    trials = [_Trial(place, _row_of(place)) for place in places]
    waiting: Collection[_Trial] = trials
    for _ in range(TRIES):
        for chunk in _chunks(list(waiting)):
            # lint-skip: query-in-loop -- a chunk is a thousand meters, and the tries are three
            verdicts = await register_meters(actor, organization_id, [each.row for each in chunk])
            for trial, verdict in zip(chunk, verdicts, strict=True):
                trial.verdict = verdict
        waiting = [each for each in waiting if each.verdict.errors and _relax(each)]
        if not waiting:
            break
    found = Registered(
        ids=[each.verdict.id for each in trials],
        outcomes=[each.verdict.outcome for each in trials],
    )
    found.entries = await _entries(organization_id, trials, said)
    return found


def _relax(trial: _Trial) -> bool:
    """Leave out of the row what was wrong with it; whether that leaves something to try."""
    errors, row = trial.verdict.errors, trial.row
    if any(each.code == "ACCOUNT_UNKNOWN" for each in errors) and row.place.premise_field:
        trial.lost += errors
        trial.row = row._replace(place=row.place._replace(account_number=None))
        return True
    if not all(each.code in _DROPPED and each.path for each in errors):
        return False
    names = {
        name
        for each in errors
        for name in _GO_TOGETHER.get(str(each.path[0]), (str(each.path[0]),))
    }
    kept = {name: value for name, value in row.fields.items() if name not in names}
    if kept.keys() == row.fields.keys() or "identifier" not in kept:
        return False
    trial.lost += errors
    trial.row = row._replace(fields=kept)
    return True


async def _entries(
    organization_id: UUID, trials: Sequence[_Trial], said: set[tuple[str, str]]
) -> list[Entry]:
    told = [
        (trial.place, error, met_by(error, trial.verdict.id))
        for trial in trials
        for error in _unsaid(trial, said)
    ]
    asked = {meter for _, _, meter in told if meter is not None}
    met = {
        each.meter_id: each
        for each in (await extract_meters(organization_id, list(asked)) if asked else ())
    }
    return [
        meter_entry(error, place, met.get(meter) if meter else None) for place, error, meter in told
    ]


def _unsaid(trial: _Trial, said: set[tuple[str, str]]) -> list[DomainError]:
    """What is to be told of a meter, and of its place if nobody has told it yet."""
    found = []
    for error in [*trial.lost, *trial.verdict.errors, *trial.verdict.warnings]:
        if error.code in _SILENT:
            continue
        if error.code in BLOCK_WIDE or error.code == "PLACE_OVERRULED":
            block = trial.place.block
            named = block.building if error.code == "BUILDING_UNKNOWN" else block.account or ""
            if (error.code, f"{block.building}/{named}") in said:
                continue
            said.add((error.code, f"{block.building}/{named}"))
        found.append(error)
    return found


def _row_of(place: MeterPlace) -> MeterRowInput:
    block, meter = place.block, place.meter
    is_house = block.account is None
    return MeterRowInput(
        scope=MeterScope.COLLECTIVE if is_house else MeterScope.INDIVIDUAL,
        place=PlaceReference(
            account_number=block.account,
            premise_external_id=block.premise,
            premise_number=block.premise_number,
            building_external_id=block.building,
        ),
        fields=_fields_of(meter, is_house=is_house),
    )


def _fields_of(meter: MeterRecord, *, is_house: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": MeterType(meter.type), "identifier": meter.identifier}
    if meter.external_id is not None:
        fields["external_id"] = meter.external_id
    if meter.initial_values is not None:
        fields["initial_values"] = [Decimal(each) for each in meter.initial_values]
    named = [(_FIELDS, meter.fields), *([(_HOUSE, meter.house)] if is_house else [])]
    for names, given in named:
        for tag, text in given.items():
            name, read = names[tag]
            fields[name] = None if text is None else read(text)
    return fields


def _chunks(trials: Sequence[_Trial]) -> list[Sequence[_Trial]]:
    return [trials[start : start + MAX_ROWS] for start in range(0, len(trials), MAX_ROWS)]
