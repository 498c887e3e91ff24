"""How the demo's houses take readings: windows chosen for the day on which the demo is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from kvartal import clock
from kvartal.demo.api import (
    VERIFICATION_SERVICE,
    DemoEstate,
    GroupKey,
    House,
    HouseKey,
    QuarterKey,
)
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.rules import (
    SettingsValues,
    Table,
    WindowDays,
    complete,
    state_on,
    window_of,
)

__all__ = [
    "GROUP_RULE",
    "OLD_DRAFT",
    "QUARTER_RULE",
    "RULED_BY_GROUP",
    "RULED_BY_QUARTER",
    "Calendar",
    "closed_on",
    "open_on",
    "own_tables",
    "table_of_house",
]

_WATER = ResourceKind.WATER
_ELECTRICITY = ResourceKind.ELECTRICITY

RULED_BY_QUARTER = {QuarterKey.URAL: (HouseKey.URAL_1, HouseKey.URAL_2)}
RULED_BY_GROUP = {GroupKey.NEW: (HouseKey.MOSCOW_3, HouseKey.KALININGRAD_3)}

QUARTER_RULE: Table = complete(
    {
        # In February both days are its last one.
        _WATER: SettingsValues(active=True, window=WindowDays(30, 31), accept_expired=True),
        _ELECTRICITY: SettingsValues(active=True, window=WindowDays(30, 31), fraction=False),
    }
)
GROUP_RULE: Table = complete(
    {
        _WATER: SettingsValues(active=True, window=WindowDays(20, 28)),
        ResourceKind.WASTEWATER: SettingsValues(active=True, window=WindowDays(20, 28)),
        _ELECTRICITY: SettingsValues(active=True, window=WindowDays(20, 28), fraction=False),
        ResourceKind.HEATING: SettingsValues(active=True, window=None),
    }
)
OLD_DRAFT = complete({_WATER: SettingsValues(active=True, window=WindowDays(18, 23))})


def open_on(day: date) -> WindowDays:
    """A window that is open on that day; 15–25 if it can be."""
    if day.day < 15:
        return WindowDays(1, 15)
    return WindowDays(15, 25) if day.day <= 25 else WindowDays(20, 31)


def closed_on(day: date) -> WindowDays:
    """A window that is closed on that day."""
    if day.day < 15:
        return WindowDays(20, 25)
    return WindowDays(1, 10) if day.day <= 25 else WindowDays(10, 20)


def own_tables(estate: DemoEstate) -> Mapping[HouseKey, Table]:
    """The settings of the houses that no rule holds."""

    def today(key: HouseKey) -> date:
        return estate.now.astimezone(clock.timezone(estate.houses[key].building.timezone)).date()

    opened = open_on(today(HouseKey.MOSCOW_1))
    closed = closed_on(today(HouseKey.KALININGRAD_1))
    tables = {
        HouseKey.MOSCOW_1: {
            _WATER: SettingsValues(active=True, window=opened, service_id=VERIFICATION_SERVICE),
            _ELECTRICITY: SettingsValues(active=True, window=opened, fraction=False),
        },
        HouseKey.MOSCOW_2: {
            _WATER: SettingsValues(active=True, window=None),
            _ELECTRICITY: SettingsValues(active=True, window=None),
        },
        HouseKey.KALININGRAD_1: {
            _WATER: SettingsValues(active=True, window=closed, service_id=VERIFICATION_SERVICE),
            _ELECTRICITY: SettingsValues(active=True, window=closed, fraction=False),
            ResourceKind.GAS: SettingsValues(active=True, window=closed),
        },
        HouseKey.KALININGRAD_2: {
            _WATER: SettingsValues(active=True, window=WindowDays(25, 5)),
            _ELECTRICITY: SettingsValues(active=True, window=WindowDays(20, 28)),
        },
        HouseKey.NEIGHBOUR: {
            _WATER: SettingsValues(active=True),
            _ELECTRICITY: SettingsValues(active=True, fraction=False),
        },
    }
    return {key: complete(table) for key, table in tables.items()}


def table_of_house(key: HouseKey, own: Mapping[HouseKey, Table]) -> Table:
    """The settings of a house, be they its own or a rule's."""
    if any(key in houses for houses in RULED_BY_QUARTER.values()):
        return QUARTER_RULE
    if any(key in houses for houses in RULED_BY_GROUP.values()):
        return GROUP_RULE
    return own[key]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The months of a house's resource as they stand when the demo is made.

    ``settings`` None: those of the house's own meters, which are read from the 23rd to the 25th.
    """

    now: datetime
    timezone: str
    settings: SettingsValues | None

    @classmethod
    def of(cls, house: House, now: datetime, settings: SettingsValues | None) -> "Calendar":
        """The calendar of a house."""
        return cls(now, house.building.timezone, settings)

    @property
    def today(self) -> date:
        """The day in the house."""
        return self.now.astimezone(clock.timezone(self.timezone)).date()

    @property
    def takes_fractions(self) -> bool:
        """Whether values may have decimals."""
        return self.settings is None or self.settings.fraction

    def month(self, back: int) -> YearMonth:
        """The billing month so many months before the present one."""
        if self.settings is None:
            return YearMonth.of(self.today).shift(-back)
        return _present_month(self.settings.window, self.today).shift(-back)

    def days(self, back: int) -> tuple[date, date] | None:
        """Between which days that month's readings have come; None if none could yet."""
        month = self.month(back)
        if self.settings is None:
            first, last = month.first_day.replace(day=23), month.first_day.replace(day=25)
        else:
            period = window_of(self.settings.window, month)
            first, last = period.opens_on, period.closes_on
        return None if first > self.today else (first, min(last, self.today))


@lru_cache
def _present_month(window: WindowDays | None, today: date) -> YearMonth:
    return state_on(window, today).billing_month
