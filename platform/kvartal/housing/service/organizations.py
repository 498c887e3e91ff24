"""Changing an organization: who it is, and how its days and months are counted."""

from typing import TypedDict
from uuid import UUID

from kvartal.auth.actor import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.housing import models
from kvartal.housing.rules import InputFaults, MonthShiftInvalid, NameRequired, OrganizationKind
from kvartal.housing.service.access import EXTERNAL_ID_LENGTH, check_version, require
from kvartal.housing.sources import ORGANIZATIONS
from kvartal.live import touch
from kvartal.permissions import ORGANIZATION_EDIT

__all__ = ["OrganizationFields", "update_organization"]

_NAME_LENGTH = 300


class OrganizationFields(TypedDict, total=False):
    """The fields of an organization that are being set; one left out stays as it is."""

    name: str | None
    kind: OrganizationKind
    inn: str | None
    external_id: str | None
    timezone: str | None
    billing_month_shift: int


async def update_organization(
    actor: Actor,
    organization_id: UUID,
    fields: OrganizationFields,
    *,
    expected_version: int | None = None,
) -> models.Organization:
    """An organization with some of its fields changed."""
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, ORGANIZATION_EDIT)
        organization = await models.Organization.select_for_update().get(id=organization_id)
        check_version(organization, expected_version)
        _fill(organization, fields)
        organization.version += 1
        await organization.save(force_update=True)
        # Its billing months are shown on the home screens of all its residents.
        touch(f"organization:{organization_id}")
    return organization


def _fill(organization: models.Organization, fields: OrganizationFields) -> None:
    faults = InputFaults()
    values: dict[str, object] = dict(fields)
    if "name" in fields:
        values["name"] = faults.required("name", fields["name"], _NAME_LENGTH, NameRequired)
    if "inn" in fields:
        values["inn"] = faults.inn("inn", fields["inn"])
    if "external_id" in fields:
        values["external_id"] = faults.optional(
            "external_id", fields["external_id"], EXTERNAL_ID_LENGTH
        )
    if "timezone" in fields:
        values["timezone"] = faults.timezone("timezone", fields["timezone"])
    if fields.get("billing_month_shift", 0) not in {-1, 0}:
        faults.errors.append(MonthShiftInvalid(path=("billing_month_shift",)))
    faults.check()
    organization.update_from_dict(values)
