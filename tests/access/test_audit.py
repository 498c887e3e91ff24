"""Every mutation of the schema leaves its row in the audit log: proven by making each of them."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from graphql import GraphQLInputObjectType
from tests.access.operations import operations
from tests.access.scene import Scene, staged
from tests.access.secrets import Snapshot, snapshot
from tests.access.values import NOT_WALKED
from tests.access.world import PASSWORD

from kvartal.audit.rules import Secrecy
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.codes import CodeIssue
from kvartal.auth.models import EmployeeRole, OneTimeCode, PasswordReset
from kvartal.auth.policy import policy
from kvartal.auth.tokens import reset_token
from kvartal.db.connection import Record, execute, fetch
from kvartal.graphql.schema import Schema, build_schema
from kvartal.graphql.telling import secrecy_of
from kvartal.testing.auth_factories import a_resident_user, a_role, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import TestHost, rolled_back

UNAUDITED = {
    "markNotificationsRead",
    "refreshSession",
    "renameMeter",
    "requestPasswordReset",
    "requestSignInCode",
}
# Done by people to themselves: it stands in the log of each organization that they belong to.
OWN_ACTS = {
    "changePassword",
    "registerDevice",
    "resetPassword",
    "revokeOtherSessions",
    "revokeSession",
    "signInEmployee",
    "signInResident",
    "signOut",
    "unregisterDevice",
    "updateNotificationPreferences",
}
# What stands in the way of a mutation with the walk's values.
AWAY = {
    "Quarter": "UPDATE kvartal_building SET quarter_id = NULL",
    "BuildingGroup": "DELETE FROM kvartal_building_group_member",
    "addBuildingsToGroup": "DELETE FROM kvartal_building_group_member",
    "moveBuildings": "UPDATE kvartal_building SET quarter_id = NULL",
    "deleteRole": "DELETE FROM kvartal_employee_role",
    "addResident": "DELETE FROM kvartal_residency",
    "runImport": "UPDATE integration_operation SET status = 'CANCELLED'",
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


async def test_every_mutation_leaves_a_row_with_the_organization_whose_thing_it_changes(
    gql: GraphQLClient, host: TestHost
) -> None:
    async with staged(gql, host.host) as scene:
        actors = await _of_both(scene)
        rows = await snapshot()
        left: dict[tuple[str, str], list[Record]] = {}
        for name in sorted(mutations(scene.schema).keys() - NOT_WALKED.keys()):
            for actor in actors:
                found = await _rows_left(scene, name, actor, rows)
                if found is not None:
                    left[name, actor.kind] = found

    own = [scene.victim.organization.id]
    both = sorted([*own, scene.other.organization.id])
    made = {name for name, _ in left}
    assert made | UNAUDITED == mutations(scene.schema).keys() - NOT_WALKED.keys()
    told = {
        key: sorted((row["action"], row["organization_id"]) for row in rows)
        for key, rows in left.items()
    }
    assert told == {
        (name, kind): [(name, each) for each in (both if name in OWN_ACTS else own)]
        if name not in UNAUDITED
        else []
        for name, kind in left
    }
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


async def _of_a_newcomer(scene: Scene) -> Mapping[str, Any]:
    return {"email": "newcomer@example.org"}


async def _of_the_owner(scene: Scene) -> Mapping[str, Any]:
    return {"password": PASSWORD}


async def _of_the_letter(scene: Scene) -> Mapping[str, Any]:
    await _made(scene, "requestPasswordReset", ANONYMOUS)
    link = await PasswordReset.get()
    return {"token": reset_token(link.id, policy().reset_keys[0])}


async def _of_the_telephone(scene: Scene) -> Mapping[str, Any]:
    await _made(scene, "requestSignInCode", ANONYMOUS)
    issued = await OneTimeCode.get(phone=scene.victim.phone)
    return {"code": policy().code(CodeIssue(issued.id, issued.issued_at))}


async def _of_the_uploader(scene: Scene) -> Mapping[str, Any]:
    await execute(
        "UPDATE kvartal_stored_file SET media_type = $2 WHERE id = $1",
        scene.victim.rows["StoredFile"].id,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    await execute(
        "UPDATE kvartal_organization SET external_id = 'код' WHERE id = $1",
        scene.victim.organization.id,
    )
    return {}


# What strangers do not know, so that the walk's own values are refused.
KNOWN = {
    "createEmployee": _of_a_newcomer,
    "importReadings": _of_the_uploader,
    "previewReadingsImport": _of_the_uploader,
    "resetPassword": _of_the_letter,
    "signInEmployee": _of_the_owner,
    "signInResident": _of_the_telephone,
}


async def _of_both(scene: Scene) -> tuple[Actor, Actor]:
    """People of two organizations: who they are does not tell whose a thing is."""
    employee, resident = scene.victim.rows["Employee"], scene.victim.rows["User"]
    elsewhere = scene.other.organization
    second = await an_employee(elsewhere, user=await employee.user)
    role = await a_role(elsewhere, scene.other.permissions)
    await EmployeeRole.create(organization=elsewhere, employee=second, role=role)
    await a_resident_user(elsewhere, premises=[scene.other.rows["Premise"]], user=resident)
    return await actor_of(employee), await actor_of(resident)


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
        known = await KNOWN[name](scene) if name in KNOWN else {}
        earlier = {row["id"] for row in await fetch("SELECT id FROM kvartal_audit_entry")}
        is_done = await _made(scene, name, actor, known)
        rows = await fetch("SELECT * FROM kvartal_audit_entry")
        found = [row for row in rows if row["id"] not in earlier]
        if is_done and (found or name in UNAUDITED):
            return found
        assert found == [], name
        if is_done:  # nothing to do is all that excuses
            assert await snapshot() == before, f"{name} changes something and leaves no row"
        return None


async def _made(
    scene: Scene, name: str, actor: Actor, known: Mapping[str, Any] = MappingProxyType({})
) -> bool:
    """Make a mutation with the values of the walk, and what is known; whether it has succeeded."""
    [operation] = operations(scene.schema, scene.victim, name)
    head = _HEAD.match(operation.document)
    assert head is not None
    given = {argument: {**value, **known} for argument, value in operation.variables.items()}
    answer = await scene.client(f"{head[0]} {{ errors {{ code }} }} }}", given, actor=actor)
    data = (answer.get("data") or {}).get(name)
    return data is not None and not data["errors"]
