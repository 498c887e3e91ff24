"""Who lives where: people of an organization, and their ties to premises."""

from typing import TypedDict
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.auth.sessions.topics import person_topic
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.housing import models
from kvartal.housing.queries.changing import resident_with_phone, user_with_phone
from kvartal.housing.rules import (
    AlreadyResident,
    InputFaults,
    NameRequired,
    NotAResident,
    PlaceArchived,
    ResidentPhoneTaken,
)
from kvartal.housing.service.access import NAME_LENGTH, check_version, require
from kvartal.housing.sources import PREMISES, RESIDENTS
from kvartal.live import touch
from kvartal.permissions import PREMISE_EDIT

__all__ = ["ResidentFields", "add_resident", "remove_resident", "update_resident"]


class ResidentFields(TypedDict, total=False):
    """The fields of a resident that are being set; one left out stays as it is."""

    full_name: str | None
    phone: str | None


async def add_resident(
    actor: Actor, premise_id: UUID, *, full_name: str, phone: str | None
) -> models.Resident:
    """A resident of a premise; a telephone that the organization knows is one it has already."""
    async with unit_of_work():
        await require(actor, PREMISES, premise_id, PREMISE_EDIT)
        faults = InputFaults()
        name = faults.required("full_name", full_name, NAME_LENGTH, NameRequired)
        number = faults.phone("phone", phone)
        faults.check()
        premise = await models.Premise.get(id=premise_id)
        if premise.archived_at is not None:
            raise PlaceArchived(path=("premise_id",))
        resident = await _resident(premise.organization_id, name, number)
        with refusing_duplicates(kvartal_residency_once=AlreadyResident(path=("phone",))):
            await models.Residency.create(
                organization_id=premise.organization_id,
                resident_id=resident.id,
                premise_id=premise_id,
            )
    return resident


async def update_resident(
    actor: Actor,
    resident_id: UUID,
    fields: ResidentFields,
    *,
    expected_version: int | None = None,
) -> models.Resident:
    """A resident with some of their fields changed.

    A telephone is a sign-in: with another one, other people see the premises, or nobody yet.
    """
    async with unit_of_work():
        await require(actor, RESIDENTS, resident_id, PREMISE_EDIT)
        resident = await models.Resident.select_for_update().get(id=resident_id)
        check_version(resident, expected_version)
        phone = resident.phone
        _fill(resident, fields)
        if resident.phone != phone:
            if resident.user_id is not None:
                touch(person_topic(resident.user_id))
            resident.user_id = await user_with_phone(resident.phone) if resident.phone else None
            for each in await models.Residency.filter(resident_id=resident_id):
                touch(f"premise:{each.premise_id}")
        resident.version += 1
        taken = ResidentPhoneTaken(path=("phone",))
        with refusing_duplicates(kvartal_resident_phone=taken):
            await resident.save(force_update=True)
    return resident


async def remove_resident(actor: Actor, resident_id: UUID, premise_id: UUID) -> None:
    """A resident who lives in the premise no more, and sees it no more."""
    async with unit_of_work():
        await require(actor, PREMISES, premise_id, PREMISE_EDIT)
        tie = models.Residency.filter(resident_id=resident_id, premise_id=premise_id)
        if not await tie.delete():
            raise NotAResident(path=("resident_id",))
        touch(f"premise:{premise_id}")


def _fill(resident: models.Resident, fields: ResidentFields) -> None:
    faults = InputFaults()
    if "full_name" in fields:
        resident.full_name = faults.required(
            "full_name", fields["full_name"], NAME_LENGTH, NameRequired
        )
    if "phone" in fields:
        resident.phone = faults.phone("phone", fields["phone"])
    faults.check()


async def _resident(organization_id: UUID, full_name: str, phone: str | None) -> models.Resident:
    if phone is None:
        return await models.Resident.create(organization_id=organization_id, full_name=full_name)
    resident_id = await resident_with_phone(
        organization_id,
        phone=phone,
        full_name=full_name,
        user_id=await user_with_phone(phone),
    )
    return await models.Resident.get(id=resident_id)
