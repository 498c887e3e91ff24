"""The special cases of the demo: each is a home, a meter type, and what is odd about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from kvartal import clock
from kvartal.demo.api import RESIDENTS, HouseKey, demo_id, dice
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.demo.devices import MONTHS, Device, describe
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus, add_years

__all__ = ["with_special_cases", "with_verification_due"]

COLD, HOT = MeterType.COLD_WATER, MeterType.HOT_WATER
ELECTRICITY = MeterType.ELECTRICITY_1T

Case = Callable[[Device], list[Device]]
_Key = tuple[HouseKey, int, MeterType]

_REPLACED_FLAT = 12
_REPLACED_BACK = 9


def _shown(last_month: str | None = None, this_month: str | None = None, **changed: object) -> Case:
    """A dial with known values, read every month; without ``this_month`` not yet this one."""

    def case(device: Device) -> list[Device]:
        return [
            device.with_habits(
                missed=frozenset() if this_month else frozenset({0}),
                last_month=(Decimal(last_month),) if last_month else None,
                this_month=(Decimal(this_month),) if this_month else None,
                **changed,
            )
        ]

    return case


def _corrected(device: Device) -> list[Device]:
    """An employee has corrected this month's reading: the resident may no longer."""
    [shown] = _shown("8200", "8345")(device)
    return [replace(shown, corrected=True)]


def _gap(device: Device) -> list[Device]:
    """Nothing for three months, then all at once."""
    return [device.with_habits(missed=frozenset({4, 5, 6}))]


def _surge(device: Device) -> list[Device]:
    """Last month's consumption asks for a review."""
    return [device.with_habits(missed=frozenset(), surge=1)]


def _idle(device: Device) -> list[Device]:
    """Nobody lives there, and somebody sends the same values all the same."""
    return [device.with_habits(people=0, missed=frozenset())]


def _without_dates(device: Device) -> list[Device]:
    """Taken over without papers."""
    meter = device.meter
    meter.commissioned_on = meter.verified_on = meter.next_verification_on = None
    meter.verification_interval = meter.int_digits = None
    return [device]


def _expired(*, accepted: bool) -> Case:
    """Overdue for two months; where that is not accepted, no reading has come since."""

    def case(device: Device) -> list[Device]:
        interval = CATALOG[device.meter.type].verification_interval
        _date(device.meter, add_years(device.calendar.today, -interval) - timedelta(days=60))
        device.meter.status = MeterStatus.VERIFICATION
        return [device if accepted else device.with_habits(last=3)]

    return case


def _due_soon(device: Device) -> list[Device]:
    """Twelve days are left until its verification."""
    interval = CATALOG[device.meter.type].verification_interval
    _date(device.meter, add_years(device.calendar.today + timedelta(days=12), -interval))
    return _shown()(device)


def _verified_but_old(device: Device) -> list[Device]:
    """Verified again, but commissioned longer ago than its interval: the nightly check flips it."""
    meter, today = device.meter, device.calendar.today
    interval = CATALOG[meter.type].verification_interval
    meter.commissioned_on = add_years(today, -2 * interval + 1)
    meter.verified_on = add_years(today, -1)
    meter.next_verification_on = add_years(today, interval - 1)
    meter.status = MeterStatus.VERIFICATION
    return [device.with_habits(last=1)]


def _replaced(device: Device) -> list[Device]:
    """The old meter is archived with a closing reading; a new one counts from its own values."""
    days = device.calendar.days(_REPLACED_BACK)
    assert days is not None
    zone = clock.timezone(device.calendar.timezone)
    moment = datetime.combine(days[1], time(12), tzinfo=zone)
    old, new = device.meter, _successor(device.meter, days[1])
    old.status, old.archived_at = MeterStatus.ARCHIVED, moment
    old.updated_at = moment
    successor = replace(device, meter=new).with_habits(first=_REPLACED_BACK - 1)
    describe(successor)
    return [device.with_habits(last=_REPLACED_BACK, missed=frozenset()), successor]


