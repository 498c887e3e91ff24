"""Mutations of premises, accounts and those who live there."""

import strawberry

from kvartal.auth.rules import InvalidPhone
from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.graphql.inputs.places import (
    AddResidentInput,
    CreateAccountInput,
    CreatePremiseInput,
    MoveAccountInput,
    RemoveResidentInput,
    UpdateAccountInput,
    UpdatePremiseInput,
    UpdateResidentInput,
)
from kvartal.housing.graphql.inputs.territories import PlaceInput
from kvartal.housing.graphql.mutations.payloads import row_of
from kvartal.housing.graphql.residents import Resident
from kvartal.housing.graphql.rows import Account, Premise
from kvartal.housing.rules import (
    AccountNumberTaken,
    AlreadyResident,
    ExternalIdTaken,
    NameRequired,
    NotAResident,
    NumberRequired,
    PlaceArchived,
    PremiseNumberTaken,
    ResidentPhoneTaken,
    TextTooLong,
)
from kvartal.housing.service import archiving, premises, residents
from kvartal.housing.sources import ACCOUNTS, PREMISES, RESIDENTS
from kvartal.permissions import PREMISE_EDIT

__all__ = ["PremiseMutations"]


@strawberry.type
class PremiseMutations:
    """Fields of Mutation about premises and their people."""

    @mutation(
        access=PREMISE_EDIT,
        description="Add a premise (помещение) to a building.",
        raises=(NumberRequired, TextTooLong, PremiseNumberTaken, ExternalIdTaken, PlaceArchived),
    )
    async def create_premise(self, info: Info, input: CreatePremiseInput) -> Premise:
        """A new premise."""
        premise = await premises.create_premise(
            info.context.actor, uuid_of("Building", input.building_id), input.fields()
        )
        return await row_of(info, PREMISES, Premise.of, premise.id)

    @mutation(
        access=PREMISE_EDIT,
        description="Change a premise (помещение): only the fields that are given.",
        raises=(NumberRequired, TextTooLong, PremiseNumberTaken, ExternalIdTaken, VersionConflict),
    )
    async def update_premise(self, info: Info, input: UpdatePremiseInput) -> Premise:
        """A changed premise."""
        key = uuid_of("Premise", input.id)
        await premises.update_premise(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await row_of(info, PREMISES, Premise.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Put a premise (помещение) into the archive: it leaves the lists.",
        raises=(VersionConflict,),
    )
    async def archive_premise(self, info: Info, input: PlaceInput) -> Premise:
        """A premise in the archive."""
        key = uuid_of("Premise", input.id)
        await archiving.archive(
            info.context.actor, archiving.PREMISE, key, expected_version=input.expected_version
        )
        return await row_of(info, PREMISES, Premise.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Take a premise (помещение) out of the archive.",
        raises=(PremiseNumberTaken, VersionConflict),
    )
    async def restore_premise(self, info: Info, input: PlaceInput) -> Premise:
        """A premise in use again."""
        key = uuid_of("Premise", input.id)
        await archiving.restore(
            info.context.actor, archiving.PREMISE, key, expected_version=input.expected_version
        )
        return await row_of(info, PREMISES, Premise.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Add an account (лицевой счёт) to a premise.",
        raises=(NumberRequired, TextTooLong, AccountNumberTaken, ExternalIdTaken, PlaceArchived),
    )
    async def create_account(self, info: Info, input: CreateAccountInput) -> Account:
        """A new account."""
        account = await premises.create_account(
            info.context.actor, uuid_of("Premise", input.premise_id), input.fields()
        )
        return await row_of(info, ACCOUNTS, Account.of, account.id)

    @mutation(
        access=PREMISE_EDIT,
        description="Change an account (лицевой счёт): only the fields that are given.",
        raises=(NumberRequired, TextTooLong, AccountNumberTaken, ExternalIdTaken, VersionConflict),
    )
    async def update_account(self, info: Info, input: UpdateAccountInput) -> Account:
        """A changed account."""
        key = uuid_of("Account", input.id)
        await premises.update_account(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await row_of(info, ACCOUNTS, Account.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Give an account (лицевой счёт) to another premise of its organization.",
        raises=(PlaceArchived, VersionConflict),
    )
    async def move_account(self, info: Info, input: MoveAccountInput) -> Account:
        """An account of another premise."""
        key = uuid_of("Account", input.id)
        await premises.move_account(
            info.context.actor,
            key,
            uuid_of("Premise", input.premise_id),
            expected_version=input.expected_version,
        )
        return await row_of(info, ACCOUNTS, Account.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Put an account (лицевой счёт) into the archive: it leaves the lists.",
        raises=(VersionConflict,),
    )
    async def archive_account(self, info: Info, input: PlaceInput) -> Account:
        """An account in the archive."""
        key = uuid_of("Account", input.id)
        await archiving.archive(
            info.context.actor, archiving.ACCOUNT, key, expected_version=input.expected_version
        )
        return await row_of(info, ACCOUNTS, Account.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Take an account (лицевой счёт) out of the archive.",
        raises=(AccountNumberTaken, VersionConflict),
    )
    async def restore_account(self, info: Info, input: PlaceInput) -> Account:
        """An account in use again."""
        key = uuid_of("Account", input.id)
        await archiving.restore(
            info.context.actor, archiving.ACCOUNT, key, expected_version=input.expected_version
        )
        return await row_of(info, ACCOUNTS, Account.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description=(
            "Let a person live in a premise (житель). A telephone that the organization knows is"
            " the resident who has it; a user who signs in with it sees the premise at once."
        ),
        raises=(NameRequired, TextTooLong, InvalidPhone, AlreadyResident, PlaceArchived),
    )
    async def add_resident(self, info: Info, input: AddResidentInput) -> Resident:
        """A resident of the premise."""
        resident = await residents.add_resident(
            info.context.actor,
            uuid_of("Premise", input.premise_id),
            full_name=input.full_name,
            phone=input.phone,
        )
        return await row_of(info, RESIDENTS, Resident.of, resident.id)

    @mutation(
        access=PREMISE_EDIT,
        description="Change a resident (житель): only the fields that are given.",
        raises=(NameRequired, TextTooLong, InvalidPhone, ResidentPhoneTaken, VersionConflict),
    )
    async def update_resident(self, info: Info, input: UpdateResidentInput) -> Resident:
        """A changed resident."""
        key = uuid_of("Resident", input.id)
        await residents.update_resident(
            info.context.actor, key, input.fields(), expected_version=input.expected_version
        )
        return await row_of(info, RESIDENTS, Resident.of, key)

    @mutation(
        access=PREMISE_EDIT,
        description="Let a person live in a premise no more: they see it no longer.",
        raises=(NotAResident,),
    )
    async def remove_resident(self, info: Info, input: RemoveResidentInput) -> Premise:
        """The premise without the resident."""
        premise_id = uuid_of("Premise", input.premise_id)
        await residents.remove_resident(
            info.context.actor, uuid_of("Resident", input.resident_id), premise_id
        )
        return await row_of(info, PREMISES, Premise.of, premise_id)
