"""Filling an empty database with the demo, in one transaction: all of it or nothing."""

import importlib
from datetime import datetime
from pathlib import Path
from typing import Any

from kvartal import clock
from kvartal.auth import models as auth
from kvartal.auth.passwords import hash_password
from kvartal.auth.staff.service.appointing import appoint
from kvartal.auth.tokens import fingerprint
from kvartal.db.connection import execute, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.demo.beside import DemoServer
from kvartal.demo.estate import plan_estate
from kvartal.demo.ids import demo_id
from kvartal.demo.inhabitants import SERVICE_TOKEN, plan_people
from kvartal.demo.people import EMPLOYEES, PASSWORD
from kvartal.demo.places import Tenant
from kvartal.demo.rows import insert
from kvartal.errors import KvartalError
from kvartal.housing import models as housing
from kvartal.housing.api import refresh_search
from kvartal.registry import Registry
from kvartal.services import models as services

__all__ = [
    "ForeignData",
    "everyday_permissions",
    "integrator_permissions",
    "journey",
    "prepare_sign_ins",
    "refuse_foreign",
    "seed",
    "seeded_at",
    "servers",
]

ORDER = (
    housing.Organization,
    housing.Quarter,
    housing.BuildingGroup,
    housing.Building,
    housing.BuildingGroupMember,
    housing.Premise,
    housing.Account,
    services.Service,
    auth.User,
    housing.Resident,
    housing.Residency,
    auth.Employee,
    auth.Role,
    auth.RolePermission,
    auth.EmployeeRole,
    auth.BuildingAccess,
    auth.ServiceToken,
    auth.ServiceTokenPermission,
)


class ForeignData(KvartalError):
    """The database is somebody's: the demo leaves it as it is."""


def everyday_permissions(registry: Registry) -> list[str]:
    """What the demo's operator may do: what residents may, but everywhere."""
    rights = registry.permissions
    return sorted(code for code, right in rights.items() if right.for_residents)


def integrator_permissions(registry: Registry) -> list[str]:
    """What the demo's integrator may do: all that, and whatever another system sends in bulk."""
    bulk = (code for code in registry.permissions if code.endswith(".register"))
    return sorted({*everyday_permissions(registry), *bulk})


async def refuse_foreign() -> None:
    """ForeignData unless the database is empty or the demo's; asked before it is migrated."""
    tables = await fetch_one(
        """
        SELECT count(*) AS found, to_regclass('kvartal_organization') IS NOT NULL AS is_kvartal
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND c.relname <> 'aerich'
        """
    )
    assert tables is not None
    if tables["is_kvartal"]:
        is_foreign = await seeded_at() is None and await _has_owners()
    else:
        is_foreign = tables["found"] > 0
    if is_foreign:
        raise ForeignData(
            "The database at DATABASE_URL holds data that are not the demo's:"
            " give the address of an empty one, or unset DATABASE_URL."
        )


async def _has_owners() -> bool:
    row = await fetch_one(
        "SELECT EXISTS (SELECT FROM kvartal_organization UNION ALL SELECT FROM kvartal_user) AS has"
    )
    return row is not None and bool(row["has"])


async def seeded_at() -> datetime | None:
    """When the demo's data were made, if they are there."""
    row = await fetch_one(
        "SELECT created_at FROM kvartal_organization WHERE id = $1",
        demo_id("organization", Tenant.COMPANY),
    )
    return row["created_at"] if row else None


async def seed(registry: Registry, token: str) -> datetime:
    """Make the data unless they are there; when they were made."""
    existing = await seeded_at()
    if existing is not None:
        await _give_new_rights(registry)
        return existing
    now = clock.now()
    permissions = sorted(registry.permissions)
    estate = plan_estate(now, permissions)
    people = plan_people(
        estate,
        permissions=permissions,
        everyday=everyday_permissions(registry),
        integrator=integrator_permissions(registry),
        password_hash=await hash_password(PASSWORD),
        token_hash=fingerprint(token),
    )
    modules = _demo_modules(registry)
    async with unit_of_work():
        await insert([*estate.rows, *people], ORDER)
        await refresh_search(buildings=[house.building.id for house in estate.houses.values()])
        for module in modules:
            await module.seed(estate)
    return now


async def _give_new_rights(registry: Registry) -> None:
    """Give the administrators the rights of plugins that are on since the data were made."""
    for employee in EMPLOYEES:
        if employee.houses is None:
            organization = await housing.Organization.get(
                id=demo_id("organization", employee.tenant)
            )
            await appoint(employee.email, registry.permissions, number=organization.number)


def journey(registry: Registry) -> list[str]:
    """What to try, as the plugins tell it."""
    return [line for module in _demo_modules(registry) for line in getattr(module, "JOURNEY", ())]


def servers(registry: Registry, root: Path) -> list[DemoServer]:
    """What plugins have beside the product, each in its folder under ``root``."""
    offered = (getattr(module, "server", None) for module in _demo_modules(registry))
    made = (offer(root) for offer in offered if offer is not None)
    return [each for each in made if each is not None]


def _demo_modules(registry: Registry) -> list[Any]:
    """The modules that fill the demo, in the order of their plugins."""
    names = [each.plugin.demo for each in registry.plugins]
    return [importlib.import_module(name) for name in names if name]


async def prepare_sign_ins(token: str) -> None:
    """Have the integrator's token be this one, and every resident get a new code at once."""
    await execute(
        "UPDATE kvartal_service_token SET token_hash = $2, revoked_at = NULL WHERE id = $1",
        SERVICE_TOKEN,
        fingerprint(token),
    )
    # The clock may have been set back: what was counted in what is the future now bars for long.
    await execute("DELETE FROM kvartal_one_time_code")
    await execute("DELETE FROM kvartal_attempt_budget")
