"""An organization whose log is read, and who may read it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.audit.rules import AuditActorKind
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.factories import a_building, a_premise, an_organization

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
VIEW = ("auth.audit.view",)
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


async def an_entry(office: Office, minutes: int = 0, **given: Any) -> AuditEntry:
    """A row of the log, so many minutes later than others."""
    facts: dict[str, Any] = {
        "organization": office.organization,
        "actor_kind": AuditActorKind.SYSTEM,
        "action": f"act{minutes}",
        **given,
    }
    with clock.frozen(NOW + timedelta(minutes=minutes)):
        return await AuditEntry.create(**facts)


async def who(office: Office, case: str) -> Actor:
    """Somebody of whom the case speaks."""
    organization = office.organization
    stranger = await an_organization()
    match case:
        case "a stranger's employee":
            return await actor_of(await an_employee(stranger, permissions=VIEW))
        case "an employee without the right":
            return await actor_of(await an_employee(organization, permissions=[]))
        case "an employee with the right elsewhere":
            user = await a_user()
            await an_employee(organization, permissions=[], user=user)
            both = await an_employee(stranger, permissions=VIEW, user=user)
            return await actor_of(both)
        case "a resident":
            premise = await a_premise(building=office.building)
            return await actor_of(await a_resident_user(organization, premises=[premise]))
        case "an employee with the right in some buildings":
            return await actor_of(
                await an_employee(organization, permissions=VIEW, buildings=[office.building])
            )
        case "a token with the right in some buildings":
            return await actor_of(
                await a_service_token(organization, permissions=VIEW, buildings=[office.building])
            )
    return ANONYMOUS
