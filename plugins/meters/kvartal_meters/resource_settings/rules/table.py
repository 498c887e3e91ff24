"""The settings of all resources at one place, as people enter them and as they are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kvartal.errors import BadInput, DomainError, Refused
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.rules.window import (
    SettingsValues,
    WindowDays,
    validate_days,
)

__all__ = [
    "Entry",
    "Table",
    "complete",
    "keeping_services",
    "new_services",
    "read_entries",
    "records_of",
    "table_of",
]

Table = Mapping[ResourceKind, SettingsValues]
"""The settings of every resource, in the resources' order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The settings of a resource as somebody entered them; the days may be wrong.

    ``names_service``: the form speaks of the service at all; else the link stays as it is.
    """

    resource_kind: ResourceKind
    active: bool
    start_day: int | None
    end_day: int | None
    fractions_allowed: bool
    accepts_expired: bool
    service_id: UUID | None = None
    names_service: bool = False


def complete(known: Mapping[ResourceKind, SettingsValues]) -> Table:
    """A table with every resource; one without settings has those of a new building."""
    return {kind: known.get(kind, SettingsValues()) for kind in ResourceKind}


def read_entries(entries: Sequence[Entry]) -> dict[ResourceKind, SettingsValues]:
    """What was entered, by resource; Refused with every fault of every row."""
    if len({entry.resource_kind for entry in entries}) < len(entries):
        raise BadInput("RESOURCE_REPEATED")
    faults: list[DomainError] = [
        fault.at("settings", place)
        for place, entry in enumerate(entries)
        for fault in validate_days(entry.start_day, entry.end_day)
    ]
    if faults:
        raise Refused(faults)
    return {
        entry.resource_kind: SettingsValues(
            active=entry.active,
            window=_window(entry.start_day, entry.end_day),
            fraction=entry.fractions_allowed,
            accept_expired=entry.accepts_expired,
            service_id=entry.service_id if entry.names_service else None,
        )
        for entry in entries
    }


def keeping_services(
    values: Mapping[ResourceKind, SettingsValues], entries: Iterable[Entry], before: Table
) -> dict[ResourceKind, SettingsValues]:
    """What was entered, with the links that the place has where the form says nothing of them."""
    silent = {entry.resource_kind for entry in entries if not entry.names_service}
    return {
        kind: replace(each, service_id=before[kind].service_id) if kind in silent else each
        for kind, each in values.items()
    }


def new_services(before: Table, after: Table) -> dict[ResourceKind, UUID]:
    """The services that a change links; one that was linked already is nobody's question again."""
    return {
        kind: values.service_id
        for kind, values in after.items()
        if values.service_id is not None and values.service_id != before[kind].service_id
    }


def records_of(table: Table) -> list[dict[str, Any]]:
    """A table as a rule's snapshot keeps it: a record per resource, named as the columns are."""
    return [
        {
            "resource_kind": kind.value,
            "active": values.active,
            "start_day": values.window.start if values.window else None,
            "end_day": values.window.end if values.window else None,
            "fractions_allowed": values.fraction,
            "accepts_expired": values.accept_expired,
            "service_id": values.service_id,
        }
        for kind, values in table.items()
    ]


def table_of(records: Iterable[Mapping[str, Any]]) -> Table:
    """The table in records of the database; the resources they lack have the defaults."""
    return complete(
        {
            ResourceKind(record["resource_kind"]): SettingsValues(
                active=record["active"],
                window=_window(record["start_day"], record["end_day"]),
                fraction=record["fractions_allowed"],
                accept_expired=record["accepts_expired"],
                service_id=_service(record),
            )
            for record in records
        }
    )


def _service(record: Mapping[str, Any]) -> UUID | None:
    # A snapshot of the time before there were links has none; JSON has it as text.
    found = record.get("service_id")
    return UUID(str(found)) if found is not None else None


def _window(start: int | None, end: int | None) -> WindowDays | None:
    return WindowDays(start, end) if start is not None and end is not None else None
