"""What kinds of meters there are: resources, types, registers, units and usual figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "CATALOG",
    "MeterType",
    "Register",
    "ResourceKind",
    "TypeSpecification",
    "Unit",
    "resource_of",
    "types_of",
    "unit_of",
]


class ResourceKind(StrEnum):
    """A resource that is metered (группа учёта); the settings of readings hang on it."""

    WATER = "WATER"
    WASTEWATER = "WASTEWATER"
    ELECTRICITY = "ELECTRICITY"
    HEATING = "HEATING"
    GAS = "GAS"


class MeterType(StrEnum):
    """A kind of meter within a resource; it fixes the registers and the unit."""

    COLD_WATER = "COLD_WATER"
    HOT_WATER = "HOT_WATER"
    WASTEWATER = "WASTEWATER"
    ELECTRICITY_1T = "ELECTRICITY_1T"
    ELECTRICITY_2T = "ELECTRICITY_2T"
    ELECTRICITY_3T = "ELECTRICITY_3T"
    HEATING = "HEATING"
    HEAT_COST_ALLOCATOR = "HEAT_COST_ALLOCATOR"
    GAS = "GAS"


class Register(StrEnum):
    """What a register counts; its place in the type's list is its number, T1 to T3."""

    SINGLE = "SINGLE"
    DAY = "DAY"
    NIGHT = "NIGHT"
    PEAK = "PEAK"
    SEMI_PEAK = "SEMI_PEAK"


class Unit(StrEnum):
    """The unit of a meter's values (единица измерения)."""

    CUBIC_METRE = "CUBIC_METRE"
    KILOWATT_HOUR = "KILOWATT_HOUR"
    GIGACALORIE = "GIGACALORIE"
    ALLOCATOR_UNIT = "ALLOCATOR_UNIT"

    @property
    def okei(self) -> str | None:
        """The code in the all-Russian classifier of units (ОКЕИ); allocators have none."""
        return _OKEI.get(self)


_OKEI = {Unit.CUBIC_METRE: "113", Unit.KILOWATT_HOUR: "245", Unit.GIGACALORIE: "233"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSpecification:
    """A meter type as its passport has it; digits and interval are what the card suggests.

    ``monthly_norms`` stand in T1…T3 order: below them a consumption is never an anomaly.
    """

    kind: ResourceKind
    unit: Unit
    registers: tuple[Register, ...] = (Register.SINGLE,)
    int_digits: int
    decimals: int
    verification_interval: int
    monthly_norms: tuple[Decimal, ...]


CATALOG: Mapping[MeterType, TypeSpecification] = MappingProxyType(
    {
        MeterType.COLD_WATER: TypeSpecification(
            kind=ResourceKind.WATER,
            unit=Unit.CUBIC_METRE,
            int_digits=5,
            decimals=3,
            verification_interval=6,
            monthly_norms=(Decimal(6),),
        ),
        MeterType.HOT_WATER: TypeSpecification(
            kind=ResourceKind.WATER,
            unit=Unit.CUBIC_METRE,
            int_digits=5,
            decimals=3,
            verification_interval=4,
            monthly_norms=(Decimal(4),),
        ),
        MeterType.WASTEWATER: TypeSpecification(
            kind=ResourceKind.WASTEWATER,
            unit=Unit.CUBIC_METRE,
            int_digits=5,
            decimals=3,
            verification_interval=6,
            monthly_norms=(Decimal(10),),
        ),
        MeterType.ELECTRICITY_1T: TypeSpecification(
            kind=ResourceKind.ELECTRICITY,
            unit=Unit.KILOWATT_HOUR,
            int_digits=6,
            decimals=2,
            verification_interval=12,
            monthly_norms=(Decimal(200),),
        ),
        MeterType.ELECTRICITY_2T: TypeSpecification(
            kind=ResourceKind.ELECTRICITY,
            unit=Unit.KILOWATT_HOUR,
            registers=(Register.DAY, Register.NIGHT),
            int_digits=6,
            decimals=2,
            verification_interval=12,
            monthly_norms=(Decimal(200), Decimal(100)),
        ),
        MeterType.ELECTRICITY_3T: TypeSpecification(
            kind=ResourceKind.ELECTRICITY,
            unit=Unit.KILOWATT_HOUR,
            # Not day's order: T1 is the peak, T2 the night, T3 the half-peak.
            registers=(Register.PEAK, Register.NIGHT, Register.SEMI_PEAK),
            int_digits=6,
            decimals=2,
            verification_interval=12,
            monthly_norms=(Decimal(200), Decimal(200), Decimal(100)),
        ),
        MeterType.HEATING: TypeSpecification(
            kind=ResourceKind.HEATING,
            unit=Unit.GIGACALORIE,
            int_digits=5,
            decimals=3,
            verification_interval=4,
            monthly_norms=(Decimal("1.5"),),
        ),
        MeterType.HEAT_COST_ALLOCATOR: TypeSpecification(
            kind=ResourceKind.HEATING,
            unit=Unit.ALLOCATOR_UNIT,
            int_digits=5,
            decimals=3,
            verification_interval=10,
            # No norm exists for its units; a winter month of a large radiator stays below this.
            monthly_norms=(Decimal(200),),
        ),
        MeterType.GAS: TypeSpecification(
            kind=ResourceKind.GAS,
            unit=Unit.CUBIC_METRE,
            int_digits=5,
            decimals=3,
            verification_interval=10,
            monthly_norms=(Decimal(30),),
        ),
    }
)


def resource_of(type: MeterType) -> ResourceKind:
    """The resource that a meter of a type measures."""
    return CATALOG[type].kind


def unit_of(type: MeterType) -> Unit:
    """The unit that values of a meter of a type stand in."""
    return CATALOG[type].unit


def types_of(kind: ResourceKind) -> tuple[MeterType, ...]:
    """The meter types of a resource, in the catalogue's order."""
    return tuple(each for each, specification in CATALOG.items() if specification.kind is kind)
