"""What the demo's meters count: believable consumption by people, season and chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from random import Random
from types import MappingProxyType

from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import CATALOG, MeterType

__all__ = ["dial_step", "monthly"]

_FLAT_YEAR = (1.0,) * 12
_DARK_WINTER = (1.15, 1.1, 1.05, 1.0, 0.95, 0.85, 0.85, 0.85, 0.95, 1.0, 1.1, 1.15)
_COLD_WINTER = (1.6, 1.5, 1.2, 0.7, 0.2, 0.0, 0.0, 0.0, 0.1, 0.7, 1.1, 1.5)
# A house heats its hot water all summer.
_HOUSE_HEAT = (1.5, 1.4, 1.2, 0.9, 0.55, 0.5, 0.45, 0.45, 0.6, 0.9, 1.2, 1.4)


@dataclass(frozen=True, slots=True)
class _Rate:
    """A month of a register: what a home takes anyway, what each person adds, and the year."""

    home: float
    person: float
    year: tuple[float, ...] = _FLAT_YEAR


_RATES: Mapping[MeterType, tuple[_Rate, ...]] = MappingProxyType(
    {
        MeterType.COLD_WATER: (_Rate(0.3, 2.9),),
        MeterType.HOT_WATER: (_Rate(0.1, 2.0),),
        MeterType.WASTEWATER: (_Rate(0.4, 4.0),),
        MeterType.ELECTRICITY_1T: (_Rate(60, 35, _DARK_WINTER),),
        MeterType.ELECTRICITY_2T: (
            _Rate(45, 24, _DARK_WINTER),
            _Rate(18, 10, _DARK_WINTER),
        ),
        MeterType.ELECTRICITY_3T: (
            _Rate(22, 13, _DARK_WINTER),
            _Rate(18, 10, _DARK_WINTER),
            _Rate(20, 12, _DARK_WINTER),
        ),
        MeterType.HEATING: (_Rate(0.35, 0.08, _COLD_WINTER),),
        MeterType.HEAT_COST_ALLOCATOR: (_Rate(40, 0, _COLD_WINTER),),
        MeterType.GAS: (_Rate(2, 7, _DARK_WINTER),),
    }
)


def dial_step(meter_type: MeterType, *, fractions: bool) -> Decimal:
    """The least step of the values that people copy from the dial."""
    return Decimal(1).scaleb(-CATALOG[meter_type].decimals) if fractions else Decimal(1)


def monthly(
    meter_type: MeterType, month: YearMonth, people: int, chance: Random, *, house: bool = False
) -> tuple[Decimal, ...]:
    """A month's consumption of each register; nobody lives where ``people`` is 0."""
    return tuple(
        _exact(_amount(rate, month, people, house=house) * chance.uniform(0.85, 1.15))
        for rate in _RATES[meter_type]
    )


def _amount(rate: _Rate, month: YearMonth, people: int, *, house: bool) -> float:
    if people == 0:
        return 0.0
    year = _HOUSE_HEAT if house and rate.year is _COLD_WINTER else rate.year
    return (rate.home + rate.person * people) * year[month.month - 1]


def _exact(amount: float) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.001"), ROUND_FLOOR)
