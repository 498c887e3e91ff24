"""Premises and their accounts: new ones, changes, an account that goes to another premise."""

from typing import Any, TypedDict
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, NotFound
from kvartal.events import emit
from kvartal.housing import models
from kvartal.housing.events import AccountsMoved, PlacesRenamed
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.rules import (
    AccountNumberTaken,
    InputFaults,
    NumberRequired,
    PlaceArchived,
    PremiseKind,
    PremiseNumberTaken,
    sort_key,
)
from kvartal.housing.service.access import (
    EXTERNAL_ID_LENGTH,
    NUMBER_LENGTH,
    check_version,
    external_id_of,
    require,
)
from kvartal.housing.sources import ACCOUNTS, BUILDINGS, PREMISES
from kvartal.permissions import PREMISE_EDIT

__all__ = [
    "AccountFields",
    "PremiseFields",
    "account_refusals",
    "create_account",
    "create_premise",
    "move_account",
    "premise_refusals",
    "update_account",
    "update_premise",
]


class PremiseFields(TypedDict, total=False):
    """The fields of a premise that are being set; one left out stays as it is."""

    number: str | None
    kind: PremiseKind
    external_id: str | None


class AccountFields(TypedDict, total=False):
    """The fields of an account that are being set; one left out stays as it is."""

    number: str | None
    unified_number: str | None
    external_id: str | None


async def create_premise(actor: Actor, building_id: UUID, fields: PremiseFields) -> models.Premise:
    """A new premise of a building."""
    async with unit_of_work():
        await require(actor, BUILDINGS, building_id, PREMISE_EDIT)
        values = _premise({"number": "", **fields})
        building = await models.Building.get(id=building_id)
        if building.archived_at is not None:
            raise PlaceArchived(path=("building_id",))
        with refusing_duplicates(**premise_refusals()):
            premise = await models.Premise.create(
                organization_id=building.organization_id, building_id=building_id, **values
            )
        await refresh_search(premises=[premise.id])
    return premise


async def update_premise(
    actor: Actor, premise_id: UUID, fields: PremiseFields, *, expected_version: int | None = None
) -> models.Premise:
    """A premise with some of its fields changed."""
    async with unit_of_work():
        await require(actor, PREMISES, premise_id, PREMISE_EDIT)
        premise = await models.Premise.select_for_update().get(id=premise_id)
        check_version(premise, expected_version)
        number = premise.number
        premise.update_from_dict(_premise(fields))
        premise.version += 1
        with refusing_duplicates(**premise_refusals()):
            await premise.save(force_update=True)
        if number != premise.number:
            await refresh_search(premises=[premise_id])
            emit(PlacesRenamed.of_premises(premise.organization_id, premise_id))
    return premise


async def create_account(actor: Actor, premise_id: UUID, fields: AccountFields) -> models.Account:
    """A new account of a premise."""
    async with unit_of_work():
        await require(actor, PREMISES, premise_id, PREMISE_EDIT)
        values = _account({"number": "", **fields})
        premise = await models.Premise.get(id=premise_id)
        if premise.archived_at is not None:
            raise PlaceArchived(path=("premise_id",))
        with refusing_duplicates(**account_refusals()):
            account = await models.Account.create(
                organization_id=premise.organization_id, premise_id=premise_id, **values
            )
        await refresh_search(premises=[premise_id])
    return account


async def update_account(
    actor: Actor, account_id: UUID, fields: AccountFields, *, expected_version: int | None = None
) -> models.Account:
    """An account with some of its fields changed."""
    async with unit_of_work():
        await require(actor, ACCOUNTS, account_id, PREMISE_EDIT)
        account = await models.Account.select_for_update().get(id=account_id)
        check_version(account, expected_version)
        number = account.number
        account.update_from_dict(_account(fields))
        account.version += 1
        with refusing_duplicates(**account_refusals()):
            await account.save(force_update=True)
        if number != account.number:
            await refresh_search(premises=[account.premise_id])
            emit(PlacesRenamed.of_accounts(account.organization_id, account_id))
    return account


async def move_account(
    actor: Actor, account_id: UUID, premise_id: UUID, *, expected_version: int | None = None
) -> models.Account:
    """An account that is now another premise's."""
    async with unit_of_work():
        await require(actor, ACCOUNTS, account_id, PREMISE_EDIT)
        await require(actor, PREMISES, premise_id, PREMISE_EDIT)
        account = await models.Account.select_for_update().get(id=account_id)
        check_version(account, expected_version)
        premise = await models.Premise.get(id=premise_id)
        if premise.organization_id != account.organization_id:
            raise NotFound
        if premise.archived_at is not None:
            raise PlaceArchived(path=("premise_id",))
        if account.premise_id != premise_id:
            left = account.premise_id
            account.premise_id = premise_id
            account.version += 1
            await account.save(force_update=True)
            await refresh_search(premises=[left, premise_id])
            emit(AccountsMoved(organization_id=account.organization_id, account_ids=(account_id,)))
    return account


def premise_refusals() -> dict[str, DomainError]:
    """Why a premise cannot be kept, by the unique key that another one holds."""
    taken = PremiseNumberTaken(path=("number",))
    return {"kvartal_premise_number": taken, **external_id_of("premise")}


def account_refusals() -> dict[str, DomainError]:
    """Why an account cannot be kept, by the unique key that another one holds."""
    taken = AccountNumberTaken(path=("number",))
    return {"kvartal_account_number": taken, **external_id_of("account")}


def _premise(fields: PremiseFields) -> dict[str, Any]:
    faults, values = InputFaults(), dict[str, Any](fields)
    if "number" in fields:
        number = faults.required("number", fields["number"], NUMBER_LENGTH, NumberRequired)
        values |= {"number": number, "sort_key": sort_key(number)}
    if "external_id" in fields:
        values["external_id"] = faults.optional(
            "external_id", fields["external_id"], EXTERNAL_ID_LENGTH
        )
    faults.check()
    return values


def _account(fields: AccountFields) -> dict[str, Any]:
    faults, values = InputFaults(), dict[str, Any](fields)
    if "number" in fields:
        values["number"] = faults.required(
            "number", fields["number"], NUMBER_LENGTH, NumberRequired
        )
    if "unified_number" in fields:
        values["unified_number"] = faults.optional(
            "unified_number", fields["unified_number"], NUMBER_LENGTH
        )
    if "external_id" in fields:
        values["external_id"] = faults.optional(
            "external_id", fields["external_id"], EXTERNAL_ID_LENGTH
        )
    faults.check()
    return values
