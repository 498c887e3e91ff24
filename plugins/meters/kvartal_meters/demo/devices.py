"""Which meters the demo's homes and houses have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

from kvartal.demo.api import DemoEstate, Home, House, HouseKey, demo_id, dice
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.demo.windows import Calendar, own_tables, table_of_house
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus, add_years, search_text
from kvartal_meters.readings.rules import Values
from kvartal_meters.resource_settings.rules import Table

__all__ = ["MONTHS", "Device", "Habits", "collective_devices", "individual_devices"]

MONTHS = 18

COLD, HOT = MeterType.COLD_WATER, MeterType.HOT_WATER
ONE, TWO, THREE = (
    MeterType.ELECTRICITY_1T,
    MeterType.ELECTRICITY_2T,
    MeterType.ELECTRICITY_3T,
)

_KITS: Mapping[HouseKey, tuple[MeterType, ...]] = MappingProxyType(
    {
        HouseKey.MOSCOW_1: (COLD, HOT, ONE),
        HouseKey.MOSCOW_2: (COLD, HOT, TWO),
        HouseKey.MOSCOW_3: (COLD, HOT, THREE),
        HouseKey.KALININGRAD_1: (COLD, MeterType.GAS, ONE),
        HouseKey.KALININGRAD_2: (COLD, HOT, TWO),
        HouseKey.KALININGRAD_3: (COLD, HOT, MeterType.HEATING),
        HouseKey.URAL_1: (COLD, HOT, ONE),
        HouseKey.URAL_2: (COLD, HOT, TWO),
        HouseKey.NEIGHBOUR: (COLD, ONE),
    }
)
# The flats whose electricity another company bills.
_WITHOUT_ELECTRICITY = (HouseKey.URAL_2, range(17, 29))
_SHOP = {HouseKey.MOSCOW_3: (COLD, MeterType.WASTEWATER), HouseKey.KALININGRAD_3: (COLD, HOT)}
_HOUSE_KIT = (COLD, HOT, ONE, MeterType.HEATING, COLD)

_MARKS: Mapping[MeterType, tuple[str, str]] = MappingProxyType(
    {
        COLD: ("ХВ", "Бетар СХВ-15"),
        HOT: ("ГВ", "Бетар СГВ-15"),
        MeterType.WASTEWATER: ("СТ", "Взлёт РСЛ"),
        ONE: ("ЭЛ", "Меркурий 201.8"),
        TWO: ("ЭЛ", "Меркурий 206"),
        THREE: ("ЭЛ", "Энергомера СЕ208"),
        MeterType.HEATING: ("ТС", "Пульсар Т"),
        MeterType.HEAT_COST_ALLOCATOR: ("РТ", "Пульсар Р"),
        MeterType.GAS: ("ГЗ", "Бетар СГМН-1"),
    }
)
_HOUSE_MODELS: Mapping[MeterType, str] = MappingProxyType(
    {
        COLD: "Взлёт ЭР",
        HOT: "Взлёт ЭР",
        ONE: "Меркурий 230 ART",
        MeterType.HEATING: "Теплоком ВКТ-7",
    }
)
_DISCIPLINED = 0.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a meter's readings come about; months are counted back from the present one.

    ``last_month``: the values that its dial shows for the month before; ``this_month``: those of
    the present one; ``surge``: a month whose consumption is far above the others.
    """

    people: int
    first: int = MONTHS
    last: int = 0
    missed: frozenset[int] = frozenset()
    surge: int | None = None
    last_month: Values | None = None
    this_month: Values | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A meter of the demo with what its readings are made from."""

    meter: Meter
    house: House
    home: Home | None
    calendar: Calendar
    habits: Habits
    details: CollectiveDetails | None = None
    corrected: bool = field(default=False)

    def with_habits(self, **changed: object) -> "Device":
        """The same meter, read otherwise."""
        return replace(self, habits=replace(self.habits, **changed))  # type: ignore[arg-type] # the names are checked by replace


def individual_devices(estate: DemoEstate) -> Iterator[Device]:
    """The meters of all homes, before the special cases."""
    own = own_tables(estate)
    for house in estate.houses.values():
        table = table_of_house(house.key, own)
        for home in house.homes:
            for meter_type in _kit(house.key, home):
                yield _individual(estate, house, home, meter_type, table)


def collective_devices(estate: DemoEstate) -> Iterator[Device]:
    """Each house's own meters; the neighbour has none."""
    for house in estate.houses.values():
        if house.key is not HouseKey.NEIGHBOUR:
            for place, meter_type in enumerate(_HOUSE_KIT, 1):
                yield _collective(estate, house, meter_type, place)


