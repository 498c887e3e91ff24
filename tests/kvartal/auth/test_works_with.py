"""Who works where, asked of the employees and not of an actor."""

from typing import Any
from uuid import UUID

import pytest

from kvartal.auth.access import AccessError, works_with
from kvartal.db.connection import fetch
from kvartal.db.sql import Args
from kvartal.housing.models import Building
from kvartal.testing.auth_factories import a_user, an_employee
from kvartal.testing.factories import a_building

RIGHT = "meters.reading.submit"


async def found(home: Building, **asked: Any) -> list[UUID]:
    args = Args()
    works = works_with(args, employee="e", **asked)
    organization = args.add(home.organization_id)
    rows = await fetch(
        f"SELECT e.user_id FROM kvartal_employee e WHERE e.organization_id = {organization}"
        f" AND {works} ORDER BY e.id",
        *args,
    )
    return [row["user_id"] for row in rows]


async def test_those_who_are_employed_and_not_barred_work(db: None) -> None:
    building = await a_building()
    organization = await building.organization
    employee = await an_employee(organization, buildings=[])
    await an_employee(organization, is_archived=True)
    await an_employee(organization, user=await a_user(is_active=False))

    assert await found(building) == [employee.user_id]


async def test_with_a_building_those_work_who_have_it_or_all(db: None) -> None:
    building = await a_building()
    organization = await building.organization
    everywhere = await an_employee(organization)
    here = await an_employee(organization, buildings=[building])
    await an_employee(organization, buildings=[await a_building(organization=organization)])

    assert await found(building, building=building.id) == [everywhere.user_id, here.user_id]


async def test_with_a_right_those_work_who_have_it_there(db: None) -> None:
    building, other = await a_building(), await a_building()
    organization = await building.organization
    holder = await an_employee(organization, permissions=[RIGHT])
    await an_employee(organization, permissions=["another.right"])
    of_both = await an_employee(organization)
    user = await of_both.user
    await an_employee(await other.organization, permissions=[RIGHT], user=user)

    assert await found(building, permission=RIGHT) == [holder.user_id]


def test_an_alias_is_nothing_but_a_name() -> None:
    with pytest.raises(AccessError):
        works_with(Args(), employee="e.id = e.id OR e")
