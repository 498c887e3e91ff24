"""«Запустить сейчас» over HTTP: what it starts, what stands in its way, and who may."""

from typing import Any

import pytest

from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.auth.models import Employee
from kvartal.db.connection import fetch
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EnqueuedTasks
from kvartal_integration.exporting.tasks import export_xml
from kvartal_integration.importing.tasks import import_xml
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationKind, OperationStatus, Trigger
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import a_connection, an_operation, exchange_settings

MANAGE = {EXCHANGE_MANAGE.code}
RUN_IMPORT = """
mutation ($input: RunImportInput!) {
  runImport(input: $input) {
    operation { id kind status trigger startedBy }
    errors { code message path direction }
  }
}
"""
RUN_EXPORT = """
mutation ($input: RunExportInput!) {
  runExport(input: $input) {
    operation { id kind status trigger startedBy } errors { code message path direction }
  }
}
"""
RUNS = {
    OperationKind.XML_IMPORT: ("runImport", RUN_IMPORT, import_xml),
    OperationKind.XML_EXPORT: ("runExport", RUN_EXPORT, export_xml),
}


@pytest.fixture
async def organization(db: None) -> Organization:
    """An organization whose exchange is set up."""
    made = await an_organization()
    await a_connection(made)
    await exchange_settings(made, paths=["/a.xml", "/b.xml"], delete_after_reading=True)
    await exchange_settings(made, OperationKind.XML_EXPORT, directory="/out")
    return made


@pytest.fixture
async def manager(organization: Organization) -> Employee:
    return await an_employee(organization, permissions=MANAGE, full_name="Петрова Анна")


def given(organization: Organization, **fields: Any) -> dict[str, Any]:
    return {"input": {"organizationId": encode_id("Organization", organization.id), **fields}}


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        (OperationKind.XML_IMPORT, {"paths": ["/a.xml", "/b.xml"], "delete": True}),
        (
            OperationKind.XML_EXPORT,
            {
                "directory": "/out",
                "name_template": "metrics_{companyId}_{date:YYYYMMDD}.xml",
                "whole_month": False,
            },
        ),
    ],
)
async def test_an_exchange_is_started_as_the_form_stands(
    gql: GraphQLClient,
    manager: Employee,
    organization: Organization,
    enqueued: EnqueuedTasks,
    kind: OperationKind,
    request_: dict[str, Any],
) -> None:
    name, document, task = RUNS[kind]

    answer = await gql(document, given(organization), actor=await actor_of(manager), locale="en")

    [operation] = await Operation.all()
    assert answer["data"][name] == {
        "operation": {
            "id": encode_id("Operation", operation.id),
            "kind": kind.value,
            "status": "QUEUED",
            "trigger": "PERSON",
            "startedBy": "Петрова Анна",
        },
        "errors": [],
    }
    assert (operation.request, operation.locale) == (request_, "en")
    assert (operation.started_by_id, operation.trigger) == (manager.user_id, Trigger.PERSON)
    assert enqueued.of(task) == [{"operation_id": str(operation.id)}]
    [row] = await fetch("SELECT organization_id FROM kvartal_audit_entry WHERE action = $1", name)
    assert row["organization_id"] == organization.id


async def test_an_import_can_be_tried_out(
    gql: GraphQLClient, manager: Employee, organization: Organization
) -> None:
    await gql(RUN_IMPORT, given(organization, preview=True), actor=await actor_of(manager))

    [operation] = await Operation.all()
    assert operation.request == {"paths": ["/a.xml", "/b.xml"], "delete": True, "preview": True}


@pytest.mark.parametrize("kind", RUNS)
async def test_one_runs_at_a_time(
    gql: GraphQLClient,
    manager: Employee,
    organization: Organization,
    enqueued: EnqueuedTasks,
    kind: OperationKind,
) -> None:
    name, document, task = RUNS[kind]
    running = await an_operation(organization, kind=kind, status=OperationStatus.RUNNING)

    answer = await gql(document, given(organization), actor=await actor_of(manager))

    [error] = answer["data"][name]["errors"]
    assert answer["data"][name]["operation"] is None
    assert (error["code"], error["path"]) == ("OPERATION_RUNNING", [])
    assert error["direction"] == kind.direction.value
    assert await Operation.all().values_list("id", flat=True) == [running.id]
    assert enqueued.of(task) == []


async def test_an_import_without_files_is_not_started(
    gql: GraphQLClient, db: None, enqueued: EnqueuedTasks
) -> None:
    organization = await an_organization()
    await a_connection(organization)
    manager = await actor_of(await an_employee(organization, permissions=MANAGE))

    answer = await gql(RUN_IMPORT, given(organization), actor=manager)

    [error] = answer["data"]["runImport"]["errors"]
    assert (error["code"], error["path"]) == ("PATHS_MISSING", [])
    assert enqueued.of(import_xml) == []


@pytest.mark.parametrize("kind", RUNS)
async def test_without_a_server_nothing_is_started(
    gql: GraphQLClient, db: None, enqueued: EnqueuedTasks, kind: OperationKind
) -> None:
    name, document, task = RUNS[kind]
    organization = await an_organization()
    await exchange_settings(organization, paths=["/a.xml"])
    manager = await actor_of(await an_employee(organization, permissions=MANAGE))

    answer = await gql(document, given(organization), actor=manager)

    [error] = answer["data"][name]["errors"]
    assert (error["code"], error["path"]) == ("CONNECTION_MISSING", [])
    assert await Operation.all().count() == 0
    assert enqueued.of(task) == []


async def those_denied(organization: Organization) -> dict[str, tuple[Actor, str]]:
    building = await a_building(organization=organization)
    partial = await an_employee(organization, permissions=MANAGE, buildings=[building])
    powerless = await an_employee(organization, permissions=["meters.reading.submit"])
    stranger = await an_employee(await an_organization(), permissions=MANAGE)
    return {
        "anonymous": (ANONYMOUS, "UNAUTHENTICATED"),
        "resident": (await actor_of(await a_resident_user(organization)), "FORBIDDEN"),
        "without the right": (await actor_of(powerless), "FORBIDDEN"),
        "with one building": (await actor_of(partial), "FORBIDDEN"),
        "of another organization": (await actor_of(stranger), "NOT_FOUND"),
    }


@pytest.mark.parametrize("kind", RUNS)
async def test_who_may_not_start_it(
    gql: GraphQLClient, organization: Organization, enqueued: EnqueuedTasks, kind: OperationKind
) -> None:
    _, document, task = RUNS[kind]

    for case, (actor, code) in (await those_denied(organization)).items():
        answer = await gql(document, given(organization), actor=actor)
        [error] = answer["errors"]
        assert error["extensions"]["code"] == code, case

    assert await Operation.all().count() == 0
    assert enqueued.of(task) == []


async def test_a_token_starts_it_and_is_nobody(
    gql: GraphQLClient, organization: Organization
) -> None:
    token = await a_service_token(organization, permissions=MANAGE)

    answer = await gql(RUN_EXPORT, given(organization), actor=await actor_of(token))

    assert answer["data"]["runExport"]["operation"]["startedBy"] is None
    assert (await Operation.get()).trigger is Trigger.PERSON
