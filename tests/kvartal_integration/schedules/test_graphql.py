"""The forms of the exchange over HTTP: what they show, what saving refuses, and who may."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from kvartal.auth.api import ANONYMOUS, Actor
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
from kvartal.testing.watch import QueryCounter
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.schedules.models import ExchangeSettings
from kvartal_integration.schedules.queries import exchange_of
from kvartal_integration.testing import exchange_settings

Freeze = Callable[[str], AbstractContextManager[None]]

NOW = "2026-11-24T09:30:00+03:00"
MANAGE = {EXCHANGE_MANAGE.code}
SCHEDULE = "schedule { isOn minutes hours days months weekdays text nextRuns }"
IMPORT = f"paths deleteAfterReading emails version {SCHEDULE}"
EXPORT = f"directory nameTemplate fileName wholeMonth exportedUntil emails version {SCHEDULE}"
SETTINGS = f"""
query ($id: ID!) {{
  exchangeSettings(organizationId: $id) {{
    timezone isConnected importSettings {{ {IMPORT} }} exportSettings {{ {EXPORT} }}
  }}
}}
"""
PREVIEW = """
query ($id: ID!, $schedule: ExchangeScheduleInput, $template: String) {
  exchangePreview(organizationId: $id, schedule: $schedule, nameTemplate: $template) {
    text nextRuns fileName errors { code message path }
  }
}
"""
UPDATE_IMPORT = f"""
mutation ($input: UpdateImportSettingsInput!) {{
  updateImportSettings(input: $input) {{
    importSettings {{ {IMPORT} }}
    errors {{ code message path given limit lowest highest version }}
  }}
}}
"""
UPDATE_EXPORT = f"""
mutation ($input: UpdateExportSettingsInput!) {{
  updateExportSettings(input: $input) {{
    exportSettings {{ {EXPORT} }} errors {{ code message path given version }}
  }}
}}
"""
NEVER = {"isOn": False, "minutes": "0", "days": "*", "months": "*", "weekdays": "*", "nextRuns": []}


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization(timezone="Europe/Kaliningrad", number=8)


@pytest.fixture
async def manager(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=MANAGE))


def key(organization: Organization) -> str:
    return str(encode_id("Organization", organization.id))


def given(organization: Organization, **fields: Any) -> dict[str, Any]:
    return {"input": {"organizationId": key(organization), **fields}}


async def saved_import(
    gql: GraphQLClient, actor: Actor, organization: Organization, **fields: Any
) -> Any:
    answer = await gql(UPDATE_IMPORT, given(organization, **fields), actor=actor)
    return answer["data"]["updateImportSettings"]


async def saved_export(
    gql: GraphQLClient, actor: Actor, organization: Organization, **fields: Any
) -> Any:
    answer = await gql(UPDATE_EXPORT, given(organization, **fields), actor=actor)
    return answer["data"]["updateExportSettings"]


async def test_before_anything_is_saved_the_usual_form_is_shown(
    gql: GraphQLClient, manager: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        answer = await gql(SETTINGS, {"id": key(organization)}, actor=manager)

    assert answer["data"]["exchangeSettings"] == {
        "timezone": "Europe/Kaliningrad",
        "isConnected": False,
        "importSettings": {
            "paths": [],
            "deleteAfterReading": False,
            "emails": [],
            "version": 0,
            "schedule": {**NEVER, "hours": "2", "text": "каждый день в 02:00"},
        },
        "exportSettings": {
            "directory": "/",
            "nameTemplate": "metrics_{companyId}_{date:YYYYMMDD}.xml",
            "fileName": "metrics_8_20261124.xml",
            "wholeMonth": False,
            "exportedUntil": None,
            "emails": [],
            "version": 0,
            "schedule": {**NEVER, "hours": "4", "text": "каждый день в 04:00"},
        },
    }


async def test_the_import_is_set_up(
    gql: GraphQLClient, manager: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        payload = await saved_import(
            gql,
            manager,
            organization,
            paths="/objects/z84/metrics.xml, objects/p32/metrics.xml",
            deleteAfterReading=True,
            emails=["a@uk.example, b@uk.example"],
            schedule={"isOn": True, "minutes": "19", "hours": "*", "weekdays": " 5, 1 "},
        )
        again = await gql(SETTINGS, {"id": key(organization)}, actor=manager)

    assert payload == {
        "errors": [],
        "importSettings": {
            "paths": ["/objects/z84/metrics.xml", "/objects/p32/metrics.xml"],
            "deleteAfterReading": True,
            "emails": ["a@uk.example", "b@uk.example"],
            "version": 1,
            "schedule": {
                "isOn": True,
                "minutes": "19",
                "hours": "*",
                "days": "*",
                "months": "*",
                "weekdays": "1,5",
                "text": "по понедельникам и пятницам каждый час в 19 минут",
                "nextRuns": [f"2026-11-27T0{hour}:19:00+02:00" for hour in range(3)],
            },
        },
    }
    assert again["data"]["exchangeSettings"]["importSettings"] == payload["importSettings"]


async def test_the_export_is_set_up(
    gql: GraphQLClient, manager: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        payload = await saved_export(
            gql,
            manager,
            organization,
            directory="out/показания/",
            nameTemplate="{companyId}-{period}-{time:HHmm}.xml",
            wholeMonth=True,
            emails="a@uk.example",
            schedule={"isOn": True},
        )

    assert payload == {
        "errors": [],
        "exportSettings": {
            "directory": "/out/показания",
            "nameTemplate": "{companyId}-{period}-{time:HHmm}.xml",
            "fileName": "8-202611-0830.xml",
            "wholeMonth": True,
            "exportedUntil": None,
            "emails": ["a@uk.example"],
            "version": 1,
            "schedule": {
                **NEVER,
                "isOn": True,
                "hours": "4",
                "text": "каждый день в 04:00",
                "nextRuns": [f"2026-11-{day}T04:00:00+02:00" for day in (25, 26, 27)],
            },
        },
    }


async def test_what_is_left_out_stays_and_the_other_direction_too(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    await saved_import(gql, manager, organization, paths=["/a.xml"], emails=["a@uk.example"])
    await saved_export(gql, manager, organization, directory="/out")

    payload = await saved_import(gql, manager, organization, deleteAfterReading=True)

    form = payload["importSettings"]
    assert (form["paths"], form["emails"], form["version"]) == (["/a.xml"], ["a@uk.example"], 2)
    other = (await saved_export(gql, manager, organization, wholeMonth=True))["exportSettings"]
    assert (other["directory"], other["wholeMonth"], other["version"]) == ("/out", True, 2)


async def test_a_schedule_can_be_switched_off_and_lists_emptied(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    await saved_import(
        gql, manager, organization, paths="/a.xml", emails="a@b.ru", schedule={"isOn": True}
    )

    payload = await saved_import(
        gql, manager, organization, paths=[], emails=[], schedule={"isOn": False}
    )

    form = payload["importSettings"]
    assert (form["paths"], form["emails"], form["schedule"]["nextRuns"]) == ([], [], [])


async def test_all_that_is_wrong_with_an_import_is_told_at_once(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    payload = await saved_import(
        gql,
        manager,
        organization,
        paths=["/good.xml", "../bad.xml"],
        emails=["никому"],
        schedule={"minutes": "*", "hours": "24"},
    )

    assert payload["importSettings"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("SCHEDULE_FIELD_INVALID", ["schedule", "minutes"]),
        ("SCHEDULE_FIELD_INVALID", ["schedule", "hours"]),
        ("EMAIL_INVALID", ["emails", "0"]),
        ("PATH_INVALID", ["paths", "1"]),
    ]
    assert [payload["errors"][1][fact] for fact in ("lowest", "highest")] == [0, 23]
    assert payload["errors"][2]["message"] == "«никому» — не адрес электронной почты"
    assert payload["errors"][3]["given"] == "../bad.xml"
    assert await ExchangeSettings.all().count() == 0


async def test_all_that_is_wrong_with_an_export_is_told_at_once(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    payload = await saved_export(
        gql,
        manager,
        organization,
        directory="/../",
        nameTemplate="{uuid}.xml",
        emails=[f"a{n}@b.ru" for n in range(21)],
        schedule={"days": "31", "months": "2"},
    )

    assert payload["exportSettings"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("SCHEDULE_NEVER", ["schedule", "days"]),
        ("EMAILS_TOO_MANY", ["emails"]),
        ("PATH_INVALID", ["directory"]),
        ("NAME_TEMPLATE_INVALID", ["nameTemplate"]),
    ]
    assert payload["errors"][3]["given"] == "{uuid}"
    assert "{companyId}" in payload["errors"][3]["message"]


async def test_an_import_by_schedule_has_something_to_read(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    on = {"isOn": True}

    nothing = await saved_import(gql, manager, organization, schedule=on)
    too_many = await saved_import(
        gql, manager, organization, paths=[f"/{n}.xml" for n in range(21)], schedule=on
    )
    assert (await saved_import(gql, manager, organization, paths="/a.xml", schedule=on))[
        "errors"
    ] == []
    taken_away = await saved_import(gql, manager, organization, paths=[])

    for payload, code in (
        (nothing, "PATHS_MISSING"),
        (too_many, "PATHS_TOO_MANY"),
        (taken_away, "PATHS_MISSING"),
    ):
        assert [(each["code"], each["path"]) for each in payload["errors"]] == [(code, ["paths"])]


async def test_another_version_is_refused(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    await saved_import(gql, manager, organization, paths="/a.xml", expectedVersion=0)
    await saved_export(gql, manager, organization, directory="/a")

    stale = await saved_import(gql, manager, organization, paths="/b.xml", expectedVersion=0)
    other = await saved_export(gql, manager, organization, directory="/b", expectedVersion=7)
    right = await saved_import(gql, manager, organization, paths="/b.xml", expectedVersion=1)

    for payload in (stale, other):
        [error] = payload["errors"]
        assert (error["code"], error["path"], error["version"]) == (
            "VERSION_CONFLICT",
            ["expectedVersion"],
            1,
        )
    assert right["importSettings"]["version"] == 2


async def test_saving_the_same_changes_nothing_and_leaves_no_trace(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    await saved_import(gql, manager, organization, paths="/a.xml")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    await ExchangeSettings.all().update(updated_at=long_ago)

    payload = await saved_import(gql, manager, organization, paths=[" a.xml "])

    assert payload["importSettings"]["version"] == 1
    row = await ExchangeSettings.get()
    assert row.updated_at == long_ago
    log = await fetch("SELECT 1 FROM kvartal_audit_entry WHERE action = 'updateImportSettings'")
    assert len(log) == 1


async def test_the_audit_log_tells_what_has_changed_but_not_who_gets_the_reports(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    await saved_export(
        gql,
        manager,
        organization,
        directory="/out",
        emails=["secret.person@uk.example"],
        schedule={"isOn": True, "hours": "5"},
    )

    [row] = await fetch(
        "SELECT organization_id, input::text, changes::text FROM kvartal_audit_entry"
        " WHERE action = 'updateExportSettings'"
    )
    assert row["organization_id"] == organization.id
    assert "secret.person" not in row["input"] + row["changes"]
    for name in ("directory", "is_scheduled", "hours"):
        assert name in row["changes"]


async def test_a_preview_shows_what_would_be(
    gql: GraphQLClient, manager: Actor, organization: Organization, frozen_clock: Freeze
) -> None:
    schedule = {"minutes": "0", "hours": "8", "days": "13", "weekdays": "5"}
    asked = {"id": key(organization), "schedule": schedule, "template": "{companyId}-{date}.xml"}
    with frozen_clock(NOW):
        answer = await gql(PREVIEW, asked, actor=manager)
        english = await gql(PREVIEW, asked, actor=manager, locale="en")

    assert answer["data"]["exchangePreview"] == {
        "text": "13 числа по пятницам в 08:00",
        "nextRuns": [
            "2027-08-13T08:00:00+02:00",
            "2028-10-13T08:00:00+02:00",
            "2029-04-13T08:00:00+02:00",
        ],
        "fileName": "8-2026-11-24.xml",
        "errors": [],
    }
    assert english["data"]["exchangePreview"]["text"] == "on day 13 on Fridays at 08:00"


async def test_a_preview_tells_all_that_is_wrong(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    asked = {"id": key(organization), "schedule": {"hours": "25"}, "template": "{x}"}

    answer = await gql(PREVIEW, asked, actor=manager)

    found = answer["data"]["exchangePreview"]
    assert (found["text"], found["nextRuns"], found["fileName"]) == (None, [], None)
    assert [(each["code"], each["path"]) for each in found["errors"]] == [
        ("SCHEDULE_FIELD_INVALID", ["schedule", "minutes"]),
        ("SCHEDULE_FIELD_INVALID", ["schedule", "hours"]),
        ("NAME_TEMPLATE_INVALID", ["nameTemplate"]),
    ]
    assert found["errors"][2]["message"].startswith("«{x}» — не имя файла")


async def test_a_preview_of_nothing_is_empty(
    gql: GraphQLClient, manager: Actor, organization: Organization
) -> None:
    answer = await gql(PREVIEW, {"id": key(organization)}, actor=manager)

    assert answer["data"]["exchangePreview"] == {
        "text": None,
        "nextRuns": [],
        "fileName": None,
        "errors": [],
    }


async def those_denied(organization: Organization) -> dict[str, tuple[Actor, str]]:
    other = await an_organization()
    building = await a_building(organization=organization)
    partial = await an_employee(organization, permissions=MANAGE, buildings=[building])
    resident = await a_resident_user(organization)
    powerless = await an_employee(organization, permissions=["meters.reading.submit"])
    stranger = await an_employee(other, permissions=MANAGE)
    return {
        "anonymous": (ANONYMOUS, "UNAUTHENTICATED"),
        "resident": (await actor_of(resident), "FORBIDDEN"),
        "without the right": (await actor_of(powerless), "FORBIDDEN"),
        "of another organization": (await actor_of(stranger), "NOT_FOUND"),
        "with one building": (await actor_of(partial), "FORBIDDEN"),
    }


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_who_may_not_see_it(gql: GraphQLClient, organization: Organization) -> None:
    for case, (actor, code) in (await those_denied(organization)).items():
        for document in (SETTINGS, PREVIEW):
            answer = await gql(document, {"id": key(organization)}, actor=actor)
            assert code_of(answer) == code, case


async def test_who_may_not_change_it(gql: GraphQLClient, organization: Organization) -> None:
    for case, (actor, code) in (await those_denied(organization)).items():
        for document, fields in ((UPDATE_IMPORT, "paths"), (UPDATE_EXPORT, "directory")):
            answer = await gql(document, given(organization, **{fields: "/a.xml"}), actor=actor)
            assert code_of(answer) == code, case

    assert await ExchangeSettings.all().count() == 0


async def test_the_statement_itself_tells_strangers_nothing(organization: Organization) -> None:
    stranger = await actor_of(await an_employee(await an_organization(), permissions=MANAGE))

    assert await exchange_of(stranger, organization.id) is None


async def test_the_right_in_one_organization_is_none_in_another(
    gql: GraphQLClient, organization: Organization
) -> None:
    other = await an_organization()
    employee = await an_employee(organization, permissions=["meters.reading.submit"])
    user = await employee.user
    await an_employee(other, permissions=MANAGE, user=user)
    actor = await actor_of(employee)

    seen = await gql(SETTINGS, {"id": key(organization)}, actor=actor)
    changed = await gql(UPDATE_IMPORT, given(organization, paths="/a"), actor=actor)

    assert code_of(seen) == code_of(changed) == "FORBIDDEN"


async def test_a_token_of_all_buildings_may_see_and_change_it(
    gql: GraphQLClient, organization: Organization
) -> None:
    token = await actor_of(await a_service_token(organization, permissions=MANAGE))

    changed = await gql(UPDATE_IMPORT, given(organization, paths="/a.xml"), actor=token)
    seen = await gql(SETTINGS, {"id": key(organization)}, actor=token)

    assert changed["data"]["updateImportSettings"]["errors"] == []
    assert seen["data"]["exchangeSettings"]["importSettings"]["paths"] == ["/a.xml"]


async def test_both_forms_are_one_statement(
    gql: GraphQLClient, manager: Actor, organization: Organization, queries: QueryCounter
) -> None:
    await exchange_settings(organization, paths=["/a.xml"])
    await exchange_settings(organization, OperationKind.XML_EXPORT)

    with queries.exactly(1):
        answer = await gql(SETTINGS, {"id": key(organization)}, actor=manager)

    assert answer["data"]["exchangeSettings"]["importSettings"]["paths"] == ["/a.xml"]
