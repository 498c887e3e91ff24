"""Links of verification services over HTTP: what is shown to whom, what may be changed by whom."""

from dataclasses import dataclass
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization, Quarter
from kvartal.permissions import BUILDING_EDIT
from kvartal.services.api import ServiceKind
from kvartal.services.models import Service
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_premise,
    a_quarter,
    a_service,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.resource_settings.rules import ApplyMode, Place, SettingsLevel, SettingsValues

SETTINGS = """
query Settings($id: ID!) {
  resourceSettings(level: BUILDING, id: $id) { resourceKind service { title isActive archivedAt } }
}
"""
UPDATE = """
mutation Update($input: UpdateResourceSettingsInput!) {
  updateResourceSettings(input: $input) {
    resourceSettings { service { id } }
    errors { code path message }
  }
}
"""
APPLY = """
mutation Apply($input: ApplyResourceSettingsInput!) {
  applyResourceSettings(input: $input) {
    application {
      changedBuildings {
        building { address }
        changes { resourceKind before { service { title } } after { service { title } } }
      }
    }
    errors { code }
  }
}
"""
LINK = """
mutation Link($input: LinkVerificationServiceInput!) {
  linkVerificationService(input: $input) {
    linking {
      preview changed replaced unchanged skippedLocked
      changedBuildings { building { address } replaces { title } }
      skippedBuildings { building { address } lockedBy { level name } }
    }
    errors { code path message level name }
  }
}
"""
UNLINK = """
mutation Unlink($input: UnlinkVerificationServiceInput!) {
  unlinkVerificationService(input: $input) {
    resourceSettings { resourceKind service { title } version }
    errors { code message }
  }
}
"""
LIST = "{ buildings { nodes { resourceSettings { service { title } } } } }"

WATER = ResourceKind.WATER
KINDS = ["WATER", "WASTEWATER", "ELECTRICITY", "HEATING", "GAS"]


@dataclass
class Estate:
    """A quarter of two buildings, two services, and who may link them."""

    organization: Organization
    quarter: Quarter
    first: Building
    second: Building
    check: Service
    other: Service
    manager: Actor

    def link(self, **changed: Any) -> dict[str, Any]:
        return {
            "input": {
                "resourceKind": "WATER",
                "serviceId": encode_id("Service", self.check.id),
                "scope": "ALL_ACCESSIBLE",
                **changed,
            }
        }

    def here(self, **changed: Any) -> dict[str, Any]:
        building = encode_id("Building", self.first.id)
        return self.link(scope="THIS_BUILDING", buildingId=building, **changed)

    def unlink(self) -> dict[str, Any]:
        building = encode_id("Building", self.first.id)
        return {"input": {"resourceKind": "WATER", "buildingId": building}}

    def update(self, **water: Any) -> dict[str, Any]:
        row = {
            "resourceKind": "WATER",
            "active": True,
            "fractionsAllowed": True,
            "acceptsExpired": False,
            **water,
        }
        place = {"level": "QUARTER", "id": encode_id("Quarter", self.quarter.id)}
        return {"input": {**place, "settings": [row]}}


@pytest.fixture
async def estate(db: None) -> Estate:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization, name="Северный")
    return Estate(
        organization,
        quarter,
        await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 1"),
        await a_building(organization=organization, quarter=quarter, address="ул. Лесная, 2"),
        await a_verification(organization, "Поверка"),
        await a_verification(organization, "Старая поверка"),
        await actor_of(await an_employee(organization, permissions=[BUILDING_EDIT.code])),
    )


async def a_verification(organization: Organization, title: str) -> Service:
    return await a_service(organization=organization, kind=ServiceKind.VERIFICATION, title=title)


async def test_settings_show_the_service_even_when_it_is_archived(
    estate: Estate, gql: GraphQLClient
) -> None:
    await gql(LINK, estate.here(), actor=estate.manager)
    variables = {"id": encode_id("Building", estate.first.id)}
    nothing = [{"resourceKind": kind, "service": None} for kind in KINDS[1:]]
    shown = {"title": "Поверка", "isActive": True, "archivedAt": None}

    answer = await gql(SETTINGS, variables, actor=estate.manager)
    assert answer["data"]["resourceSettings"] == [
        {"resourceKind": "WATER", "service": shown},
        *nothing,
    ]

    await Service.filter(id=estate.check.id).update(archived_at=clock.now())
    answer = await gql(SETTINGS, variables, actor=estate.manager)
    assert answer["data"]["resourceSettings"][0]["service"]["archivedAt"] is not None


