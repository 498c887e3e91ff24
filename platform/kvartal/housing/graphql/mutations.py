"""What can be changed of the estate."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import strawberry

from kvartal.auth.rules import InvalidPhone
from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing import queries, service
from kvartal.housing.graphql.inputs import (
    AddResidentInput,
    CreateAccountInput,
    CreateBuildingInput,
    CreatePremiseInput,
    UpdateBuildingInput,
)
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import Account, Building, Premise
from kvartal.housing.rules import (
    AccountNumberTaken,
    AddressRequired,
    AlreadyResident,
    ExternalIdTaken,
    NameRequired,
    NumberRequired,
    PremiseNumberTaken,
    TextTooLong,
    TimezoneUnknown,
)
from kvartal.housing.sources import ACCOUNTS, BUILDINGS, PREMISES, RESIDENTS, Source
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT

__all__ = ["HousingMutations"]

T = TypeVar("T")


@strawberry.type
class HousingMutations:
    """Fields of Mutation about the estate."""

    @mutation(
        access=BUILDING_EDIT,
        description="Add a building (объект); for employees who work with all of them.",
        raises=(AddressRequired, TextTooLong, TimezoneUnknown, ExternalIdTaken),
    )
    async def create_building(self, info: Info, input: CreateBuildingInput) -> Building:
        """A new building."""
        building = await service.create_building(
            info.context.actor, uuid_of("Organization", input.organization_id), input.fields()
        )
        return await _row(info, BUILDINGS, Building.of, building.id)

    @mutation(
        access=BUILDING_EDIT,
        description="Change a building (объект): only the fields that are given.",
        raises=(AddressRequired, TextTooLong, TimezoneUnknown, ExternalIdTaken, VersionConflict),
    )
    async def update_building(self, info: Info, input: UpdateBuildingInput) -> Building:
        """A changed building."""
        building = await service.update_building(
            info.context.actor,
            uuid_of("Building", input.id),
            input.fields(),
            expected_version=input.expected_version,
        )
        return await _row(info, BUILDINGS, Building.of, building.id)

    @mutation(
        access=PREMISE_EDIT,
        description="Add a premise (помещение) to a building.",
        raises=(NumberRequired, TextTooLong, PremiseNumberTaken, ExternalIdTaken),
    )
    async def create_premise(self, info: Info, input: CreatePremiseInput) -> Premise:
        """A new premise."""
        premise = await service.create_premise(
            info.context.actor,
            uuid_of("Building", input.building_id),
            number=input.number,
            kind=input.kind,
            external_id=input.external_id,
        )
        return await _row(info, PREMISES, Premise.of, premise.id)

    @mutation(
        access=PREMISE_EDIT,
        description="Add an account (лицевой счёт) to a premise.",
        raises=(NumberRequired, TextTooLong, AccountNumberTaken, ExternalIdTaken),
    )
    async def create_account(self, info: Info, input: CreateAccountInput) -> Account:
        """A new account."""
        account = await service.create_account(
            info.context.actor,
            uuid_of("Premise", input.premise_id),
            number=input.number,
            unified_number=input.unified_number,
            external_id=input.external_id,
        )
        return await _row(info, ACCOUNTS, Account.of, account.id)

    @mutation(
        access=PREMISE_EDIT,
        description=(
            "Let a person live in a premise (житель). A telephone that the organization knows is"
            " the resident who has it; a user who signs in with it sees the premise at once."
        ),
        raises=(NameRequired, TextTooLong, InvalidPhone, AlreadyResident),
    )
    async def add_resident(self, info: Info, input: AddResidentInput) -> Resident:
        """A resident of the premise."""
        resident = await service.add_resident(
            info.context.actor,
            uuid_of("Premise", input.premise_id),
            full_name=input.full_name,
            phone=input.phone,
        )
        return await _row(info, RESIDENTS, Resident.of, resident.id)


async def _row(info: Info, source: Source, of: Callable[[Record], T], key: UUID) -> T:
    return of((await queries.by_ids(source, info.context.actor, [key]))[key])
