"""Imports and exports over GraphQL: begun, refused, for whom, and asked about beforehand."""

from typing import Any

import pytest
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.spreadsheets.conftest import (
    a_workbook,
    carry_out,
    upload,
    values,
)

from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.models import Employee
from kvartal.db.connection import fetch
from kvartal.files.models import StoredFile
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_group, a_quarter, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.models import Operation
from kvartal_integration.spreadsheets import tasks
from kvartal_integration.spreadsheets.uploads import XLSX
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.testing import Home, a_home, a_reading

pytestmark = pytest.mark.usefixtures("home")

BEGUN = "operation { id kind status direction trigger preview } errors { code message path }"
IMPORT = (
    f"mutation ($input: ImportReadingsInput!) {{ importReadings(input: $input) {{ {BEGUN} }} }}"
)
PREVIEW = IMPORT.replace("importReadings", "previewReadingsImport")
EXPORT = (
    f"mutation ($input: ExportReadingsInput!) {{ exportReadings(input: $input) {{ {BEGUN} }} }}"
)
OUTCOME = """
query ($id: ID!) {
  operation(id: $id) {
    status preview message errors warnings
    counts { name title count }
    entries(first: 50) { nodes { severity code message line account meter } }
    files { name mediaType url }
  }
}
"""
OFFER = "allowed reasons { code message } instruction maxRows maxMegabytes"
ASKED = f"""
query ($organization: ID!, $building: ID!, $scope: MeterScope!) {{
  organization: node(id: $organization) {{
    ... on Organization {{ readingsImport(scope: $scope) {{ {OFFER} }} }}
  }}
  building: node(id: $building) {{
    ... on Building {{ readingsImport(scope: $scope) {{ {OFFER} }} }}
  }}
}}
"""
LISTED = """
query ($organization: ID!) {
  buildings(organizationId: $organization) {
    nodes { readingsImport(scope: INDIVIDUAL) { allowed } }
  }
}
"""


def asked(home: Home, file: StoredFile | None = None, **more: Any) -> dict[str, Any]:
    """The input of an import of that file, or of an export, for the whole organization."""
    found = {
        "organizationId": encode_id("Organization", home.organization.id),
        "scope": "INDIVIDUAL",
        **more,
    }
    if file is not None:
        found["fileId"] = encode_id("StoredFile", file.id)
    return {name: value for name, value in found.items() if value is not None}


def of_building(home: Home, file: StoredFile | None = None, **more: Any) -> dict[str, Any]:
    building = encode_id("Building", home.building.id)
    return asked(home, file, organizationId=None, buildingId=building, **more)


async def queued() -> list[str]:
    rows = await fetch(
        "SELECT target FROM kvartal_delivery WHERE target LIKE '%workbook' ORDER BY id"
    )
    return [row["target"] for row in rows]


@pytest.fixture
async def actor(employee: Employee) -> Actor:
    return await actor_of(employee)


@pytest.fixture
async def workbook(home: Home, employee: Employee) -> StoredFile:
    rows: list[list[object]] = [
        [home.account.number, home.meter.identifier, None, 112.25],
        [home.account.number, "нет", None, 5],
        [home.account.number, home.meter.identifier, None, "сто"],
    ]
    return await upload(employee, a_workbook(rows))


async def outcome(gql: GraphQLClient, actor: Actor, begun: dict[str, Any]) -> dict[str, Any]:
    """What came of an operation once a worker has carried it out."""
    key = begun["operation"]["id"]
    operation = await Operation.all().order_by("-created_at").first()
    assert operation is not None
    assert encode_id("Operation", operation.id) == key
    await carry_out(operation)
    found: dict[str, Any] = (await gql(OUTCOME, {"id": key}, actor=actor))["data"]["operation"]
    return found


