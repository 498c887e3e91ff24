"""An estate for tests of photos."""

from dataclasses import dataclass

from kvartal.auth.api import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization, Premise
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal_photos.permissions import ADD

__all__ = ["Estate", "an_estate"]


@dataclass(frozen=True)
class Estate:
    """A building with a flat, an employee who may add photos, and a resident."""

    organization: Organization
    building: Building
    premise: Premise
    employee: Actor
    resident: Actor

    @property
    def building_id(self) -> str:
        """The building's id in the schema."""
        return encode_id("Building", self.building.id)


async def an_estate() -> Estate:
    """All of it, new."""
    organization = await an_organization()
    building = await a_building(organization=organization)
    premise = await a_premise(building=building)
    employee = await an_employee(organization, permissions=[ADD.code])
    resident = await a_resident_user(organization, premises=[premise])
    return Estate(
        organization, building, premise, await actor_of(employee), await actor_of(resident)
    )
