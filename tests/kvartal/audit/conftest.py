"""An organization whose log is read, and who may read it."""

from dataclasses import dataclass

import pytest

from kvartal.auth.actor import Actor
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, an_organization

RIGHTS = ("auth.audit.view", "auth.role.manage", "housing.building.edit", "housing.premise.edit")


@dataclass(frozen=True)
class Office:
    """An organization with a building, and an employee with all rights that the tests need."""

    organization: Organization
    building: Building
    chief: Actor


@pytest.fixture
async def office(db: None) -> Office:
    """The organization."""
    organization = await an_organization()
    employee = await an_employee(organization, permissions=RIGHTS, full_name="Главная Мария")
    return Office(
        organization, await a_building(organization=organization), await actor_of(employee)
    )