@pytest.mark.usefixtures("in_process")
async def test_a_file_is_tried_and_then_imported(
    gql: GraphQLClient, home: Home, actor: Actor, workbook: StoredFile
) -> None:
    await a_reading(home.meter, "2026-10", "100.5")
    variables = {"input": asked(home, workbook)}

    tried = (await gql(PREVIEW, variables, actor=actor))["data"]["previewReadingsImport"]
    trial = await outcome(gql, actor, tried)
    nothing = await values(home.meter.id)
    begun = (await gql(IMPORT, variables, actor=actor))["data"]["importReadings"]
    done = await outcome(gql, actor, begun)

    assert begun["errors"] == tried["errors"] == []
    assert (tried["operation"]["preview"], trial["preview"]) == (True, True)
    assert (begun["operation"]["preview"], done["preview"]) == (False, False)
    assert {name: begun["operation"][name] for name in ("kind", "status", "direction")} == {
        "kind": "EXCEL_IMPORT",
        "status": "QUEUED",
        "direction": "IMPORT",
    }
    assert nothing == [("2026-10", "100.5")]
    assert await values(home.meter.id) == [("2026-10", "100.5"), ("2026-11", "112.25")]
    assert trial["counts"] == done["counts"]
    assert {each["name"]: each["count"] for each in done["counts"]} == {
        "rows_total": 3,
        "rows_ok": 1,
        "rows_created": 1,
        "rows_failed": 2,
    }
    assert trial["message"] == "Файл проверен, показания не сохранены"
    assert trial["files"] == []
    assert done["entries"]["nodes"] == [
        {
            "severity": "ERROR",
            "code": "X105",
            "message": "Не удалось распознать число «сто»",
            "line": 4,
            "account": home.account.number,
            "meter": home.meter.identifier,
        },
        {
            "severity": "ERROR",
            "code": "X107",
            "message": f"Счетчик не найден: ЛС {home.account.number}, идентификатор нет",
            "line": 3,
            "account": home.account.number,
            "meter": "нет",
        },
    ]
    assert {(each["name"], each["mediaType"]) for each in done["files"]} == {
        ("ноябрь.xlsx", XLSX),
        ("Ошибки импорта.xlsx", XLSX),
    }
    assert all(each["url"].startswith("/files/") for each in done["files"])


async def test_an_export_is_begun_with_its_filter(
    gql: GraphQLClient, home: Home, actor: Actor
) -> None:
    where = {
        "premiseId": encode_id("Premise", home.premise.id),
        "resourceKind": "WATER",
        "meterType": "COLD_WATER",
        "search": "лесная хвс-15",
    }

    answer = await gql(EXPORT, {"input": asked(home, filter=where)}, actor=actor)
    done = await outcome(gql, actor, answer["data"]["exportReadings"])
    narrow = {"submittedFrom": "2020-01-01", "submittedTo": "2020-01-02"}
    nothing = await gql(
        EXPORT, {"input": of_building(home, filter=narrow, template=True)}, actor=actor
    )
    empty = await outcome(gql, actor, nothing["data"]["exportReadings"])

    [file] = done["files"]
    assert done["preview"] is False
    assert file["name"] == "Показания ИПУ 2026-11-20.xlsx"
    assert done["message"] == "Готово. Строк в файле: 1"
    assert empty["message"] == "Готово. Строк в файле: 0"
    assert empty["files"][0]["name"] == "Шаблон показаний ИПУ 2026-11-20.xlsx"


@pytest.mark.usefixtures("in_process")
async def test_the_actors_carry_them_out(
    gql: GraphQLClient, home: Home, actor: Actor, workbook: StoredFile, events: EmittedEvents
) -> None:
    await gql(IMPORT, {"input": asked(home, workbook)}, actor=actor)
    await gql(EXPORT, {"input": asked(home)}, actor=actor)
    imported, exported = await Operation.all().order_by("created_at")

    assert await queued() == [
        "integration.import_readings_workbook",
        "integration.export_readings_workbook",
    ]
    for _ in range(2):
        await tasks.import_readings_workbook(imported.id)
        await tasks.export_readings_workbook(exported.id)

    assert [each.kind for each in events.of(OperationFinished)] == ["EXCEL_IMPORT", "EXCEL_EXPORT"]


async def refusal(gql: GraphQLClient, actor: Actor, input: dict[str, Any]) -> list[tuple[str, Any]]:
    """Why both the trial and the import are refused; nothing is begun."""
    found = []
    for document, name in ((PREVIEW, "previewReadingsImport"), (IMPORT, "importReadings")):
        payload = (await gql(document, {"input": input}, actor=actor))["data"][name]
        assert payload["operation"] is None
        found.append([(each["code"], each["path"]) for each in payload["errors"]])
    assert found[0] == found[1]
    assert await Operation.all().count() == 0
    assert await queued() == []
    return found[0]


