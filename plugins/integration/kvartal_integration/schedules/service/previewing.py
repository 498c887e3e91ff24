"""What a schedule and a template mean, before they are saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.errors import DomainError
from kvartal_integration.schedules.rules import Schedule, faults_of, read_schedule
from kvartal_integration.schedules.service.access import exchange_of

__all__ = ["Preview", "next_runs", "preview"]

RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the form would do: of what is wrong in it nothing, and why."""

    schedule: Schedule | None
    runs: list[datetime]
    file_name: str | None
    faults: list[DomainError]


async def preview(
    actor: Actor,
    organization_id: UUID,
    *,
    schedule: Mapping[str, str] | None = None,
    name_template: str | None = None,
) -> Preview:
    """What a schedule and the name of an export's file would be; nothing is saved."""
    exchange = await exchange_of(actor, organization_id)
    zone, now = clock.timezone(exchange.timezone), clock.now()
    faults: list[DomainError] = []
    read, name = None, None
    if schedule is not None:
        read = faults_of(partial(read_schedule, schedule, zone, now), faults, "schedule")
    if name_template is not None:
        moment = now.astimezone(zone)
        name = faults_of(partial(exchange.name_of, name_template, moment), faults)
    return Preview(
        schedule=read,
        runs=next_runs(read, exchange.timezone) if read else [],
        file_name=name,
        faults=faults,
    )


def next_runs(schedule: Schedule, timezone: str) -> list[datetime]:
    """When a schedule falls due next, three times, with the offset of the time zone."""
    found = schedule.occurrences(clock.now(), clock.timezone(timezone))
    return list(islice(found, RUNS))