async def test_a_list_of_buildings_loads_all_services_in_one_statement(
    estate: Estate, gql: GraphQLClient, queries: QueryCounter
) -> None:
    await gql(LINK, estate.link(), actor=estate.manager)
    with queries.counted() as few:
        await gql(LIST, actor=estate.manager)
    for _ in range(18):
        await a_building(organization=estate.organization)
    await gql(LINK, estate.link(resourceKind="GAS"), actor=estate.manager)

    with queries.exactly(len(few)):
        answer = await gql(LIST, actor=estate.manager)

    rows = [
        row for node in answer["data"]["buildings"]["nodes"] for row in node["resourceSettings"]
    ]
    assert sum(row["service"] is not None for row in rows) == 22


async def test_a_form_names_the_service_takes_it_away_or_says_nothing(
    estate: Estate, gql: GraphQLClient
) -> None:
    async def sent(**water: Any) -> Any:
        answer = await gql(UPDATE, estate.update(**water), actor=estate.manager)
        payload = answer["data"]["updateResourceSettings"]
        assert payload["errors"] == []
        return payload["resourceSettings"][0]["service"]

    service_id = encode_id("Service", estate.check.id)
    assert await sent(serviceId=service_id) == {"id": service_id}
    assert await sent(active=False) == {"id": service_id}
    assert await sent(serviceId=None) is None


async def test_a_wrong_service_is_told_at_its_field(estate: Estate, gql: GraphQLClient) -> None:
    await Service.filter(id=estate.check.id).update(kind=ServiceKind.OTHER)
    service_id = encode_id("Service", estate.check.id)

    answer = await gql(UPDATE, estate.update(serviceId=service_id), actor=estate.manager)

    assert answer["data"]["updateResourceSettings"] == {
        "resourceSettings": None,
        "errors": [
            {
                "code": "SERVICE_NOT_VERIFICATION",
                "path": ["settings", "0", "serviceId"],
                "message": "Эта услуга не относится к поверке счетчиков. Выберите услугу вида"
                " «Поверка»",
            }
        ],
    }


async def test_a_preview_of_applying_shows_the_links(estate: Estate, gql: GraphQLClient) -> None:
    await gql(LINK, estate.here(), actor=estate.manager)
    other = encode_id("Service", estate.other.id)
    await gql(UPDATE, estate.update(serviceId=other), actor=estate.manager)
    place = {"level": "QUARTER", "id": encode_id("Quarter", estate.quarter.id)}

    answer = await gql(
        APPLY, {"input": {**place, "mode": "ONCE", "preview": True}}, actor=estate.manager
    )

    after = {"service": {"title": "Старая поверка"}}
    assert answer["data"]["applyResourceSettings"]["application"]["changedBuildings"] == [
        {
            "building": {"address": "ул. Лесная, 1"},
            "changes": [
                {
                    "resourceKind": "WATER",
                    "before": {"service": {"title": "Поверка"}},
                    "after": after,
                }
            ],
        },
        {
            "building": {"address": "ул. Лесная, 2"},
            "changes": [{"resourceKind": "WATER", "before": {"service": None}, "after": after}],
        },
    ]


@pytest.mark.parametrize("preview", [True, False])
async def test_linking_tells_what_it_does(
    estate: Estate, gql: GraphQLClient, preview: bool
) -> None:
    old = encode_id("Service", estate.other.id)
    await gql(LINK, estate.here(serviceId=old), actor=estate.manager)
    ruled = await a_quarter(organization=estate.organization, name="Южный")
    await a_building(organization=estate.organization, quarter=ruled, address="ул. Лесная, 3")
    place = Place(SettingsLevel.QUARTER, ruled.id)
    await service.update(estate.manager, place, [])
    await service.apply(estate.manager, place, ApplyMode.RULE)

    answer = await gql(LINK, estate.link(preview=preview), actor=estate.manager)

    assert answer["data"]["linkVerificationService"] == {
        "linking": {
            "preview": preview,
            "changed": 2,
            "replaced": 1,
            "unchanged": 0,
            "skippedLocked": 1,
            "changedBuildings": [
                {
                    "building": {"address": "ул. Лесная, 1"},
                    "replaces": {"title": "Старая поверка"},
                },
                {"building": {"address": "ул. Лесная, 2"}, "replaces": None},
            ],
            "skippedBuildings": [
                {
                    "building": {"address": "ул. Лесная, 3"},
                    "lockedBy": {"level": "QUARTER", "name": "Южный"},
                }
            ],
        },
        "errors": [],
    }
    linked = await ResourceSettings.filter(service_id=estate.check.id).count()
    assert linked == (0 if preview else 2)


