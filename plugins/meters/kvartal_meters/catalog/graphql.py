"""The catalogue of meter types over GraphQL, and the enums that meters and readings speak in."""

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal_meters.catalog.rules import CATALOG, MeterType, Register, ResourceKind, Unit

__all__ = ["CatalogQueries", "MeterTypeInfo", "RegisterInfo", "registers_of"]

describe_enum(
    ResourceKind,
    "A resource that is metered (группа учёта).",
    WATER="Water (водоснабжение).",
    WASTEWATER="Wastewater (водоотведение).",
    ELECTRICITY="Electricity (электричество).",
    HEATING="Heating (отопление).",
    GAS="Gas (газ).",
)
describe_enum(
    MeterType,
    "A type of meter within a resource (тип счётчика); it fixes registers and unit.",
    COLD_WATER="Cold water (ХВС), m³.",
    HOT_WATER="Hot water (ГВС), m³.",
    WASTEWATER="Wastewater (стоки), m³.",
    ELECTRICITY_1T="Electricity, one tariff, kWh.",
    ELECTRICITY_2T="Electricity: T1 day, T2 night, kWh.",
    ELECTRICITY_3T="Electricity: T1 peak, T2 night, T3 semi-peak, kWh.",
    HEATING="Heat meter (теплосчётчик), Gcal.",
    HEAT_COST_ALLOCATOR="Heat cost allocator (распределитель), its own units.",
    GAS="Gas, m³.",
)
describe_enum(
    Unit,
    "Unit of a meter's values.",
    CUBIC_METRE="Cubic metre (м³, ОКЕИ 113).",
    KILOWATT_HOUR="Kilowatt-hour (кВт·ч, ОКЕИ 245).",
    GIGACALORIE="Gigacalorie (Гкал, ОКЕИ 233).",
    ALLOCATOR_UNIT="Unit of a heat cost allocator (ед.).",
)
describe_enum(
    Register,
    "What a register counts (тарифная зона).",
    SINGLE="The whole day.",
    DAY="The day tariff.",
    NIGHT="The night tariff.",
    PEAK="The peak tariff.",
    SEMI_PEAK="The semi-peak tariff.",
)


@strawberry.type(description="A register of a meter (тарифная зона, шкала).")
class RegisterInfo:
    """One register, in its place."""

    number: int = strawberry.field(description="1 to 3: T1, T2, T3.")
    register: Register = strawberry.field(description="What it counts.")
    label: str = strawberry.field(description="Its name in the client's language.")


@strawberry.type(description="A type of meter as the catalogue describes it.")
class MeterTypeInfo:
    """One entry of the catalogue."""

    type: MeterType = strawberry.field(description="The type.")
    title: str = strawberry.field(description="Its name in the client's language.")
    resource_kind: ResourceKind = strawberry.field(description="The resource it measures.")
    resource_title: str = strawberry.field(
        description="The resource's name in the client's language."
    )
    unit: Unit = strawberry.field(description="Unit of its values.")
    unit_title: str = strawberry.field(description="The unit as people write it.")
    registers: list[RegisterInfo] = strawberry.field(
        description="Its registers; a reading has a value for each, in this order."
    )
    int_digits: int = strawberry.field(description="Usual number of digits before the point.")
    decimals: int = strawberry.field(description="Usual number of decimals.")
    verification_interval: int = strawberry.field(
        description="Usual verification interval (МПИ), years."
    )


def registers_of(kind: MeterType, locale: str) -> list[RegisterInfo]:
    """The registers of a type, T1 first."""
    return [
        RegisterInfo(number=place, register=register, label=text.title(register, locale))
        for place, register in enumerate(CATALOG[kind].registers, start=1)
    ]


@strawberry.type
class CatalogQueries:
    """What kinds of meters there are."""

    @query(access=SIGNED_IN, description="The catalogue of meter types, by resource.")
    async def meter_types(self, info: Info) -> list[MeterTypeInfo]:
        """All types."""
        locale = info.context.locale
        return [
            MeterTypeInfo(
                type=kind,
                title=text.title(kind, locale),
                resource_kind=entry.kind,
                resource_title=text.title(entry.kind, locale),
                unit=entry.unit,
                unit_title=text.title(entry.unit, locale),
                registers=registers_of(kind, locale),
                int_digits=entry.int_digits,
                decimals=entry.decimals,
                verification_interval=entry.verification_interval,
            )
            for kind, entry in CATALOG.items()
        ]
