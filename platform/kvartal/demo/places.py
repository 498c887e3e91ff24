"""Where the demo is: organizations, quarters, groups, houses and their premises."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "HOMES_A_HOUSE",
    "HOUSES",
    "ORGANIZATIONS",
    "TIMEZONE",
    "GroupKey",
    "HomeKey",
    "HouseKey",
    "HousePlan",
    "QuarterKey",
    "Tenant",
    "account_number",
    "premise_number",
]

TIMEZONE = "Europe/Moscow"
HOMES_A_HOUSE = 30
_FLATS = 28


class Tenant(StrEnum):
    """An organization; the second one shows that neither sees anything of the other."""

    COMPANY = "company"
    NEIGHBOUR = "neighbour"


class QuarterKey(StrEnum):
    """A quarter, by its name."""

    RIVER = "Речной"
    AMBER = "Янтарный"
    URAL = "Уральский"


class GroupKey(StrEnum):
    """A group of buildings, by its name."""

    NEW = "Новостройки"
    OLD = "Старый фонд"


class HouseKey(StrEnum):
    """A building, by its city."""

    MOSCOW_1 = "moscow-1"
    MOSCOW_2 = "moscow-2"
    MOSCOW_3 = "moscow-3"
    KALININGRAD_1 = "kaliningrad-1"
    KALININGRAD_2 = "kaliningrad-2"
    KALININGRAD_3 = "kaliningrad-3"
    URAL_1 = "ural-1"
    URAL_2 = "ural-2"
    NEIGHBOUR = "neighbour"


class HomeKey(NamedTuple):
    """A premise: its house and its place there, 1 to 30; the last two are shops."""

    house: HouseKey
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePlan:
    """A building as the demo makes it."""

    address: str
    timezone: str = TIMEZONE
    region: str = "77"
    tenant: Tenant = Tenant.COMPANY
    quarter: QuarterKey | None = None
    group: GroupKey | None = None
    homes: int = HOMES_A_HOUSE


ORGANIZATIONS = {
    Tenant.COMPANY: ("ООО «Новый квартал»", "7700000016"),
    Tenant.NEIGHBOUR: ("ТСЖ «Берёзовая роща»", "5000000017"),
}

HOUSES = {
    HouseKey.MOSCOW_1: HousePlan(
        address="г. Москва, ул. Речников, д. 14", quarter=QuarterKey.RIVER
    ),
    HouseKey.MOSCOW_2: HousePlan(
        address="г. Москва, ул. Судостроительная, д. 7, корп. 1",
        quarter=QuarterKey.RIVER,
        group=GroupKey.OLD,
    ),
    HouseKey.MOSCOW_3: HousePlan(
        address="г. Москва, Нагатинская наб., д. 40",
        quarter=QuarterKey.RIVER,
        group=GroupKey.NEW,
    ),
    HouseKey.KALININGRAD_1: HousePlan(
        address="г. Калининград, ул. Эпроновская, д. 12",
        timezone="Europe/Kaliningrad",
        region="39",
        quarter=QuarterKey.AMBER,
        group=GroupKey.OLD,
    ),
    HouseKey.KALININGRAD_2: HousePlan(
        address="г. Калининград, Московский просп., д. 103",
        timezone="Europe/Kaliningrad",
        region="39",
        quarter=QuarterKey.AMBER,
    ),
    HouseKey.KALININGRAD_3: HousePlan(
        address="г. Калининград, ул. Согласия, д. 25",
        timezone="Europe/Kaliningrad",
        region="39",
        quarter=QuarterKey.AMBER,
        group=GroupKey.NEW,
    ),
    HouseKey.URAL_1: HousePlan(
        address="г. Екатеринбург, ул. Белинского, д. 86",
        timezone="Asia/Yekaterinburg",
        region="66",
        quarter=QuarterKey.URAL,
    ),
    HouseKey.URAL_2: HousePlan(
        address="г. Екатеринбург, ул. Луначарского, д. 171",
        timezone="Asia/Yekaterinburg",
        region="66",
        quarter=QuarterKey.URAL,
    ),
    HouseKey.NEIGHBOUR: HousePlan(
        address="Московская обл., г. Мытищи, ул. Лётная, д. 9",
        region="50",
        tenant=Tenant.NEIGHBOUR,
        homes=6,
    ),
}

_NUMBERS = {key: number for number, key in enumerate(HOUSES, 1)}


def account_number(home: HomeKey) -> str:
    """The number of a premise's first account (лицевой счёт): region, house, place."""
    return f"{HOUSES[home.house].region}{_NUMBERS[home.house]:02}{home.place:04}"


def premise_number(place: int) -> str:
    """The number on the door: flats count, shops have numbers of their own."""
    return str(place) if place <= _FLATS else f"{place - _FLATS}Н"
