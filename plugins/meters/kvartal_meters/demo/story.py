"""The readings of the demo's meters: what each dial showed month after month, who sent it and how.

Consumption, previous values and the need of a review are those that the rules give.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from random import Random
from uuid import UUID

from kvartal import clock
from kvartal.demo.api import RESIDENTS, demo_id, dice
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG
from kvartal_meters.demo.amounts import Amounts
from kvartal_meters.demo.consumption import dial_step
from kvartal_meters.demo.devices import Device
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterScope
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.rules import (
    PastReading,
    SubmissionChannel,
    Values,
    anomaly_limits,
    consumption_of,
    months_gap,
)
from kvartal_meters.readings.rules.anomaly import anomalies_of

__all__ = ["Story", "tell"]

_REVISED_MONTHS = 3
_MISREAD = Decimal(7)
_WITH_SIGN_IN = frozenset(home for resident in RESIDENTS for home in resident.homes)
_OTHER_WAYS = (
    (AuthorKind.EMPLOYEE, SubmissionChannel.CRM),
    (AuthorKind.EMPLOYEE, SubmissionChannel.CRM),
    (AuthorKind.EMPLOYEE, SubmissionChannel.EMPLOYEE_APP),
    (AuthorKind.EMPLOYEE, SubmissionChannel.EXCEL),
    (AuthorKind.SERVICE, SubmissionChannel.XML),
    (AuthorKind.SERVICE, SubmissionChannel.BILLING),
)


@dataclass(frozen=True, slots=True)
class _Author:
    """Who sent a reading, and which way."""

    kind: AuthorKind
    channel: SubmissionChannel
    user_id: UUID | None


@dataclass(slots=True)
class Story:
    """A meter's readings, oldest first, with their revisions; ``staff`` is the employee's user."""

    device: Device
    staff: UUID | None
    readings: list[Reading] = field(default_factory=list)
    revisions: list[ReadingRevision] = field(default_factory=list)
    past: list[PastReading] = field(default_factory=list)
    previous: Values | None = None

    @property
    def meter(self) -> Meter:
        """The meter that it is about."""
        return self.device.meter

    def add(self, back: int, values: Values, chance: Random) -> None:
        """The reading of a month, unless none could have come yet."""
        days = self.device.calendar.days(back)
        if days is None:
            return
        month = self.device.calendar.month(back)
        day = days[0] + timedelta(days=chance.randint(0, (days[1] - days[0]).days))
        author = self._author(chance)
        at = self._moment(datetime.combine(day, time(chance.randint(7, 22), chance.randint(0, 59))))
        reading = Reading(
            id=demo_id("reading", self.meter.identifier, back),
            organization_id=self.meter.organization_id,
            building_id=self.meter.building_id,
            premise_id=self.meter.premise_id,
            meter_id=self.meter.id,
            scope=self.meter.scope,
            resource_kind=self.meter.resource_kind,
            billing_month=month.first_day,
            taken_on=day,
            submitted_at=at,
            submitted_by_id=author.user_id,
            author_kind=author.kind,
            channel=author.channel,
            transformation_ratio=self.meter.transformation_ratio,
            created_at=at,
            updated_at=at,
            **_columns("t", values),
            **_columns("previous_t", self.previous or ()),
            **self._judged(month, values),
        )
        self.readings.append(reading)
        self.previous = values
        if back < _REVISED_MONTHS:
            self._revise(reading, values, author)

    def correct(self) -> None:
        """Let the last reading be one that an employee has put right."""
        reading = self.readings[-1]
        [first] = self.revisions[-1:]
        by = _Author(AuthorKind.EMPLOYEE, SubmissionChannel.CRM, self.staff)
        first.new_t1 = reading.t1 + _MISREAD
        at = self._moment(None)
        self.revisions.append(self._revision(reading, 2, by, at, first.new_t1))
        reading.author_kind, reading.channel = by.kind, by.channel
        reading.submitted_by_id = by.user_id
        reading.submitted_at = reading.updated_at = at
        reading.version = 2

    def close(self) -> None:
        """Note the latest reading on the meter."""
        if self.readings:
            latest = self.readings[-1]
            self.meter.latest_reading_id = latest.id
            self.meter.latest_month = latest.billing_month
            self.meter.latest_submitted_at = latest.submitted_at

    def _judged(self, month: YearMonth, values: Values) -> dict[str, object]:
        meter = self.meter
        consumed = consumption_of(
            values, self.previous, digits=meter.int_digits, ratio=meter.transformation_ratio
        )
        before = self.past[-1].billing_month if self.past else None
        gap = months_gap(month, before, meter.commissioned_on)
        anomalies = (
            ()
            if consumed is None
            else anomalies_of(
                consumed.registers,
                billing_month=month,
                months=gap,
                past=reversed(self.past),
                limits=anomaly_limits(meter.type, collective=meter.scope is MeterScope.COLLECTIVE),
                unit=CATALOG[meter.type].unit,
            )
        )
        self.past.append(PastReading(month, consumed.registers if consumed else None, gap))
        return {
            "consumption": consumed.total if consumed else None,
            "needs_review": bool(anomalies),
        }

    def _author(self, chance: Random) -> _Author:
        home = self.device.home
        if home is None:
            return _Author(AuthorKind.EMPLOYEE, SubmissionChannel.CRM, self.staff)
        by_app = home.user_id is not None and (home.key in _WITH_SIGN_IN or chance.random() < 0.88)
        if by_app:
            return _Author(AuthorKind.RESIDENT, SubmissionChannel.RESIDENT_APP, home.user_id)
        kind, channel = chance.choice(_OTHER_WAYS)
        return _Author(kind, channel, self.staff if kind is AuthorKind.EMPLOYEE else None)

    def _moment(self, local: datetime | None) -> datetime:
        """A local time as an instant that has passed; the latest such without one."""
        calendar = self.device.calendar
        latest = calendar.now - timedelta(minutes=1)
        if local is None:
            return latest
        return min(local.replace(tzinfo=clock.timezone(calendar.timezone)), latest)

    def _revise(self, reading: Reading, values: Values, author: _Author) -> None:
        self.revisions.append(self._revision(reading, 1, author, reading.submitted_at, None))

    def _revision(
        self, reading: Reading, number: int, author: _Author, at: datetime, old: Decimal | None
    ) -> ReadingRevision:
        return ReadingRevision(
            id=demo_id("revision", reading.id, number),
            organization_id=reading.organization_id,
            reading_id=reading.id,
            changed_by_id=author.user_id,
            author_kind=author.kind,
            channel=author.channel,
            old_t1=old,
            new_t1=reading.t1,
            new_t2=reading.t2,
            new_t3=reading.t3,
            created_at=at,
            updated_at=at,
        )


def tell(device: Device, amounts: Amounts, staff: UUID | None) -> Story:
    """The whole story of a meter from what it has counted."""
    story = Story(device, staff)
    story.previous = _initial(device)
    chance = dice("story", device.meter.identifier)
    for back, values in _dial(device, amounts, chance):
        if back not in device.habits.missed:
            story.add(back, values, chance)
    if device.corrected:
        story.correct()
    story.close()
    return story


def _dial(device: Device, amounts: Amounts, chance: Random) -> Iterator[tuple[int, Values]]:
    """What the dial showed in each month in which it could be read, oldest first."""
    habits = device.habits
    step = dial_step(device.meter.type, fractions=device.calendar.takes_fractions)
    shown = _base(device, amounts, chance)
    for back in range(habits.first, habits.last - 1, -1):
        if back < habits.first or _initial(device):
            shown = _plus(shown, amounts[back])
        yield back, tuple(each.quantize(step, ROUND_FLOOR) for each in shown)


def _base(device: Device, amounts: Amounts, chance: Random) -> Values:
    habits, meter = device.habits, device.meter
    initial = _initial(device)
    if initial:
        return initial
    if habits.last_month:
        values = habits.last_month
        for back in range(1, habits.first):
            values = tuple(now - each for now, each in zip(values, amounts[back], strict=True))
        return values
    since = meter.commissioned_on or device.calendar.today - timedelta(days=1500)
    months = YearMonth.of(since).until(device.calendar.month(habits.first))
    usual = (
        sum(column, Decimal()) / len(amounts) for column in zip(*amounts.values(), strict=True)
    )
    return tuple(each * months + Decimal(chance.randint(100, 9_999)) / 1000 for each in usual)


def _initial(device: Device) -> Values | None:
    first = device.meter.initial_t1
    return None if first is None else (first,)


def _plus(values: Values, more: Values) -> Values:
    return tuple(each + extra for each, extra in zip(values, more, strict=True))


def _columns(prefix: str, values: Values | tuple[()]) -> dict[str, Decimal]:
    return {f"{prefix}{number}": value for number, value in enumerate(values, 1)}
