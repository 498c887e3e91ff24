"""A meter with its readings as the rules see it: what lies before, in and after a month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple
from uuid import UUID

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType, TypeSpecification
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.policy.rules import DEFAULT_FACTOR
from kvartal_meters.readings.rules.access import MeterStanding
from kvartal_meters.readings.rules.anomaly import (
    PastReading,
    anomaly_limits,
    months_gap,
)
from kvartal_meters.readings.rules.consumption import Values, consumption_of, rolled_over
from kvartal_meters.readings.rules.values import (
    PEOPLES_DECIMALS,
    Neighbours,
    ValueLimits,
    previous_values,
)
from kvartal_meters.resource_settings.rules import SettingsValues, state_on

__all__ = ["MeterFacts", "StoredReading"]

_UNSET = SettingsValues()


class StoredReading(NamedTuple):
    """A reading as it is stored; ``previous`` are the values that it was compared with.

    ``ratio``: the meter's transformation ratio when it was read, which it keeps.
    """

    id: UUID
    billing_month: YearMonth
    taken_on: date
    values: Values
    previous: Values | None
    saved_by: AuthorKind
    version: int
    ratio: Decimal = Decimal(1)


class MeterFacts(NamedTuple):
    """All that the rules ask of a meter.

    ``readings`` are the newest first, without a gap, from a year before the month in question to
    the one that follows it.
    """

    id: UUID
    organization_id: UUID
    building_id: UUID
    premise_id: UUID | None
    type: MeterType
    scope: MeterScope
    status: MeterStatus
    timezone: str
    commissioned_on: date | None = None
    int_digits: int | None = None
    ratio: Decimal = Decimal(1)
    initial: Values | None = None
    shift: int = 0
    place_archived: bool = False
    settings: SettingsValues = _UNSET
    anomaly_factor: Decimal = DEFAULT_FACTOR
    readings: Sequence[StoredReading] = ()

    @property
    def specification(self) -> TypeSpecification:
        """What the catalogue says of the meter's type."""
        return CATALOG[self.type]

    @property
    def is_collective(self) -> bool:
        """A house's meter (ОДПУ)."""
        return self.scope is MeterScope.COLLECTIVE

    def standing(self, today: date) -> MeterStanding:
        """What decides on ``today`` whether the meter takes readings."""
        return MeterStanding(
            scope=self.scope,
            status=self.status,
            settings=self.settings,
            window=state_on(self.settings.window, today, shift=self.shift),
            place_archived=self.place_archived,
        )

    def limits(self, *, decimals: int = PEOPLES_DECIMALS) -> ValueLimits:
        """What the meter and its building ask of values; ОДПУ know no settings of residents."""
        return _limits(
            self.type,
            self.is_collective,
            self.anomaly_factor,
            self.int_digits,
            self.ratio,
            self.is_collective or self.settings.fraction,
            decimals,
        )

    def reading_of(self, month: YearMonth) -> StoredReading | None:
        """The reading of that month."""
        for each in self.readings:
            if each.billing_month <= month:
                return each if each.billing_month == month else None
        return None

    def before(self, month: YearMonth) -> StoredReading | None:
        """The latest reading of an earlier month."""
        return next((each for each in self.readings if each.billing_month < month), None)

    def after(self, month: YearMonth) -> StoredReading | None:
        """The earliest reading of a later month."""
        found = None
        for each in self.readings:
            if each.billing_month <= month:
                break
            found = each
        return found

    def neighbours(self, month: YearMonth) -> Neighbours:
        """What a reading of that month has to fit between, and the past that tells the average."""
        before, after = self.before(month), self.after(month)
        return Neighbours(
            previous=previous_values(before.values if before else None, self.initial),
            previous_month=before.billing_month if before else None,
            next=after.values if after else None,
            next_rolled=rolled_over(after.values, after.previous) if after else (),
            months=self._gap(month, before),
            past=_Past(self, month),
        )

    def past_reading(self, reading: StoredReading, before: StoredReading | None) -> PastReading:
        """A reading as the average sees it, ``before`` being the one of an earlier month."""
        consumed = consumption_of(
            reading.values, reading.previous, digits=self.int_digits, ratio=reading.ratio
        )
        return PastReading(
            reading.billing_month,
            consumed.registers if consumed else None,
            self._gap(reading.billing_month, before),
        )

    def _gap(self, month: YearMonth, before: StoredReading | None) -> int:
        return months_gap(month, before.billing_month if before else None, self.commissioned_on)


@dataclass(slots=True)
class _Past:
    """The readings before a month, each counted when it is asked for: below the norm none is."""

    meter: MeterFacts
    month: YearMonth

    def __iter__(self) -> Iterator[PastReading]:
        for reading, before in pairwise(chain(self.meter.readings, (None,))):
            if reading and reading.billing_month < self.month:
                yield self.meter.past_reading(reading, before)


# Meters differ but little in this: a thousand readings have the same few limits.
@lru_cache(maxsize=1024)
def _limits(
    kind: MeterType,
    collective: bool,
    factor: Decimal,
    digits: int | None,
    ratio: Decimal,
    fraction: bool,
    decimals: int,
) -> ValueLimits:
    specification = CATALOG[kind]
    return ValueLimits(
        registers=len(specification.registers),
        unit=specification.unit,
        anomaly=anomaly_limits(kind, collective=collective, factor=factor),
        digits=digits,
        ratio=ratio,
        fraction=fraction,
        decimals=decimals,
    )
