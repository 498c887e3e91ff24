"""Every mutation of the schema leaves its row in the audit log: proven by making each of them."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLInputObjectType
from tests.access.operations import operations
from tests.access.scene import Scene, staged
from tests.access.secrets import Snapshot, snapshot
from tests.access.values import NOT_WALKED
from tests.access.world import PASSWORD

from kvartal.audit.rules import Secrecy
from kvartal.auth.actor import Actor
from kvartal.auth.models import EmployeeRole
from kvartal.db.connection import Record, execute, fetch
from kvartal.graphql.schema import Schema, build_schema
from kvartal.graphql.telling import secrecy_of
from kvartal.testing.auth_factories import a_role, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import TestHost, rolled_back

UNAUDITED = {"refreshSession", "renameMeter", "requestPasswordReset", "requestSignInCode"}
# Of a person, wherever they work: whoever works in one organization alone is in its log.
OF_PERSONS = {"changePassword", "revokeOtherSessions", "revokeSession", "signOut"}
# What stands in the way of a mutation with the walk's values.
AWAY = {
    "Quarter": "UPDATE kvartal_building SET quarter_id = NULL",
    "BuildingGroup": "DELETE FROM kvartal_building_group_member",
    "addBuildingsToGroup": "DELETE FROM kvartal_building_group_member",
    "moveBuildings": "UPDATE kvartal_building SET quarter_id = NULL",
    "deleteRole": "DELETE FROM kvartal_employee_role",
    "addResident": "DELETE FROM kvartal_residency",
}
# The walk's values are refused: the tests of their features make them succeed.
ELSEWHERE = {
    "addMeter",
    "attachMeterDocument",
    "createEmployee",
    "removeMeterDocument",
    "replaceMeter",
    "resetPassword",
    "signInEmployee",
    "signInResident",
    "updateMeter",
}
_HEAD = re.compile(r"mutation Walk(\([^{]*\))? \{ \w+(\([^)]*\))?")
SECRETS = {"code", "deviceToken", "newPassword", "oldPassword", "password", "refreshToken", "token"}
PERSONAL = {"email", "phone"}


def mutations(schema: Schema) -> Mapping[str, Any]:
    """The mutations of a schema, each with what it declares."""
    root = schema._schema.mutation_type
    assert root is not None
    return {
        name: field.extensions["strawberry-definition"].metadata
        for name, field in root.fields.items()
    }


def test_what_leaves_no_row_says_why(host: TestHost) -> None:
    declared = mutations(build_schema(host.host.registry.plugins))

    assert {name for name, each in declared.items() if each["unaudited"]} == UNAUDITED


async def test_every_mutation_that_succeeds_leaves_one_row(
    gql: GraphQLClient, host: TestHost
) -> None:
    async with staged(gql, host.host) as scene:
        actors = (await _of_both(scene), scene.victim.resident)
        rows = await snapshot()
        left: dict[str, list[Record]] = {}
        for name in sorted(mutations(scene.schema).keys() - NOT_WALKED.keys()):
            for actor in actors:
                found = await _rows_left(scene, name, actor, rows)
                if found is not None:
                    left.setdefault(name, found)

    told = {name: [each["action"] for each in rows] for name, rows in left.items()}
    assert told == {name: [] if name in UNAUDITED else [name] for name in told}
    missed = mutations(scene.schema).keys() - told.keys() - UNAUDITED - NOT_WALKED.keys()
    assert missed - ELSEWHERE == set()
    own = scene.victim.organization.id
    nobodys = {name for name, rows in left.items() for row in rows if row["organization_id"] != own}
    assert nobodys <= OF_PERSONS
    assert all(row["actor_name"] for rows in left.values() for row in rows)
    assert not any(PASSWORD in str(dict(row)) for rows in left.values() for row in rows)


def test_secrets_and_personal_data_of_inputs_are_declared(host: TestHost) -> None:
    schema = build_schema(host.host.registry.plugins)
    found: dict[Secrecy | None, set[str]] = {}
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            definition: Any = kind.extensions["strawberry-definition"]
            for field in definition.fields:
                name = schema.config.name_converter.from_field(field)
                found.setdefault(field.metadata.get(Secrecy), set()).add(name)
                assert secrecy_of(field) is field.metadata.get(Secrecy), name

    assert found[Secrecy.SECRET] >= SECRETS
    assert found[Secrecy.PERSONAL] >= PERSONAL
    assert found[None] & (SECRETS | PERSONAL) == set()


async def _of_both(scene: Scene) -> Actor:
    """An employee of two organizations: their credential does not tell whose a thing is."""
    employee = scene.victim.rows["Employee"]
    second = await an_employee(scene.other.organization, user=await employee.user)
    role = await a_role(scene.other.organization, scene.other.permissions)
    await EmployeeRole.create(organization=scene.other.organization, employee=second, role=role)
    return await actor_of(employee)


async def _rows_left(
    scene: Scene, name: str, actor: Actor, before: Snapshot
) -> list[Record] | None:
    """The rows that a mutation leaves; None if it was refused, or there was nothing to do."""
    async with rolled_back():
        for ending, sql in AWAY.items():
            if name.endswith(ending) and not name.startswith(("create", "update")):
                await execute(sql)
        if name.startswith("restore"):
            await _made(scene, name.replace("restore", "archive"), actor)
        earlier = {row["id"] for row in await fetch("SELECT id FROM kvartal_audit_entry")}
        is_done = await _made(scene, name, actor)
        rows = await fetch("SELECT * FROM kvartal_audit_entry")
        found = [row for row in rows if row["id"] not in earlier]
        if is_done and (found or name in UNAUDITED):
            return found
        assert found == [], name
        if is_done:  # nothing to do is all that excuses
            assert await snapshot() == before, f"{name} changes something and leaves no row"
        return None


async def _made(scene: Scene, name: str, actor: Actor) -> bool:
    """Make a mutation with the values of the walk; whether it has succeeded."""
    [operation] = operations(scene.schema, scene.victim, name)
    head = _HEAD.match(operation.document)
    assert head is not None
    answer = await scene.client(
        f"{head[0]} {{ errors {{ code }} }} }}", operation.variables, actor=actor
    )
    data = (answer.get("data") or {}).get(name)
    return data is not None and not data["errors"]
