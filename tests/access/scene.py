"""The scene of the walk: the tenant that is spied on, another one, and the strangers."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.access.operations import Operation
from tests.access.secrets import Key, Secrets, Snapshot, snapshot
from tests.access.told import LIVED, TOLD
from tests.access.walk import Stranger, faults, run
from tests.access.world import Tenant, a_tenant

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import EmployeeRole
from kvartal.graphql.schema import Schema, build_schema
from kvartal.host import Host
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_role,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise
from kvartal_notifications.testing.factories import offering

__all__ = ["Scene", "staged"]

NOON = datetime.fromisoformat("2026-11-20T12:00:00+03:00")
# What belongs to a building, and not to the organization as a whole; the log tells of them all.
OF_BUILDINGS = (
    "kvartal_account",
    "kvartal_audit_entry",
    "kvartal_building",
    "kvartal_premise",
    "kvartal_residency",
    "kvartal_resident",
    "kvartal_service_order",
    "kvartal_stored_file",
    "integration_operation",
    "integration_operation_entry",
    "meters_collective_details",
    "meters_meter",
    "meters_name",
    "meters_reading",
    "meters_reading_revision",
    "notifications_notification",
)


@dataclass(frozen=True)
class Scene:
    """All that a walk needs; ``rows`` are the database's, ``victims`` the keys of the tenant's."""

    client: GraphQLClient
    schema: Schema
    victim: Tenant
    other: Tenant
    victims: frozenset[Key]
    rows: Snapshot
    secrets: Secrets
    strangers: Sequence[Stranger]

    async def walk(
        self, chosen: Iterable[Operation], strangers: Sequence[Stranger] | None = None
    ) -> list[str]:
        """What is wrong with these operations on behalf of strangers, a sentence each."""
        return [
            sentence
            for operation in chosen
            for stranger in strangers or self.strangers
            for sentence in faults(
                operation,
                stranger,
                await run(self.client, operation, stranger.actor, self.rows),
                self.rows,
                self.secrets,
            )
        ]


@asynccontextmanager
async def staged(client: GraphQLClient, host: Host) -> AsyncIterator[Scene]:
    """The scene, on a Friday noon while every window is open."""
    permissions = sorted(host.registry.permissions)
    with clock.frozen(NOON), offering(LIVED, TOLD):
        earlier = await snapshot()
        victim = await a_tenant("Сокровенная", 41017, permissions)
        present = await snapshot()
        victims = frozenset(present.keys() - earlier.keys())
        other = await a_tenant("Посторонняя", 52019, permissions)
        strangers = await _strangers(victim, other, victims)
        rows = await snapshot()
        yield Scene(
            client=client,
            schema=build_schema(host.registry.plugins),
            victim=victim,
            other=other,
            victims=victims,
            rows=rows,
            secrets=Secrets(
                {key: rows[key] for key in victims},
                [content for key, content in rows.items() if key not in victims],
            ),
            strangers=strangers,
        )


async def _strangers(victim: Tenant, other: Tenant, victims: frozenset[Key]) -> Sequence[Stranger]:
    def outside(name: str, actor: Actor, own: Tenant | None = other) -> Stranger:
        return Stranger(
            name=name, actor=actor, own=own, hidden=victims, fixed=victims, is_outside=True
        )

    return (
        outside("anonymous", ANONYMOUS, None),
        outside("an employee of another tenant", other.employee),
        outside("a resident of another tenant", other.resident),
        outside("an integrator of another tenant", other.service),
        await _neighbour(victim, victims),
        await _employee_of_another_building(victim, victims),
        Stranger(
            name="an employee without rights",
            actor=await actor_of(await an_employee(victim.organization)),
            hidden=frozenset(),
            fixed=victims,
        ),
        Stranger(
            name="an employee with rights in another tenant alone",
            actor=await _employee_of_both(victim, other),
            own=other,
            hidden=frozenset(),
            fixed=victims,
            without=victims,
        ),
    )


async def _neighbour(victim: Tenant, victims: frozenset[Key]) -> Stranger:
    """A resident of another premise of the same building."""
    premise = await a_premise(building=victim.rows["Building"], number="16")
    user = await a_resident_user(victim.organization, premises=[premise])
    return Stranger(
        name="a neighbour",
        actor=await actor_of(user),
        own=victim.with_rows({"Premise": premise}),
        hidden=frozenset(key for key in victims if key[1] not in victim.house_ids),
        fixed=victims,
    )


async def _employee_of_another_building(victim: Tenant, victims: frozenset[Key]) -> Stranger:
    """An employee with all rights, in a building of the same tenant."""
    building = await a_building(organization=victim.organization)
    premise = await a_premise(building=building)
    employee = await an_employee(
        victim.organization, permissions=victim.permissions, buildings=[building]
    )
    of_buildings = frozenset(key for key in victims if key[0] in OF_BUILDINGS)
    return Stranger(
        name="an employee of another building",
        actor=await actor_of(employee),
        own=victim.with_rows({"Building": building, "Premise": premise}),
        hidden=of_buildings,
        fixed=of_buildings,
    )


async def _employee_of_both(victim: Tenant, other: Tenant) -> Actor:
    user = await a_user()
    employee = await an_employee(other.organization, user=user)
    role = await a_role(other.organization, other.permissions)
    await EmployeeRole.create(organization=other.organization, employee=employee, role=role)
    await an_employee(victim.organization, user=user)
    return await actor_of(employee)
