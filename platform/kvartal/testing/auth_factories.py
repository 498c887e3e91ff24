"""People with credentials and rights for tests: each call makes one and returns it."""

from collections.abc import Collection, Iterable
from itertools import count
from uuid import UUID

from kvartal import clock
from kvartal.auth import models, tokens
from kvartal.auth.actor import Actor
from kvartal.auth.passwords import hash_password
from kvartal.auth.rules import SessionChannel
from kvartal.auth.service_tokens.queries import token_by_id
from kvartal.auth.service_tokens.service import IssuedServiceToken
from kvartal.auth.sessions.service import authenticate, open_session
from kvartal.housing.models import Building, Organization, Premise, Residency, Resident
from kvartal.mail import Message

__all__ = [
    "Mailbox",
    "Telephones",
    "a_resident_user",
    "a_role",
    "a_service_token",
    "a_user",
    "actor_of",
    "an_employee",
    "token_of",
]

_numbers = count(1)


class Telephones:
    """A sender of one-time codes that keeps them: telephone and code, the latest last."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    async def send(self, phone: str, code: str) -> None:
        """Bring a code to a telephone."""
        self.got.append((phone, code))

    @property
    def code(self) -> str:
        """The latest code."""
        return self.got[-1][1]


class Mailbox(list[Message]):
    """A mailer that keeps the letters, the latest last."""

    async def __call__(self, message: Message) -> None:
        self.append(message)


Person = models.User | models.Employee | IssuedServiceToken


async def a_user(
    *,
    email: str | None = None,
    phone: str | None = None,
    password: str | None = None,
    is_active: bool = True,
) -> models.User:
    """A person who may sign in by what is given; without anything they have an e-mail."""
    if email is None and phone is None:
        email = f"user-{next(_numbers)}@example.org"
    return await models.User.create(
        email=email,
        phone=phone,
        password_hash=await hash_password(password) if password is not None else None,
        is_active=is_active,
    )


async def a_role(
    organization: Organization, permissions: Collection[str], title: str | None = None
) -> models.Role:
    """A role of an organization with these permissions."""
    role = await models.Role.create(
        organization=organization, title=title or f"Роль {next(_numbers)}"
    )
    await models.RolePermission.bulk_create(
        models.RolePermission(organization=organization, role=role, permission=permission)
        for permission in permissions
    )
    return role


async def an_employee(
    organization: Organization,
    *,
    permissions: Collection[str] = (),
    buildings: Iterable[Building] | None = None,
    user: models.User | None = None,
    full_name: str = "Иванова Мария Петровна",
    is_archived: bool = False,
) -> models.Employee:
    """An employee with a role of these permissions; with all buildings, or with those given."""
    employee = await models.Employee.create(
        organization=organization,
        user=user or await a_user(),
        full_name=full_name,
        all_buildings=buildings is None,
        archived_at=clock.now() if is_archived else None,
    )
    await models.BuildingAccess.bulk_create(
        models.BuildingAccess(organization=organization, employee=employee, building=building)
        for building in buildings or ()
    )
    if permissions:
        role = await a_role(organization, permissions)
        await models.EmployeeRole.create(organization=organization, employee=employee, role=role)
    return employee


async def a_resident_user(
    organization: Organization,
    *,
    premises: Iterable[Premise] = (),
    user: models.User | None = None,
    full_name: str = "Петров Иван Сергеевич",
) -> models.User:
    """A person with a telephone who is a resident of these premises of the organization."""
    user = user or await a_user(phone=f"+7900{next(_numbers):07}")
    resident = await Resident.create(
        organization=organization, user=user, full_name=full_name, phone=user.phone
    )
    await Residency.bulk_create(
        Residency(organization=organization, resident=resident, premise=premise)
        for premise in premises
    )
    return user


async def a_service_token(
    organization: Organization,
    *,
    permissions: Collection[str] = (),
    buildings: Iterable[Building] | None = None,
    title: str = "Биллинг",
) -> IssuedServiceToken:
    """An integrator's token in an organization; for all buildings, or for those given."""
    token = tokens.new_service_token()
    row = await models.ServiceToken.create(
        organization=organization,
        title=title,
        token_hash=tokens.fingerprint(token),
        all_buildings=buildings is None,
    )
    await models.ServiceTokenPermission.bulk_create(
        models.ServiceTokenPermission(
            organization=organization, service_token=row, permission=permission
        )
        for permission in permissions
    )
    await models.ServiceTokenBuilding.bulk_create(
        models.ServiceTokenBuilding(organization=organization, service_token=row, building=building)
        for building in buildings or ()
    )
    return IssuedServiceToken(await token_by_id(row.id), token)


async def token_of(person: Person, channel: SessionChannel | None = None) -> str:
    """A bearer token: an employee's for the CRM unless said, a user's for the resident app."""
    if isinstance(person, IssuedServiceToken):
        return person.token
    user_id: UUID = person.id
    usual = SessionChannel.RESIDENT_APP
    if isinstance(person, models.Employee):
        user_id, usual = person.user_id, SessionChannel.CRM
    return (await open_session(user_id, channel or usual)).access_token


async def actor_of(person: Person, channel: SessionChannel | None = None) -> Actor:
    """The actor that a request with this person's token has."""
    return await authenticate(await token_of(person, channel))