def _kit(house: HouseKey, home: Home) -> tuple[MeterType, ...]:
    if home.is_shop:
        return _SHOP.get(house, (COLD, ONE))
    kit = _KITS[house]
    where, flats = _WITHOUT_ELECTRICITY
    return kit[:2] if house is where and home.key.place in flats else kit


def _individual(
    estate: DemoEstate, house: House, home: Home, meter_type: MeterType, table: Table
) -> Device:
    mark, model = _MARKS[meter_type]
    number = home.accounts[0].number
    chance = dice("meter", number, mark)
    account = home.accounts[0] if len(home.accounts) == 1 else None
    device = Device(
        meter=_meter(
            estate,
            house,
            meter_type,
            f"{number}-{mark}",
            model,
            premise_id=home.premise.id,
            account_id=account.id if account else None,
            scope=MeterScope.INDIVIDUAL,
        ),
        house=house,
        home=home,
        calendar=Calendar.of(house, estate.now, table[CATALOG[meter_type].kind]),
        habits=Habits(people=dice("people", *home.key).choice((1, 2, 2, 3, 3, 4))),
    )
    describe(device)
    return device.with_habits(
        missed=frozenset(back for back in range(1, MONTHS) if chance.random() > _DISCIPLINED)
        | _not_yet(device, chance.random())
    )


def _not_yet(device: Device, chance: float) -> frozenset[int]:
    """The present month too, where people still have days to go or were late."""
    days = device.calendar.days(0)
    is_over = days is None or days[1] < device.calendar.today
    return frozenset() if chance < (0.9 if is_over else 0.6) else frozenset({0})


def _collective(estate: DemoEstate, house: House, meter_type: MeterType, place: int) -> Device:
    mark, _ = _MARKS[meter_type]
    meter = _meter(
        estate,
        house,
        meter_type,
        f"ОДПУ-{house.homes[0].accounts[0].number[:4]}-{mark}{place}",
        _HOUSE_MODELS[meter_type],
        scope=MeterScope.COLLECTIVE,
        transformation_ratio=Decimal(40) if meter_type is ONE else Decimal(1),
    )
    details = CollectiveDetails(
        id=demo_id("collective", meter.identifier),
        organization_id=meter.organization_id,
        meter_id=meter.id,
        installation_place=f"Подвал, ввод {1 if place < 5 else 2}",
        installed_on=meter.commissioned_on,
        sealed_on=meter.commissioned_on,
        antimagnetic_seal=meter_type in (COLD, HOT),
        temperature_sensor=meter_type is MeterType.HEATING,
        pressure_sensor=meter_type is MeterType.HEATING,
        remote_reading=meter_type is ONE,
        created_at=estate.now,
        updated_at=estate.now,
    )
    device = Device(
        meter=meter,
        house=house,
        home=None,
        calendar=Calendar.of(house, estate.now, None),
        habits=Habits(
            people=sum(dice("people", *home.key).choice((1, 2, 2, 3, 3, 4)) for home in house.homes)
        ),
        details=details,
    )
    describe(device)
    return device


def _meter(
    estate: DemoEstate,
    house: House,
    meter_type: MeterType,
    identifier: str,
    model: str,
    **fields: object,
) -> Meter:
    chance = dice("device", identifier)
    interval = CATALOG[meter_type].verification_interval
    today = Calendar.of(house, estate.now, None).today
    # So that no check of its dates finds it due before the demo has grown old.
    age = chance.randint(24 * 30, (interval * 12 - 3) * 30)
    commissioned_on = today - timedelta(days=age)
    brand, _, make = model.partition(" ")
    return Meter(
        id=demo_id("meter", identifier),
        organization_id=house.building.organization_id,
        building_id=house.building.id,
        type=meter_type,
        resource_kind=CATALOG[meter_type].kind,
        identifier=identifier,
        external_id=f"meter-{identifier}",
        brand=brand,
        model=make,
        serial_number=f"{commissioned_on:%y}-{chance.randint(1_000_000, 9_999_999)}",
        commissioned_on=commissioned_on,
        verified_on=commissioned_on,
        verification_interval=interval,
        next_verification_on=add_years(commissioned_on, interval),
        status=MeterStatus.ACTIVE,
        int_digits=CATALOG[meter_type].int_digits,
        created_at=estate.now,
        updated_at=estate.now,
        **fields,
    )


def describe(device: Device) -> None:
    """Give the meter the text that it is found by."""
    home = device.home
    device.meter.search = search_text(
        device.house.building.address,
        home.premise.number if home else None,
        *(account.number for account in home.accounts) if home else (),
        device.meter.identifier,
        device.meter.serial_number,
    )
