"""Inputs about organizations, quarters and groups, and of what every place has."""

from typing import cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from kvartal.graphql.given import given
from kvartal.graphql.node import uuid_of
from kvartal.housing.graphql.wording import EXPECTED_VERSION, EXTERNAL_ID
from kvartal.housing.rules import OrganizationKind
from kvartal.housing.service.organizations import OrganizationFields

__all__ = [
    "CreateTerritoryInput",
    "GroupMembersInput",
    "MoveBuildingsInput",
    "PlaceInput",
    "UpdateOrganizationInput",
    "UpdateTerritoryInput",
]

Id = strawberry.ID


@strawberry.input(description="A place that goes into the archive, or comes back.")
class PlaceInput:
    """Which place, as it was seen."""

    id: Id = strawberry.field(description="The place.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="What changes of an organization; a field left out stays as it is.")
class UpdateOrganizationInput:
    """Changes of an organization."""

    id: Id = strawberry.field(description="The organization.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    name: str | None = strawberry.field(default=UNSET, description="Name, 300 characters at most.")
    kind: OrganizationKind | None = strawberry.field(
        default=UNSET, description="What it is in the housing trade."
    )
    inn: str | None = strawberry.field(
        default=UNSET, description="Taxpayer's number (ИНН): 10 digits, or 12 of a person's."
    )
    external_id: str | None = strawberry.field(default=UNSET, description=EXTERNAL_ID)
    timezone: str | None = strawberry.field(
        default=UNSET, description="IANA time zone of the days in its lists."
    )
    billing_month_shift: int | None = strawberry.field(
        default=UNSET,
        description="−1 if the days before a window count as the last month, else 0.",
    )

    def fields(self) -> OrganizationFields:
        """What the service is given: the fields that are there."""
        return cast(
            OrganizationFields,
            given(
                self,
                "name",
                "inn",
                "external_id",
                "timezone",
                not_null=("kind", "billing_month_shift"),
            ),
        )


@strawberry.input(description="A new quarter or group of buildings.")
class CreateTerritoryInput:
    """Fields of a new quarter or group."""

    organization_id: Id = strawberry.field(description="The organization whose buildings it has.")
    name: str = strawberry.field(description="Name, 200 characters at most.")


@strawberry.input(description="Another name for a quarter or a group of buildings.")
class UpdateTerritoryInput:
    """Changes of a quarter or a group."""

    id: Id = strawberry.field(description="The quarter or the group.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    name: str = strawberry.field(description="Name, 200 characters at most.")


@strawberry.input(description="Buildings that go to another quarter.")
class MoveBuildingsInput:
    """Which buildings go where."""

    building_ids: list[Id] = strawberry.field(
        description="Buildings of one organization, 1000 at most."
    )
    quarter_id: Id | None = strawberry.field(
        description="The quarter; null takes them out of theirs."
    )

    def quarter(self) -> UUID | None:
        """The key of the quarter."""
        return None if self.quarter_id is None else uuid_of("Quarter", self.quarter_id)


@strawberry.input(description="Buildings that come into a group or leave it.")
class GroupMembersInput:
    """Which buildings, which group."""

    group_id: Id = strawberry.field(description="The group.")
    building_ids: list[Id] = strawberry.field(
        description="Buildings of its organization, 1000 at most."
    )
