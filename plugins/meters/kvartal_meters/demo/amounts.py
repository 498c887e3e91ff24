"""What each of the demo's meters has counted, month after month, read or not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal

from kvartal.demo.api import HouseKey, dice
from kvartal.months import YearMonth
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.demo.consumption import monthly
from kvartal_meters.demo.devices import Device
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.rules import Values

__all__ = ["Amounts", "HouseTotals", "amounts_of", "house_totals", "share_of_house"]

Amounts = Mapping[int, Values]
"""Consumption per register by months back."""

HouseTotals = Mapping[tuple[HouseKey, str, YearMonth], Decimal]

_SURGE = 7
_LOSSES = Decimal("1.07")
_INPUTS = {MeterType.COLD_WATER: 2}


def amounts_of(device: Device) -> Amounts:
    """The consumption of a home's meter since its first month, the present one included."""
    meter, habits = device.meter, device.habits
    chance = dice("amounts", meter.identifier)
    found = {
        back: tuple(
            each * (_SURGE if back == habits.surge else 1)
            for each in monthly(meter.type, device.calendar.month(back), habits.people, chance)
        )
        for back in range(habits.first, -1, -1)
    }
    if habits.last_month and habits.this_month:
        found[0] = tuple(
            now - before for now, before in zip(habits.this_month, habits.last_month, strict=True)
        )
    return found


def house_totals(counted: Iterable[tuple[Device, Amounts]]) -> HouseTotals:
    """What the homes of each house have consumed in all, by what its own meter counts."""
    totals: dict[tuple[HouseKey, str, YearMonth], Decimal] = defaultdict(Decimal)
    for device, amounts in counted:
        for back, values in amounts.items():
            key = (device.house.key, _measured(device.meter), device.calendar.month(back))
            totals[key] += sum(values, Decimal())
    return totals


def share_of_house(device: Device, totals: HouseTotals) -> Amounts:
    """The consumption of a house's meter: the homes' and the losses, as its dial shows it."""
    meter, habits = device.meter, device.habits
    chance = dice("amounts", meter.identifier)
    found: dict[int, Values] = {}
    for back in range(habits.first, -1, -1):
        month = device.calendar.month(back)
        [usual] = monthly(meter.type, month, habits.people, chance, house=True)
        homes = totals.get((device.house.key, _measured(meter), month), Decimal())
        share = (homes * _LOSSES or usual) / _INPUTS.get(meter.type, 1)
        share *= Decimal(chance.uniform(0.97, 1.03))
        found[back] = (
            (share / meter.transformation_ratio).quantize(Decimal("0.001"), ROUND_FLOOR),
        )
    return found


def _measured(meter: Meter) -> str:
    """Electricity meters of all kinds hang on one of the house."""
    is_electric = meter.resource_kind is ResourceKind.ELECTRICITY
    return str(meter.resource_kind if is_electric else meter.type)
