"""An organization with one of each place, and an employee who may do everything there."""

from dataclasses import dataclass
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
    Resident,
)
from kvartal.permissions import BUILDING_EDIT, ESTATE_REGISTER, ORGANIZATION_EDIT, PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    a_resident,
    an_account,
    an_organization,
)

RIGHTS = frozenset(
    each.code for each in (BUILDING_EDIT, ESTATE_REGISTER, ORGANIZATION_EDIT, PREMISE_EDIT)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """One of each place, and who may change them all."""

    organization: Organization
    quarter: Quarter
    group: BuildingGroup
    building: Building
    premise: Premise
    account: Account
    resident: Resident
    employee: Actor

    def id_of(self, name: str) -> str:
        """The global id of one of the places."""
        row = getattr(self, name)
        return encode_id(type(row).__name__, row.id)

    @staticmethod
    def id(row: Any) -> str:
        """The global id of a row."""
        return encode_id(type(row).__name__, row.id)


@pytest.fixture
async def estate(db: None) -> Estate:
    """An organization whose only building is in no quarter and no group."""
    organization = await an_organization(timezone="Asia/Yekaterinburg")
    building = await a_building(organization=organization, address="ул. Мира, 1")
    premise = await a_premise(building=building, number="5")
    return Estate(
        organization=organization,
        quarter=await a_quarter(organization=organization, name="Северный"),
        group=await a_group(organization=organization, name="Панельные"),
        building=building,
        premise=premise,
        account=await an_account(premise=premise, number="7000"),
        resident=await a_resident(premise, full_name="Орлова Вера", phone="+79990000000"),
        employee=await actor_of(await an_employee(organization, permissions=RIGHTS)),
    )