async def test_a_place_without_an_external_id_is_refused_and_told_beforehand(
    gql: GraphQLClient, home: Home, actor: Actor, workbook: StoredFile
) -> None:
    for place in (home.organization, home.building):
        place.external_id = None
        await place.save()
    offers = await offered(gql, actor, home)

    assert await refusal(gql, actor, asked(home, workbook)) == [
        ("EXTERNAL_ID_MISSING", ["organizationId"])
    ]
    assert await refusal(gql, actor, of_building(home, workbook)) == [
        ("EXTERNAL_ID_MISSING", ["buildingId"])
    ]
    assert [each["allowed"] for each in offers.values()] == [False, False]
    assert [each["reasons"] for each in offers.values()] == [
        [
            {
                "code": "EXTERNAL_ID_MISSING",
                "message": "В карточке организации не указан внешний идентификатор: без него импорт"
                " для всех объектов невозможен",
            }
        ],
        [
            {
                "code": "EXTERNAL_ID_MISSING",
                "message": "В карточке объекта не указан внешний идентификатор: без него импорт"
                " невозможен",
            }
        ],
    ]


async def test_a_file_has_to_be_a_workbook_of_ones_own(
    gql: GraphQLClient,
    home: Home,
    actor: Actor,
    employee: Employee,
    workbook: StoredFile,
    integration_settings: Allow,
) -> None:
    colleague = await an_employee(home.organization, permissions=[SUBMIT.code])
    foreign = await upload(colleague, a_workbook([]))
    paper = await upload(employee, b"%PDF-1.7", "акт.pdf")
    used = await upload(employee, a_workbook([]))
    used.owner_kind, used.owner_id = "Meter", home.meter.id
    await used.save()
    elsewhere = await an_organization(external_id="UK-78")
    other = await an_employee(elsewhere, permissions=[SUBMIT.code], user=await employee.user)
    abroad = await upload(other, a_workbook([]))
    both = await actor_of(employee)

    for file in (foreign, used, abroad):
        assert await refusal(gql, both, asked(home, file)) == [("FILE_UNAVAILABLE", ["fileId"])]
    assert await refusal(gql, actor, asked(home, paper)) == [("NOT_A_WORKBOOK", ["fileId"])]
    integration_settings(spreadsheet_megabytes=1)
    await StoredFile.filter(id=workbook.id).update(size=1_000_001)
    assert await refusal(gql, actor, asked(home, workbook)) == [("FILE_TOO_LARGE", ["fileId"])]


async def code_of(gql: GraphQLClient, document: str, input: dict[str, Any], actor: Actor) -> str:
    answer = await gql(document, {"input": input}, actor=actor)
    [error] = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


async def test_one_place_is_named_and_a_kind_of_meters_that_has_a_sheet(
    gql: GraphQLClient, home: Home, actor: Actor, workbook: StoredFile
) -> None:
    building = encode_id("Building", home.building.id)
    wrong = (
        asked(home, workbook, organizationId=None),
        asked(home, workbook, buildingId=building),
        asked(home, workbook, scope="ROOM"),
    )

    for input in wrong:
        exported = {name: value for name, value in input.items() if name != "fileId"}
        assert await code_of(gql, IMPORT, input, actor) == "BAD_INPUT"
        assert await code_of(gql, EXPORT, exported, actor) == "BAD_INPUT"
    backwards = {"submittedFrom": "2026-02-01", "submittedTo": "2026-01-01"}
    assert await code_of(gql, EXPORT, asked(home, filter=backwards), actor) == "BAD_INPUT"


