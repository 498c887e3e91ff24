"""Saving the form of a direction: all faults at once, or it acts from now on."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to, changed, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Refused, VersionConflict
from kvartal_integration.access import require_exchange
from kvartal_integration.operations.rules import Direction
from kvartal_integration.schedules import queries
from kvartal_integration.schedules.rules import (
    PathsMissing,
    check_path,
    faults_of,
    read_emails,
    read_paths,
    read_schedule,
)
from kvartal_integration.schedules.service.access import exchange_of
from kvartal_integration.schedules.setup import Exchange, Setup

__all__ = ["ExportChange", "ImportChange", "ScheduleChange", "update"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """What is being set of a schedule, as it was typed; what is None stays as it is."""

    is_on: bool | None = None
    minutes: str | None = None
    hours: str | None = None
    days: str | None = None
    months: str | None = None
    weekdays: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChange:
    """What is being set of the import; what is None stays as it is."""

    schedule: ScheduleChange = ScheduleChange()
    emails: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    delete_after_reading: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChange:
    """What is being set of the export; what is None stays as it is."""

    schedule: ScheduleChange = ScheduleChange()
    emails: Sequence[str] | None = None
    directory: str | None = None
    name_template: str | None = None
    whole_month: bool | None = None


async def update(
    actor: Actor,
    organization_id: UUID,
    change: ImportChange | ExportChange,
    *,
    expected_version: int | None = None,
) -> Exchange:
    """The exchange after the change of one direction; Refused with all that is wrong in it."""
    direction = Direction.IMPORT if isinstance(change, ImportChange) else Direction.EXPORT
    async with unit_of_work():
        require_exchange(actor, organization_id)
        belongs_to(organization_id)
        await queries.hold_settings(organization_id)
        # Read after the wait: what stood there before it may have been changed meanwhile.
        found = await exchange_of(actor, organization_id)
        before = found.setups[direction]
        if expected_version not in {None, before.version}:
            raise VersionConflict(version=before.version, path=("expected_version",))
        after = _changed(found, before, change)
        if after == before:
            nothing_changed()
            return found
        after = replace(after, version=before.version + 1)
        await queries.write_setup(organization_id, after, now=clock.now())
        changed(_facts(before), _facts(after))
    return replace(found, setups={**found.setups, direction: after})


def _changed(found: Exchange, before: Setup, change: ImportChange | ExportChange) -> Setup:
    faults: list[DomainError] = []
    values: dict[str, Any] = {}

    def read(name: str, reading: Callable[[], object], *prefix: str) -> None:
        values[name] = faults_of(reading, faults, *prefix)

    zone, now = clock.timezone(found.timezone), clock.now()
    typed = {**asdict(before.schedule), **_given(change.schedule)}
    is_on = typed.pop("is_on", before.is_scheduled)
    read("schedule", partial(read_schedule, typed, zone, now), "schedule")
    if change.emails is not None:
        emails = change.emails
        read("emails", lambda: tuple(read_emails(emails)))
    if isinstance(change, ImportChange):
        _read_import(change, read, values)
        paths = values.get("paths", before.paths)
        if is_on and paths == ():
            faults.append(PathsMissing(path=("paths",)))
    else:
        _read_export(change, found, read, values)
    if faults:
        raise Refused(faults)
    return replace(before, is_scheduled=is_on, **values)


def _read_import(change: ImportChange, read: Callable[..., None], values: dict[str, Any]) -> None:
    if change.paths is not None:
        paths = change.paths
        read("paths", lambda: tuple(read_paths(paths)))
    if change.delete_after_reading is not None:
        values["delete_after_reading"] = change.delete_after_reading


def _read_export(
    change: ExportChange, found: Exchange, read: Callable[..., None], values: dict[str, Any]
) -> None:
    if change.directory is not None:
        read("directory", partial(check_path, change.directory, "directory"))
    if change.name_template is not None:
        template = change.name_template
        moment = clock.now().astimezone(clock.timezone(found.timezone))
        # Only whether it makes a name: the name of a file is made when there is one.
        read("name_template", lambda: (found.name_of(template, moment), template)[1])
    if change.whole_month is not None:
        values["whole_month"] = change.whole_month


def _given(change: ScheduleChange) -> dict[str, Any]:
    found = {each.name: getattr(change, each.name) for each in fields(change)}
    return {name: value for name, value in found.items() if value is not None}


def _facts(setup: Setup) -> dict[str, object]:
    """The form as the audit log tells it: not who gets the reports."""
    facts = {**asdict(setup), **asdict(setup.schedule)}
    for name in ("direction", "schedule", "emails", "version", "last_started_at"):
        del facts[name]
    return {**facts, "paths": list(setup.paths)}
