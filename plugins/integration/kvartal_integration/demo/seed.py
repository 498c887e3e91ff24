"""The exchange of the demo: forms that are filled and switched off, and a log of some days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tortoise.models import Model

from kvartal import clock
from kvartal.demo.api import (
    EMPLOYEES,
    DemoEstate,
    HomeKey,
    HouseKey,
    Tenant,
    account_number,
    demo_id,
    insert,
)
from kvartal.months import YearMonth
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import (
    Direction,
    Entry,
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Sentence,
    Trigger,
)
from kvartal_integration.operations.wording import packed, packed_sentence
from kvartal_integration.schedules.models import ExchangeSettings
from kvartal_meters.api import SubmissionChannel

__all__ = ["HOST", "PATHS", "UNKNOWN", "seed"]

HOST = "ftp.kvartal.example"
"""A server that there is not, as long as the demo has none of its own."""

ORDER = (ExchangeConnection, ExchangeSettings, Operation, OperationEntry)
PATHS = ["/objects/z84/metrics.xml", "/objects/p32/metrics.xml", "/objects/s15/metrics.xml"]
_HOME = HomeKey(HouseKey.MOSCOW_1, 15)
UNKNOWN = "7700415099"
_WELL = Sentence("OPERATION_SUCCEEDED")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """An operation of the log: so many days ago, at that hour of the organization's night."""

    kind: OperationKind
    days: int
    hour: int
    status: OperationStatus = OperationStatus.SUCCEEDED
    trigger: Trigger = Trigger.SCHEDULE
    message: Sentence = _WELL
    counts: tuple[tuple[str, int], ...] = ()
    entries: Sequence[Entry] = ()


async def seed(estate: DemoEstate) -> None:
    """Add the exchange of the company to the demo's estate."""
    await insert([*_forms(estate), *_log(estate)], ORDER)


def _forms(estate: DemoEstate) -> Iterator[Model]:
    company = estate.organizations[Tenant.COMPANY].id
    made = {"organization_id": company, "created_at": estate.now, "updated_at": estate.now}
    yield ExchangeConnection(
        id=demo_id("exchange_connection", Tenant.COMPANY),
        host=HOST,
        username="exchange",
        root="/",
        **made,
    )
    common = {**made, "emails": [EMPLOYEES[0].email]}
    yield ExchangeSettings(
        id=demo_id("exchange_settings", Direction.IMPORT),
        direction=Direction.IMPORT,
        hours="2",
        paths=PATHS,
        **common,
    )
    yield ExchangeSettings(
        id=demo_id("exchange_settings", Direction.EXPORT),
        direction=Direction.EXPORT,
        hours="4",
        directory="/export",
        last_started_at=_moment(estate, days=1, hour=4),
        **common,
    )


def _log(estate: DemoEstate) -> Iterator[Model]:
    for number, run in enumerate(_runs(estate), 1):
        yield from _operation(estate, number, run)


def _operation(estate: DemoEstate, number: int, run: _Run) -> Iterator[Model]:
    company = estate.organizations[Tenant.COMPANY].id
    begun = _moment(estate, days=run.days, hour=run.hour)
    ended = begun + timedelta(seconds=9)
    is_by_hand = run.trigger is Trigger.PERSON
    operation_id = demo_id("operation", number)
    total = sum(count for _, count in run.counts)
    severities = [each.severity for each in run.entries]
    yield Operation(
        id=operation_id,
        organization_id=company,
        kind=run.kind,
        direction=run.kind.direction,
        status=run.status,
        trigger=run.trigger,
        started_by_id=estate.staff[Tenant.COMPANY].user_id if is_by_hand else None,
        request={},
        counts=dict(run.counts),
        message=packed_sentence(run.message),
        done=total,
        total=total,
        errors=severities.count(EntrySeverity.ERROR),
        warnings=severities.count(EntrySeverity.WARNING),
        created_at=begun,
        started_at=begun,
        finished_at=ended,
        updated_at=ended,
    )
    for place, entry in enumerate(run.entries, 1):
        yield OperationEntry(
            id=demo_id("operation_entry", number, place),
            organization_id=company,
            operation_id=operation_id,
            number=place,
            severity=entry.severity,
            code=entry.code,
            facts=packed(entry.facts),
            file=entry.file,
            line=entry.line,
            account=entry.account,
            meter=entry.meter,
            created_at=ended,
            updated_at=ended,
        )


def _moment(estate: DemoEstate, *, days: int, hour: int) -> datetime:
    zone = clock.timezone(estate.organizations[Tenant.COMPANY].timezone)
    night = estate.now.astimezone(zone).replace(hour=hour, minute=0, second=3, microsecond=0)
    return night - timedelta(days=days)


def _runs(estate: DemoEstate) -> Sequence[_Run]:
    number = estate.organizations[Tenant.COMPANY].number
    yesterday = _moment(estate, days=1, hour=4)
    name = f"metrics_{number}_{yesterday:%Y%m%d}.xml"
    away = _error("E101", {"path": PATHS[1]}, PATHS[1])
    usual = (("meters_unchanged", 212), ("readings_created", 96), ("readings_unchanged", 116))
    warned = OperationStatus.SUCCEEDED_WITH_WARNINGS
    entries = _warnings(YearMonth.of(estate.now.date()).shift(-1))
    imported = _Run(kind=OperationKind.XML_IMPORT, days=4, hour=2, counts=usual)
    exported = _Run(
        kind=OperationKind.XML_EXPORT,
        days=1,
        hour=4,
        message=Sentence("EXPORT_WRITTEN", {"name": name}),
        counts=(("readings_exported", 84),),
    )
    return (
        imported,
        replace(
            imported,
            days=3,
            status=warned,
            message=Sentence("OPERATION_WITH_WARNINGS", {"errors": 0, "warnings": len(entries)}),
            counts=(*usual, ("meters_rejected", 1), ("readings_rejected", 1)),
            entries=entries,
        ),
        replace(
            imported,
            days=2,
            status=OperationStatus.FAILED,
            trigger=Trigger.PERSON,
            hour=11,
            message=Sentence(away.code, away.facts),
            counts=(("meters_unchanged", 70), ("readings_unchanged", 70)),
            entries=(away,),
        ),
        replace(
            imported,
            days=2,
            hour=12,
            status=OperationStatus.CANCELLED,
            message=Sentence("RUN_LEFT_OUT", {"direction": Direction.IMPORT}),
            counts=(),
        ),
        replace(exported, days=2, message=Sentence("EXPORT_NOTHING_NEW"), counts=()),
        exported,
    )


def _warnings(month: YearMonth) -> tuple[Entry, ...]:
    account = account_number(_HOME)
    entry = Entry(
        severity=EntrySeverity.WARNING,
        code="W203",
        facts={"n": UNKNOWN},
        file=PATHS[0],
        line=18,
        account=UNKNOWN,
    )
    meter = f"ХВ-{account}"
    return (
        entry,
        replace(
            entry,
            code="W305",
            facts={"period": month, "v": "204.6", "channel": SubmissionChannel.RESIDENT_APP},
            line=31,
            account=account,
            meter=meter,
        ),
        replace(
            entry,
            code="W301",
            facts={"v": "12", "p": "204.6", "period": month},
            line=32,
            account=account,
            meter=meter,
        ),
    )


def _error(code: str, facts: dict[str, object], file: str) -> Entry:
    return Entry(severity=EntrySeverity.ERROR, code=code, facts=facts, file=file)
