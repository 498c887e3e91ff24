"""What the database itself refuses, whoever writes into it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from kvartal import clock
from kvartal.auth.models import BuildingAccess
from kvartal.db.connection import execute, fetch
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroupMember,
    Organization,
    Premise,
    Residency,
    Resident,
)
from kvartal.housing.rules import sort_key
from kvartal.testing.auth_factories import an_employee
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    a_resident,
    an_account,
    an_organization,
)


async def test_an_external_id_is_unique_in_its_organization(db: None) -> None:
    building = await a_building(external_id="b1")
    premise = await a_premise(building=building, external_id="p1")
    await an_account(premise=premise, external_id="a1")

    await refused(a_building, organization=await building.organization, external_id="b1")
    await refused(a_premise, building=building, external_id="p1")
    await refused(an_account, premise=premise, external_id="a1")

    other = await a_premise(building=await a_building(external_id="b1"), external_id="p1")
    await an_account(premise=other, external_id="a1")
    assert await Account.filter(external_id="a1").count() == 2


async def test_a_premises_number_is_unique_in_its_building_whatever_its_case(db: None) -> None:
    building = await a_building()
    await a_premise(building=building, number="12А")

    await refused(a_premise, building=building, number="12а")

    await a_premise(number="12а")
    assert await Premise.filter(number__in=["12А", "12а"]).count() == 2


async def test_an_accounts_number_is_unique_in_its_organization(db: None) -> None:
    account = await an_account(number="7001")

    await refused(an_account, premise=await account.premise, number="7001")

    await an_account(number="7001")
    assert await Account.filter(number="7001").count() == 2


async def test_what_is_in_the_archive_leaves_its_number_free(db: None) -> None:
    premise = await a_premise(number="5", archived_at=clock.now(), external_id="p1")
    building = await premise.building
    await a_premise(building=building, number="5")
    live = await a_premise(building=building, number="6")
    await an_account(premise=live, number="7001", archived_at=clock.now(), external_id="a1")
    await an_account(premise=live, number="7001")

    await refused(a_premise, building=building, number="5")
    await refused(an_account, premise=live, number="7001")
    await refused(a_premise, building=building, external_id="p1")
    await refused(an_account, premise=live, external_id="a1")


async def test_a_taxpayers_number_has_ten_digits_or_twelve(db: None) -> None:
    for inn in ("123456789", "12345678901", "12345678901x", "ИНН1234567"):
        await refused(an_organization, inn=inn)

    for inn in ("1234567890", "123456789012"):
        await an_organization(inn=inn)


async def test_a_telephone_is_one_residents_of_an_organization(db: None) -> None:
    premise = await a_premise()
    await a_resident(premise, phone="+79990000000")

    await refused(a_resident, premise, phone="+79990000000")

    await a_resident(phone="+79990000000")
    assert await Resident.filter(phone="+79990000000").count() == 2


async def test_a_telephone_is_in_the_international_form(db: None) -> None:
    await refused(a_resident, await a_premise(), phone="89990000000")


async def test_a_person_lives_in_a_premise_once(db: None) -> None:
    premise = await a_premise()
    resident = await a_resident(premise)

    await refused(
        Residency.create,
        organization_id=premise.organization_id,
        premise=premise,
        resident=resident,
    )


async def test_organizations_are_numbered(db: None) -> None:
    organization = await an_organization()

    await refused(an_organization, number=organization.number)
    await refused(an_organization, number=0)


@pytest.mark.parametrize("shift", [-2, 1])
async def test_a_billing_month_is_this_or_the_last(db: None, shift: int) -> None:
    await refused(an_organization, billing_month_shift=shift)


async def test_names_and_numbers_are_not_blank(db: None) -> None:
    building = await a_building()

    await refused(an_organization, name="  ")
    await refused(a_building, address="  ")
    await refused(a_premise, building=building, number="  ")
    await refused(an_account, premise=await a_premise(building=building), number="  ")
    await refused(a_quarter, organization=await building.organization, name="  ")
    await refused(a_group, organization=await building.organization, name="  ")
    await refused(a_resident, await a_premise(building=building), full_name="  ")


async def test_nothing_refers_to_what_another_organization_has(db: None) -> None:
    ours, theirs = await a_building(), await a_building()
    premise, foreign = await a_premise(building=ours), await a_premise(building=theirs)
    organization: Organization = await ours.organization
    mine: dict[str, Any] = {"organization": organization}
    group = await a_group(organization=organization)
    employee = await an_employee(organization)

    await refused(a_building, organization=organization, quarter=await a_quarter())
    await refused(BuildingGroupMember.create, **mine, group=group, building=theirs)
    await refused(BuildingGroupMember.create, **mine, group=await a_group(), building=ours)
    await refused(Premise.create, **mine, building=theirs, number="1", sort_key="")
    await refused(Account.create, **mine, premise=foreign, number="1")
    await refused(Residency.create, **mine, premise=foreign, resident=await a_resident(premise))
    await refused(Residency.create, **mine, premise=premise, resident=await a_resident(foreign))
    await refused(BuildingAccess.create, **mine, employee=employee, building=theirs)


async def test_a_building_with_premises_cannot_go(db: None) -> None:
    premise = await a_premise()
    building: Building = await premise.building

    await refused(building.delete)


async def test_sort_keys_are_compared_by_code_point_whatever_the_collation(db: None) -> None:
    addresses = ["ул. Ёлочная, 1", "ул. Жукова, 9", "ул. Жукова, 10", "Яма", "Zeta"]
    for address in addresses:
        await a_building(address=address)

    rows = await fetch("SELECT address FROM kvartal_building ORDER BY sort_key")
    collations = await fetch(
        "SELECT DISTINCT collation_name FROM information_schema.columns"
        " WHERE column_name = 'sort_key' AND table_name LIKE 'kvartal_%'"
    )

    assert [row["address"] for row in rows] == sorted(addresses, key=sort_key)
    assert [row["collation_name"] for row in collations] == ["C"]


async def refused(make: Callable[..., Awaitable[Any]], *args: Any, **fields: Any) -> None:
    """Making the row is refused, and the test's transaction lives on."""
    await execute("SAVEPOINT before_the_forbidden")
    with pytest.raises(IntegrityError):
        await make(*args, **fields)
    await execute("ROLLBACK TO SAVEPOINT before_the_forbidden")
