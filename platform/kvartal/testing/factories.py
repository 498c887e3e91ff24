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
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.rules import sort_key
from kvartal.services.models import Service, ServiceOrder

__all__ = [
    "a_building",
    "a_group",
    "a_premise",
    "a_quarter",
    "a_resident",
    "a_service",
    "a_service_order",
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
    premise = await Premise.create(
        organization_id=building.organization_id,
        building=building,
        number=number,
        sort_key=sort_key(number),
        **fields,
    )
    await refresh_search(premises=[premise.id])
    return premise


async def an_account(
    *, premise: Premise | None = None, number: str | None = None, **fields: Any
) -> Account:
    """An account of a premise."""
    premise = premise or await a_premise()
    account = await Account.create(
        organization_id=premise.organization_id,
        premise=premise,
        number=number or str(next(_numbers)),
        **fields,
    )
    await refresh_search(premises=[premise.id])
    return account


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


async def a_service(
    *, organization: Organization | None = None, title: str | None = None, **fields: Any
) -> Service:
    """A service that can be ordered."""
    title = title or f"Услуга {next(_numbers)}"
    return await Service.create(
        organization=organization or await an_organization(),
        title=title,
        sort_key=sort_key(title),
        **fields,
    )


async def a_service_order(
    *,
    premise: Premise | None = None,
    service: Service | None = None,
    resident: Resident | None = None,
    **fields: Any,
) -> ServiceOrder:
    """An order of a service for a premise."""
    premise = premise or await a_premise()
    service = service or await a_service(organization=await premise.organization)
    return await ServiceOrder.create(
        organization_id=premise.organization_id,
        building_id=premise.building_id,
        premise=premise,
        service=service,
        resident=resident,
        **fields,
    )