async def test_a_building_under_a_rule_says_whose_it_is(estate: Estate, gql: GraphQLClient) -> None:
    place = Place(SettingsLevel.QUARTER, estate.quarter.id)
    await service.apply(estate.manager, place, ApplyMode.RULE)

    answer = await gql(LINK, estate.here(), actor=estate.manager)

    assert answer["data"]["linkVerificationService"] == {
        "linking": None,
        "errors": [
            {
                "code": "RULE_LOCKED",
                "path": [],
                "message": "Управляется правилом квартала «Северный». Измените настройки квартала"
                " или отмените правило",
                "level": "QUARTER",
                "name": "Северный",
            }
        ],
    }


async def test_a_scope_without_its_building_is_bad_input(
    estate: Estate, gql: GraphQLClient
) -> None:
    answer = await gql(LINK, estate.link(scope="THIS_BUILDING"), actor=estate.manager)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"].startswith("Укажите объект, если")


async def test_a_link_is_taken_away(estate: Estate, gql: GraphQLClient) -> None:
    await gql(LINK, estate.link(), actor=estate.manager)

    answer = await gql(UNLINK, estate.unlink(), actor=estate.manager)

    payload = answer["data"]["unlinkVerificationService"]
    assert payload["errors"] == []
    assert [row["service"] for row in payload["resourceSettings"]] == [None] * 5
    assert {row["version"] for row in payload["resourceSettings"]} == {2}
    assert await ResourceSettings.filter(service_id=estate.check.id).count() == 1


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("nobody", "UNAUTHENTICATED"),
        ("a resident", "FORBIDDEN"),
        ("staff without the right", "FORBIDDEN"),
        ("staff of another organization", "NOT_FOUND"),
        ("an integrator of another organization", "NOT_FOUND"),
        ("staff of another building", "NOT_FOUND"),
    ],
)
async def test_who_may_not_change_settings_links_nothing(
    estate: Estate, gql: GraphQLClient, events: EmittedEvents, who: str, code: str
) -> None:
    await service.set_building_settings(
        estate.manager, estate.first.id, {WATER: SettingsValues(service_id=estate.other.id)}
    )
    actor = await _outsider(estate, who)
    before = await ResourceSettings.all().order_by("id").values()
    events.clear()

    for document, variables in ((LINK, estate.here()), (UNLINK, estate.unlink())):
        answer = await gql(document, variables, actor=actor)
        [error] = answer["errors"]
        assert (answer["data"], error["extensions"]["code"]) == (None, code)
    if who != "staff of another building":  # who links it where they may
        answer = await gql(LINK, estate.link(), actor=actor)
        assert answer["errors"][0]["extensions"]["code"] == code

    assert await ResourceSettings.all().order_by("id").values() == before
    assert events == []


async def _outsider(estate: Estate, who: str) -> Actor:
    permissions = [BUILDING_EDIT.code]
    match who:
        case "nobody":
            return ANONYMOUS
        case "a resident":
            premise = await a_premise(building=estate.first)
            return await actor_of(await a_resident_user(estate.organization, premises=[premise]))
        case "staff without the right":
            return await actor_of(await an_employee(estate.organization))
        case "staff of another organization":
            return await actor_of(
                await an_employee(await an_organization(), permissions=permissions)
            )
        case "an integrator of another organization":
            return await actor_of(
                await a_service_token(await an_organization(), permissions=permissions)
            )
    return await actor_of(
        await an_employee(estate.organization, permissions=permissions, buildings=[estate.second])
    )