async def test_who_may(gql: GraphQLClient, home: Home, workbook: StoredFile) -> None:
    house = await a_building(organization=home.organization)
    stranger = await an_employee(await an_organization(), permissions=[SUBMIT.code])
    elsewhere = await an_employee(home.organization, permissions=[SUBMIT.code], buildings=[house])
    token = await a_service_token(home.organization, permissions=[SUBMIT.code])
    powerless = await an_employee(home.organization)
    denied = [
        (ANONYMOUS, "UNAUTHENTICATED", "UNAUTHENTICATED"),
        (home.resident, "NOT_FOUND", "NOT_FOUND"),
        (await actor_of(stranger), "NOT_FOUND", "NOT_FOUND"),
        (await actor_of(powerless), "FORBIDDEN", "FORBIDDEN"),
        (await actor_of(token), "FORBIDDEN", "FORBIDDEN"),
        (await actor_of(elsewhere), None, "NOT_FOUND"),
    ]

    for who, whole, one in denied:
        for code, place in ((whole, asked), (one, of_building)):
            if code is None:
                continue
            assert await code_of(gql, EXPORT, place(home), who) == code
            for document in (IMPORT, PREVIEW):
                assert await code_of(gql, document, place(home, workbook), who) == code
    assert await Operation.all().count() == 0
    assert await queued() == []


async def test_who_has_the_right_only_elsewhere_may_not_here(
    gql: GraphQLClient, home: Home, workbook: StoredFile
) -> None:
    powerless = await an_employee(home.organization)
    user = await powerless.user
    await an_employee(await an_organization(), permissions=[SUBMIT.code], user=user)
    actor = await actor_of(powerless)

    assert await code_of(gql, IMPORT, asked(home, workbook), actor) == "FORBIDDEN"
    assert await code_of(gql, EXPORT, of_building(home), actor) == "FORBIDDEN"
    offers = await offered(gql, actor, home)
    assert [[each["code"] for each in offer["reasons"]] for offer in offers.values()] == [
        ["FORBIDDEN_PERMISSION"],
        ["FORBIDDEN_PERMISSION"],
    ]


async def offered(
    gql: GraphQLClient, actor: Actor, home: Home, scope: str = "INDIVIDUAL"
) -> dict[str, Any]:
    variables = {
        "organization": encode_id("Organization", home.organization.id),
        "building": encode_id("Building", home.building.id),
        "scope": scope,
    }
    answer = await gql(ASKED, variables, actor=actor)
    return {name: found["readingsImport"] for name, found in answer["data"].items()}


async def test_what_is_to_be_known_before_an_import(
    gql: GraphQLClient, home: Home, actor: Actor, queries: QueryCounter
) -> None:
    flats = await offered(gql, actor, home)
    houses = await offered(gql, actor, home, "COLLECTIVE")

    for offer in flats.values():
        assert (offer["allowed"], offer["reasons"]) == (True, [])
        assert (offer["maxRows"], offer["maxMegabytes"]) == (100_000, 50)
        assert len(offer["instruction"]) == 6
    assert "общедомовых" in houses["building"]["instruction"][0]


async def test_asking_of_many_buildings_costs_no_statement(
    gql: GraphQLClient, home: Home, actor: Actor, queries: QueryCounter
) -> None:
    variables = {"organization": encode_id("Organization", home.organization.id)}
    counted = []
    for more in (1, 18):
        for _ in range(more):
            await a_building(organization=home.organization)
        with queries.counted() as seen:
            found = await gql(LISTED, variables, actor=actor)
        assert "errors" not in found
        counted.append(len(seen))

    assert counted[0] == counted[1]


async def test_a_filter_by_what_is_not_there_is_refused(
    gql: GraphQLClient, home: Home, actor: Actor
) -> None:
    elsewhere = await a_home()
    foreign = elsewhere.organization
    group, quarter = await a_group(organization=foreign), await a_quarter(organization=foreign)
    ours = {
        "groupId": (await a_group(organization=home.organization)).id,
        "quarterId": (await a_quarter(organization=home.organization)).id,
    }
    theirs = {"groupId": group.id, "quarterId": quarter.id, "premiseId": elsewhere.premise.id}
    kinds = {"groupId": "BuildingGroup", "quarterId": "Quarter", "premiseId": "Premise"}

    for name, key in theirs.items():
        where = {name: encode_id(kinds[name], key)}
        assert await code_of(gql, EXPORT, asked(home, filter=where), actor) == "NOT_FOUND"
    where = {name: encode_id(kinds[name], key) for name, key in ours.items()}
    answer = await gql(EXPORT, {"input": asked(home, filter=where)}, actor=actor)

    assert answer["data"]["exportReadings"]["errors"] == []
    assert await Operation.all().count() == 1
