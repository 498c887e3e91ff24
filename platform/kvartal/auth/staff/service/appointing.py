"""Administrators by the operator's word: an organization's first one, and every right that is new.

Nobody hands on a right that they do not have. So those of a plugin that is turned on are given
from outside, as are those of an organization in which nobody works yet.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.audit.api import record
from kvartal.auth import models, tokens
from kvartal.auth.events import EmployeeChanged, RoleChanged
from kvartal.auth.password.letters import link_of
from kvartal.auth.password.queries import issue_link
from kvartal.auth.policy import policy
from kvartal.auth.rules import ResetKind, normal_email
from kvartal.auth.sessions.topics import person_topic, staff_topic
from kvartal.auth.staff.queries import changes, roles
from kvartal.auth.staff.queries.roles import RoleRow
from kvartal.db.transaction import unit_of_work
from kvartal.errors import KvartalError
from kvartal.events import emit
from kvartal.housing.models import Organization
from kvartal.live import touch
from kvartal.text import LAST_RESORT, say

__all__ = ["Appointed", "CannotAppoint", "appoint"]

NAME_LENGTH = 300

log = structlog.get_logger("kvartal.auth")


class CannotAppoint(KvartalError):
    """What the operator has given makes no administrator: one sentence says why."""


@dataclass(frozen=True, slots=True)
class Appointed:
    """Whose administrator it is, the rights that were new to the role, and a link for a password.

    The link, or without a page of the installation's own its token, is of who has no password yet.
    """

    organization: str
    added: tuple[str, ...]
    link: str | None


async def appoint(
    email: str, permissions: Collection[str], *, number: int, name: str | None = None
) -> Appointed:
    """Give somebody all these rights in the organization, which is made if it has a ``name``.

    Again for the same person it changes nothing but gives the role what rights it lacks.
    """
    address = normal_email(email)
    if address is None:
        raise CannotAppoint(f"{email} is not an e-mail address")
    title = say("ROLE_ADMINISTRATOR", LAST_RESORT)
    now = clock.now()
    async with unit_of_work():
        organization = await _organization(number, name)
        await changes.lock_staff(organization.id)
        person = await changes.user_with_email(address, now=now)
        employee_id, is_taken_on = await _employee(organization.id, person.user_id, title, now)
        role, added = await _role(organization.id, title, sorted(permissions), now)
        is_given = role.id not in await changes.role_ids_of(employee_id)
        if is_given:
            await changes.add_roles(organization.id, employee_id, [role.id], now=now)
        link = None if person.has_password else await _link(address, organization.id, now)
        touch(person_topic(person.user_id))
        if added:
            _tell_role(organization.id, role.id, added, by=employee_id)
        if is_taken_on or is_given:
            _tell_employee(organization.id, role.id, by=employee_id)
        if added or is_taken_on or is_given:
            record(
                "kvartal.administrator_appointed",
                organization_id=organization.id,
                object_kind="Employee",
                object_id=employee_id,
                facts={"rights": added},
            )
    log.info("auth.administrator_appointed", employee=str(employee_id), rights=len(added))
    return Appointed(organization.name, tuple(added), link)


async def _organization(number: int, name: str | None) -> Organization:
    found = await Organization.get_or_none(number=number)
    if found is not None:
        return found
    if name is None:
        raise CannotAppoint(f"There is no organization {number}: --name makes it")
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH:
        raise CannotAppoint(f"An organization's name has 1 to {NAME_LENGTH} characters")
    return await Organization.create(number=number, name=name)


async def _employee(
    organization_id: UUID, user_id: UUID, full_name: str, now: datetime
) -> tuple[UUID, bool]:
    """The person's place in the organization, for all its buildings, and whether it is new."""
    found = await models.Employee.get_or_none(organization_id=organization_id, user_id=user_id)
    if found is None:
        employee_id = await changes.employ(organization_id, user_id, full_name, now=now)
        await changes.touch(employee_id, now=now, all_buildings=True)
        return employee_id, True
    if found.archived_at is None and found.all_buildings:
        return found.id, False
    await models.Employee.filter(id=found.id).update(archived_at=None)
    await changes.touch(found.id, now=now, all_buildings=True)
    return found.id, True


async def _role(
    organization_id: UUID, title: str, wanted: list[str], now: datetime
) -> tuple[RoleRow, list[str]]:
    """The administrators' role, and the rights that it has got."""
    present = await roles.roles_of_organization(organization_id)
    found = [role for role in present if role.title.lower() == title.lower()]
    if found:
        [role] = found
    else:
        made = await models.Role.create(organization_id=organization_id, title=title)
        role = await roles.role_by_id(made.id)
    added = [each for each in wanted if each not in role.permissions]
    if added:
        await roles.change_permissions(role, added=added, removed=(), now=now)
        version = role.version + (1 if found else 0)
        await models.Role.filter(id=role.id).update(version=version, updated_at=now)
    return role, added


async def _link(email: str, organization_id: UUID, now: datetime) -> str:
    link_id = await issue_link(
        email,
        ResetKind.INVITATION,
        organization_id=organization_id,
        locale=LAST_RESORT,
        now=now,
    )
    token = tokens.reset_token(link_id, policy().reset_keys[0])
    return link_of(token, policy().password_url)


def _tell_role(organization_id: UUID, role_id: UUID, added: list[str], *, by: UUID) -> None:
    touch(staff_topic(organization_id))
    emit(RoleChanged(organization_id=organization_id, role_id=role_id, by=by, added=tuple(added)))


def _tell_employee(organization_id: UUID, role_id: UUID, *, by: UUID) -> None:
    touch(staff_topic(organization_id))
    emit(
        EmployeeChanged(
            organization_id=organization_id,
            employee_id=by,
            by=by,
            roles_added=(role_id,),
            all_buildings=True,
        )
    )
