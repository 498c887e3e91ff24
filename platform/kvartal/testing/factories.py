"""The estate for tests: each call makes one row, and what it stands in unless that is given."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from kvartal.auth.models import User
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroup,
    BuildingGroupMember,
    Organization,
    Premise,
    Quarter,
    Residency,
    Resident,
)
from kvartal.housing.rules import sort_key

__all__ = [
    "a_building",
    "a_group",
    "a_premise",
    "a_quarter",
    "a_resident",
    "an_account",
    "an_organization",
]

# Beyond the numbers that people and the demo give.
_numbers = count(1_000_001)


async def an_organization(*, name: str = "УК «Заря»", **fields: Any) -> Organization:
    """A management company."""
    return await Organization.create(**{"number": next(_numbers), "name": name, **fields})


async def a_quarter(
    *, organization: Organization | None = None, name: str | None = None
) -> Quarter:
    """A quarter without buildings."""
    name = name or f"Квартал {next(_numbers)}"
    return await Quarter.create(
        organization=organization or await an_organization(), name=name, sort_key=sort_key(name)
    )


async def a_group(
    *,
    organization: Organization | None = None,
    name: str | None = None,
    buildings: Iterable[Building] = (),
) -> BuildingGroup:
    """A group of buildings of one organization, with these buildings in it."""
    name = name or f"Группа {next(_numbers)}"
    organization = organization or await an_organization()
    group = await BuildingGroup.create(
        organization=organization, name=name, sort_key=sort_key(name)
    )
    await BuildingGroupMember.bulk_create(
        BuildingGroupMember(organization=organization, group=group, building=building)
        for building in buildings
    )
    return group


async def a_building(
    *,
    organization: Organization | None = None,
    quarter: Quarter | None = None,
    address: str | None = None,
    timezone: str = "Europe/Moscow",
    **fields: Any,
) -> Building:
    """A building without premises."""
    if organization is None and quarter is not None:
        organization = await quarter.organization
    address = address or f"ул. Ленина, {next(_numbers)}"
    return await Building.create(
        organization=organization or await an_organization(),
        quarter=quarter,
        address=address,
        sort_key=sort_key(address),
        timezone=timezone,
        **fields,
    )


async def a_premise(
    *, building: Building | None = None, number: str | None = None, **fields: Any
) -> Premise:
    """A flat of a building."""
    building = building or await a_building()
    number = number or str(next(_numbers))
    return await Premise.create(
        organization_id=building.organization_id,
        building=building,
        number=number,
        sort_key=sort_key(number),
        **fields,
    )


async def an_account(
    *, premise: Premise | None = None, number: str | None = None, **fields: Any
) -> Account:
    """An account of a premise."""
    premise = premise or await a_premise()
    return await Account.create(
        organization_id=premise.organization_id,
        premise=premise,
        number=number or str(next(_numbers)),
        **fields,
    )


async def a_resident(
    *premises: Premise,
    user: User | None = None,
    full_name: str = "Сидорова Анна Ильинична",
    phone: str | None = None,
) -> Resident:
    """A resident of these premises, which are of one organization."""
    homes = premises or (await a_premise(),)
    resident = await Resident.create(
        organization_id=homes[0].organization_id, user=user, full_name=full_name, phone=phone
    )
    await Residency.bulk_create(
        Residency(organization_id=premise.organization_id, resident=resident, premise=premise)
        for premise in homes
    )
    return resident
