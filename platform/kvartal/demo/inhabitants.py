"""The people of the demo as rows: residents, employees with their roles, the integrator."""

from collections.abc import Collection, Iterator
from typing import Any

from tortoise.models import Model

from kvartal.auth.models import (
    BuildingAccess,
    Employee,
    EmployeeRole,
    Role,
    RolePermission,
    ServiceToken,
    ServiceTokenPermission,
    User,
)
from kvartal.demo.estate import DemoEstate, Home, House, resident_of
from kvartal.demo.ids import demo_id, dice
from kvartal.demo.names import full_name
from kvartal.demo.people import EMPLOYEES, RESIDENTS, EmployeeSignIn
from kvartal.demo.places import HOUSES, Tenant
from kvartal.housing.models import Residency, Resident

__all__ = ["SERVICE_TOKEN", "plan_people"]

SERVICE_TOKEN = demo_id("service token")
_SECOND_RESIDENT = 0.4


def plan_people(
    estate: DemoEstate,
    *,
    permissions: Collection[str],
    everyday: Collection[str],
    integrator: Collection[str],
    password_hash: str,
    token_hash: str,
) -> Iterator[Model]:
    """Everybody; ``everyday`` are the operator's permissions, ``integrator`` the token's."""
    made = {"created_at": estate.now, "updated_at": estate.now}
    for signed_in in RESIDENTS:
        yield User(id=demo_id("user", signed_in.phone), phone=signed_in.phone, **made)
    for house in estate.houses.values():
        for home in house.homes:
            yield from _residents(house, home, made)
    for employee in EMPLOYEES:
        yield from _employee(estate, employee, permissions, everyday, password_hash, made)
    yield from _integrator(estate, integrator, token_hash, made)


def _residents(house: House, home: Home, made: dict[str, Any]) -> Iterator[Model]:
    signed_in = resident_of(home.key)
    if signed_in is not None:
        name, phone = signed_in.full_name, signed_in.phone
        key: tuple[object, ...] = (HOUSES[house.key].tenant, phone)
    else:
        name, phone, key = full_name(*home.key), _phone(house, home, 1), home.key
        if home.user_id is not None:
            yield User(id=home.user_id, phone=phone, **made)
    if signed_in is None or home.key == signed_in.homes[0]:
        yield Resident(
            id=demo_id("resident", *key),
            organization_id=home.premise.organization_id,
            user_id=home.user_id,
            full_name=name,
            phone=phone,
            **made,
        )
    yield _residency(home, made, *key)
    if signed_in is None and dice("second", *home.key).random() < _SECOND_RESIDENT:
        yield Resident(
            id=demo_id("resident", *home.key, 2),
            organization_id=home.premise.organization_id,
            full_name=full_name(*home.key, 2),
            phone=_phone(house, home, 2),
            **made,
        )
        yield _residency(home, made, *home.key, 2)


def _residency(home: Home, made: dict[str, Any], *resident: object) -> Residency:
    return Residency(
        id=demo_id("residency", *home.key, *resident),
        organization_id=home.premise.organization_id,
        premise_id=home.premise.id,
        resident_id=demo_id("resident", *resident),
        **made,
    )


def _phone(house: House, home: Home, person: int) -> str:
    number = list(HOUSES).index(house.key) + 1
    return f"+790{person}{number:03}{home.key.place:04}"


def _employee(
    estate: DemoEstate,
    employee: EmployeeSignIn,
    permissions: Collection[str],
    everyday: Collection[str],
    password_hash: str,
    made: dict[str, Any],
) -> Iterator[Model]:
    organization_id = estate.organizations[employee.tenant].id
    is_chief = employee.houses is None
    key: object = employee.tenant if is_chief else employee.email
    own = {"organization_id": organization_id, **made}
    user_id, employee_id, role_id = (demo_id(kind, key) for kind in ("user", "employee", "role"))
    yield User(id=user_id, email=employee.email, password_hash=password_hash, **made)
    yield Employee(
        id=employee_id,
        user_id=user_id,
        full_name=employee.full_name,
        all_buildings=is_chief,
        **own,
    )
    yield Role(id=role_id, title="Администратор" if is_chief else "Оператор", **own)
    for permission in permissions if is_chief else everyday:
        yield RolePermission(
            id=demo_id("right", key, permission), role_id=role_id, permission=permission, **own
        )
    yield EmployeeRole(id=demo_id("in role", key), employee_id=employee_id, role_id=role_id, **own)
    for house in employee.houses or ():
        yield BuildingAccess(
            id=demo_id("access", key, house),
            employee_id=employee_id,
            building_id=estate.houses[house].building.id,
            **own,
        )


def _integrator(
    estate: DemoEstate, permissions: Collection[str], token_hash: str, made: dict[str, Any]
) -> Iterator[Model]:
    own = {"organization_id": estate.organizations[Tenant.COMPANY].id, **made}
    yield ServiceToken(id=SERVICE_TOKEN, title="Биллинг", token_hash=token_hash, **own)
    for permission in permissions:
        yield ServiceTokenPermission(
            id=demo_id("token right", permission),
            service_token_id=SERVICE_TOKEN,
            permission=permission,
            **own,
        )