def _successor(old: Meter, day: date) -> Meter:
    interval = CATALOG[old.type].verification_interval
    identifier = f"{old.identifier}2"
    return Meter(
        id=demo_id("meter", identifier),
        organization_id=old.organization_id,
        building_id=old.building_id,
        premise_id=old.premise_id,
        account_id=old.account_id,
        scope=MeterScope.INDIVIDUAL,
        type=old.type,
        resource_kind=old.resource_kind,
        identifier=identifier,
        external_id=f"meter-{identifier}",
        brand="Пульсар",
        model="У",
        serial_number=f"{day:%y}-{dice('device', identifier).randint(1_000_000, 9_999_999)}",
        commissioned_on=day,
        verified_on=day,
        verification_interval=interval,
        next_verification_on=add_years(day, interval),
        int_digits=old.int_digits,
        initial_t1=Decimal("0.024"),
        replaces_id=old.id,
        created_at=old.created_at,
        updated_at=old.updated_at,
    )


def _date(meter: Meter, commissioned_on: date) -> None:
    interval = CATALOG[meter.type].verification_interval
    meter.commissioned_on = meter.verified_on = commissioned_on
    meter.next_verification_on = add_years(commissioned_on, interval)


def _table() -> Iterator[tuple[_Key, Case]]:
    main, closed, two_homes, _ = RESIDENTS
    at_home = main.homes[0]
    yield (*at_home, COLD), _shown("318.25", people=2)
    yield (*at_home, HOT), _shown("201.3", "204.48", people=2)
    yield (*at_home, ELECTRICITY), _shown("12310", "12480", people=2)
    for meter_type in (COLD, MeterType.GAS, ELECTRICITY):
        yield (*closed.homes[0], meter_type), _shown(people=2)
    yield (*two_homes.homes[0], COLD), _shown(people=2)
    yield (*two_homes.homes[0], HOT), _due_soon
    yield (*two_homes.homes[0], ELECTRICITY), _corrected
    yield (HouseKey.MOSCOW_1, 7, COLD), _shown("99995.1", people=2)
    yield (HouseKey.MOSCOW_1, 5, HOT), _expired(accepted=False)
    yield (HouseKey.URAL_1, 5, HOT), _expired(accepted=True)
    yield (HouseKey.KALININGRAD_3, 8, HOT), _verified_but_old
    yield (HouseKey.KALININGRAD_1, 11, COLD), _gap
    yield (HouseKey.KALININGRAD_2, 14, COLD), _without_dates
    for meter_type in (COLD, HOT, MeterType.ELECTRICITY_2T):
        yield (HouseKey.MOSCOW_2, 9, meter_type), _idle
    yield (HouseKey.MOSCOW_1, 18, COLD), _surge
    yield (HouseKey.MOSCOW_3, 3, MeterType.ELECTRICITY_3T), _surge
    yield (HouseKey.KALININGRAD_1, 20, MeterType.GAS), _surge
    yield (HouseKey.URAL_2, 6, HOT), _surge
    for house in HouseKey:
        if house is not HouseKey.NEIGHBOUR:
            yield (house, _REPLACED_FLAT, COLD), _replaced


_CASES: Mapping[_Key, Case] = MappingProxyType(dict(_table()))

assert _REPLACED_BACK < MONTHS


# In how many days the house's own meters are due; nobody takes them out of service by night.
_HOUSE_DUE_IN: Mapping[tuple[HouseKey, MeterType], int] = MappingProxyType(
    {
        (HouseKey.MOSCOW_1, HOT): 12,
        (HouseKey.KALININGRAD_1, HOT): 25,
        (HouseKey.MOSCOW_1, MeterType.HEATING): -20,
        (HouseKey.URAL_1, ELECTRICITY): -3,
    }
)


def with_verification_due(devices: Iterable[Device]) -> Iterator[Device]:
    """The houses' own meters, a few of them due soon for verification and a few overdue."""
    for device in devices:
        days = _HOUSE_DUE_IN.get((device.house.key, device.meter.type))
        if days is not None:
            interval = CATALOG[device.meter.type].verification_interval
            _date(
                device.meter,
                add_years(device.calendar.today + timedelta(days=days), -interval),
            )
            assert device.details is not None
            device.details.installed_on = device.meter.commissioned_on
            device.details.sealed_on = device.meter.commissioned_on
        yield device


def with_special_cases(devices: Iterable[Device]) -> Iterator[Device]:
    """The devices, those of the special cases changed or followed by their successors."""
    for device in devices:
        assert device.home is not None
        case = _CASES.get((*device.home.key, device.meter.type))
        yield from case(device) if case else [device]
