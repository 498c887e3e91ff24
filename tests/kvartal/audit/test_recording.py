"""The rows that mutations leave by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from tests.kvartal.audit.conftest import Office

from kvartal.audit import service
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import Actor
from kvartal.context import Context
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.graphql.recording import recorded
from kvartal.housing.models import Premise
from kvartal.testing.auth_factories import (
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise
from kvartal.testing.watch import QueryCounter

CREATE = """
mutation Create($input: CreatePremiseInput!) {
  createPremise(input: $input) { premise { id } errors { code } }
}
"""
UPDATE = """
mutation Update($input: UpdatePremiseInput!) {
  updatePremise(input: $input) { premise { id } errors { code } }
}
"""
RESTORE = """
mutation Restore($input: PlaceInput!) {
  restorePremise(input: $input) { premise { id } errors { code } }
}
"""
REGISTER = """
mutation Register($input: RegisterPremisesInput!) {
  registerPremises(input: $input) { registration { created } errors { code } }
}
"""
SIGN_IN = """
mutation SignIn($input: SignInEmployeeInput!) {
  signInEmployee(input: $input) { session { accessToken } errors { code } }
}
"""
MOVE = """
mutation Move($input: GroupMembersInput!) {
  addBuildingsToGroup(input: $input) { buildings { id } errors { code } }
}
"""
PASSWORD = "кошка спит на батарее"


class Made:
    """What came of mutations."""

    def __init__(self, gql: GraphQLClient, office: Office) -> None:
        self.gql, self.office = gql, office

    async def __call__(
        self,
        document: str,
        given: Mapping[str, Any],
        actor: Actor | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        return await self.gql(
            document, {"input": dict(given)}, actor=actor or self.office.chief, headers=headers
        )

    async def premise(self, number: str = "15", **more: Any) -> dict[str, Any]:
        given = {"buildingId": encode_id("Building", self.office.building.id), "number": number}
        return await self(CREATE, given, **more)


@pytest.fixture
def made(gql: GraphQLClient, office: Office) -> Made:
    return Made(gql, office)


async def rows() -> list[AuditEntry]:
    return await AuditEntry.all().order_by("created_at", "id")


async def test_a_change_leaves_who_what_where_and_how(made: Made, office: Office) -> None:
    await made.premise(headers={"X-Request-Id": "asked-1"})

    [row] = await rows()
    premise = await Premise.get(number="15")
    kept = {name: getattr(row, name) for name in AuditEntry._meta.fields_db_projection}
    assert {name: kept[name] for name in kept.keys() - {"id", "created_at", "updated_at"}} == {
        "organization_id": office.organization.id,
        "actor_kind": "EMPLOYEE",
        "user_id": office.chief.user_id,
        "session_id": office.chief.session_id,
        "service_token_id": None,
        "actor_name": "Главная Мария",
        "action": "createPremise",
        "object_kind": "Premise",
        "object_id": premise.id,
        "input": {
            "buildingId": encode_id("Building", office.building.id),
            "number": "15",
            "kind": "RESIDENTIAL",
            "externalId": None,
        },
        "changes": None,
        "request_id": "asked-1",
        "channel": office.chief.channel,
        "address": row.address,
    }


async def test_an_update_tells_what_was_and_what_is(made: Made, office: Office) -> None:
    premise = await a_premise(building=office.building, number="14", external_id="x")

    await made(UPDATE, {"id": encode_id("Premise", premise.id), "number": "15", "externalId": None})

    [row] = await rows()
    assert row.changes == {"number": ["14", "15"], "external_id": ["x", None]}
    assert isinstance(row.input, dict)
    assert row.input["externalId"] is None


async def test_what_is_refused_leaves_nothing(made: Made, office: Office) -> None:
    await a_premise(building=office.building, number="15")
    nobody = await actor_of(await an_employee(office.organization, permissions=[]))

    refused = await made.premise("15")
    forbidden = await made.premise("16", actor=nobody)

    assert refused["data"]["createPremise"]["errors"] == [{"code": "PREMISE_NUMBER_TAKEN"}]
    assert [each["extensions"]["code"] for each in forbidden["errors"]] == ["FORBIDDEN"]
    assert await rows() == []


async def test_what_fails_leaves_neither_change_nor_row(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("kvartal.graphql.recording._entry", fail)
    answer = await made.premise()

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["INTERNAL"]
    assert await Premise.filter(number="15").count() == 0
    assert await rows() == []


async def test_what_was_so_already_leaves_nothing(made: Made, office: Office) -> None:
    premise = await a_premise(building=office.building)

    answer = await made(RESTORE, {"id": encode_id("Premise", premise.id)})

    assert answer["data"]["restorePremise"]["errors"] == []
    assert await rows() == []


async def test_each_mutation_of_a_document_leaves_its_own(made: Made, office: Office) -> None:
    fields = " ".join(
        f'p{n}: createPremise(input: {{ buildingId: $building, number: "{n}" }})'
        " { errors { code } }"
        for n in range(3)
    )
    await made.gql(
        f"mutation Three($building: ID!) {{ {fields} }}",
        {"building": encode_id("Building", office.building.id)},
        actor=office.chief,
    )

    numbers = [row.input["number"] for row in await rows() if isinstance(row.input, dict)]
    assert sorted(numbers) == ["0", "1", "2"]


async def test_a_repetition_under_a_key_leaves_no_other(made: Made) -> None:
    key = {"Idempotency-Key": "once"}

    first = await made.premise(headers=key)
    again = await made.premise(headers=key)

    assert first == again
    assert len(await rows()) == 1


async def test_a_token_is_named_by_its_title(made: Made, office: Office) -> None:
    token = await actor_of(
        await a_service_token(
            office.organization, permissions=["housing.premise.edit"], title="Биллинг"
        )
    )

    await made.premise(actor=token)

    [row] = await rows()
    assert (row.actor_kind, row.actor_name, row.user_id) == ("SERVICE", "Биллинг", None)
    assert row.service_token_id == token.memberships[0].employee_id


@pytest.mark.parametrize(("count", "told"), [(20, 20), (21, {"count": 21})])
async def test_of_many_rows_the_number_is_told(
    made: Made, office: Office, count: int, told: object
) -> None:
    employee = await an_employee(office.organization, permissions=["housing.estate.register"])
    given = [
        {"buildingId": encode_id("Building", office.building.id), "number": str(n)}
        for n in range(count)
    ]
    organization = encode_id("Organization", office.organization.id)

    answer = await made(
        REGISTER, {"organizationId": organization, "rows": given}, await actor_of(employee)
    )

    assert answer["data"]["registerPremises"]["errors"] == []
    [row] = await rows()
    assert isinstance(row.input, dict)
    listed = row.input["rows"]
    assert (len(listed) if isinstance(listed, list) else listed) == told
    assert (row.object_kind, row.object_id) == ("Organization", office.organization.id)


async def test_a_preview_leaves_nothing(made: Made, office: Office) -> None:
    employee = await an_employee(office.organization, permissions=["housing.estate.register"])
    given = {
        "organizationId": encode_id("Organization", office.organization.id),
        "rows": [{"buildingId": encode_id("Building", office.building.id), "number": "1"}],
        "preview": True,
    }

    answer = await made(REGISTER, given, await actor_of(employee))

    assert answer["data"]["registerPremises"]["errors"] == []
    assert await rows() == []


async def test_a_sign_in_names_who_came_in_and_no_secret(
    gql: GraphQLClient, office: Office
) -> None:
    user = await a_user(email="maria@example.org", password=PASSWORD)
    await an_employee(office.organization, user=user, full_name="Мария")
    given = {"email": "maria@example.org", "password": PASSWORD, "channel": "CRM"}

    wrong = await gql(SIGN_IN, {"input": {**given, "password": "собака спит на батарее"}})
    right = await gql(SIGN_IN, {"input": given})

    assert wrong["data"]["signInEmployee"]["errors"] == [{"code": "INVALID_CREDENTIALS"}]
    assert right["data"]["signInEmployee"]["errors"] == []
    [row] = await rows()
    assert (row.actor_kind, row.user_id, row.actor_name) == ("EMPLOYEE", user.id, "Мария")
    assert (row.organization_id, row.channel) == (office.organization.id, "CRM")
    assert row.session_id is not None
    assert row.input == {
        "email": "***rg",
        "password": "***",
        "channel": "CRM",
        "deviceToken": None,
    }


async def test_the_system_tells_of_itself_in_its_unit_of_work(office: Office) -> None:
    async with unit_of_work():
        service.record(
            "tests.checked",
            organization_id=office.organization.id,
            object_kind="Building",
            object_id=office.building.id,
            facts={"meters": 3},
        )

    [row] = await rows()
    assert (row.actor_kind, row.action, row.input) == ("SYSTEM", "tests.checked", {"meters": 3})
    assert (row.object_kind, row.object_id) == ("Building", office.building.id)


async def test_outside_of_a_mutation_services_tell_nobody(office: Office) -> None:
    service.watch(office.building)
    service.changed({"a": 1}, {"a": 2})
    service.nothing_changed()
    service.own_act()
    service.belongs_to(office.organization.id)

    assert await rows() == []


async def test_what_changes_twice_is_told_once(office: Office) -> None:
    with service.noting() as notes:
        service.changed({"a": 1, "b": 1}, {"a": 2, "b": 1})
        service.changed({"a": 2}, {"a": 3})
        service.watch(office.building)
        before = office.building.address
        office.building.address = "ул. Другая, 1"

    assert notes.changes == {"a": (1, 3), "address": (before, "ул. Другая, 1")}
    assert notes.organization_id == office.organization.id


async def test_the_row_costs_no_statement_where_something_is_told(
    made: Made, office: Office, queries: QueryCounter
) -> None:
    premise = await a_premise(building=office.building, number="14")

    with queries.counted() as statements:
        await made(UPDATE, {"id": encode_id("Premise", premise.id), "number": "15"})

    writing = [each for each in statements if "kvartal_audit_entry" in each]
    assert len(writing) == 1
    assert "kvartal_event" in writing[0]


@dataclass(frozen=True)
class Outsider:
    """An input that names things by ids that are not ours."""

    id: str = "42"
    external_id: str = "x-1"
    note_id: int = 7


async def test_ids_of_others_lead_to_no_object(office: Office) -> None:
    async def body(**_: object) -> None:
        return None

    info = SimpleNamespace(context=Context(actor=office.chief))
    await recorded("walk", body, (), {"info": info, "input": Outsider()})

    [row] = await rows()
    assert (row.action, row.object_kind, row.object_id) == ("walk", None, None)
    assert row.organization_id == office.organization.id
