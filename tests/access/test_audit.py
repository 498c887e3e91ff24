"""Every mutation of the schema leaves its row in the audit log: proven by making each of them."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLInputObjectType
from tests.access.operations import Operation, operations
from tests.access.scene import Scene, staged
from tests.access.values import NOT_WALKED
from tests.access.world import PASSWORD

from kvartal.audit.rules import Secrecy
from kvartal.auth.actor import Actor
from kvartal.auth.models import EmployeeRole
from kvartal.db.connection import Record, fetch
from kvartal.graphql.schema import Schema, build_schema
from kvartal.graphql.telling import secrecy_of
from kvartal.testing.auth_factories import a_role, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import TestHost, rolled_back

UNAUDITED = {"refreshSession", "renameMeter", "requestPasswordReset", "requestSignInCode"}
# Of a person, wherever they work: whoever works in one organization alone is in its log.
OF_PERSONS = {"changePassword", "revokeOtherSessions", "revokeSession", "signOut"}
# The walk's values are refused, or change nothing: the tests of their features make them succeed.
ELSEWHERE = {
    "addResident",
    "createEmployee",
    "deleteRole",
    "resetPassword",
    "signInEmployee",
    "signInResident",
}
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
        left: dict[str, list[Record]] = {}
        for name in mutations(scene.schema).keys() - NOT_WALKED.keys():
            for operation in operations(scene.schema, scene.victim, name):
                for actor in actors:
                    rows = await _rows_left(scene, operation, actor)
                    if rows is not None:
                        left.setdefault(name, rows)

    told = {name: [each["action"] for each in rows] for name, rows in left.items()}
    assert told == {name: [] if name in UNAUDITED else [name] for name in told}
    assert mutations(scene.schema).keys() - told.keys() - NOT_WALKED.keys() == ELSEWHERE
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


async def _rows_left(scene: Scene, operation: Operation, actor: Actor) -> list[Record] | None:
    """The rows that a mutation leaves; None if it did not succeed, or had nothing to do."""
    async with rolled_back():
        before = {row["id"] for row in await fetch("SELECT id FROM kvartal_audit_entry")}
        answer = await scene.client(operation.document, operation.variables, actor=actor)
        rows = await fetch("SELECT * FROM kvartal_audit_entry")
        data = (answer.get("data") or {}).get(operation.field)
        found = [row for row in rows if row["id"] not in before]
        if data is None or data["errors"]:
            assert found == [], operation
            return None
        return found if found or operation.field in UNAUDITED else None
