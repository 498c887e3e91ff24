"""Registration over HTTP: an outcome for each row, and the same call again changes nothing."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.graphql.node import decode_id, encode_id
from kvartal.housing.events import AccountsMoved, BuildingMoved, PlacesRenamed
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroupMember,
    Organization,
    Premise,
    Resident,
)
from kvartal.permissions import ESTATE_REGISTER
from kvartal.testing.auth_factories import a_service_token, a_user, actor_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    a_resident,
    an_account,
    an_organization,
)
from kvartal.testing.watch import EmittedEvents, QueryCounter

KINDS = ("Buildings", "Premises", "Accounts", "Residents")


def document(kind: str) -> str:
    return f"""
    mutation ($input: Register{kind}Input!) {{
      register{kind}(input: $input) {{
        registration {{
          created updated unchanged rejected
          rows {{ outcome id errors {{ code path message }} }}
        }}
        errors {{ code }}
      }}
    }}
    """


class Integrator:
    """Who registers the estate of one organization."""

    def __init__(self, gql: GraphQLClient, organization: Organization, actor: Actor) -> None:
        self.gql = gql
        self.organization = organization
        self.actor = actor

    async def __call__(self, kind: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
        given = {
            "organizationId": encode_id("Organization", self.organization.id),
            "rows": list(rows),
            **more,
        }
        return await self.gql(document(kind), {"input": given}, actor=self.actor)

    async def outcomes(self, kind: str, *rows: dict[str, Any], **more: Any) -> list[Any]:
        """Each row's outcome, with the codes and paths of its errors."""
        answer = await self(kind, *rows, **more)
        payload = answer["data"][f"register{kind}"]
        assert payload["errors"] == []
        return [
            (row["outcome"], *((each["code"], each["path"][2:]) for each in row["errors"]))
            for row in payload["registration"]["rows"]
        ]


@pytest.fixture
async def integrator(gql: GraphQLClient) -> Integrator:
    organization = await an_organization(timezone="Asia/Yekaterinburg")
    token = await a_service_token(organization, permissions={ESTATE_REGISTER.code})
    return Integrator(gql, organization, await actor_of(token))


async def test_buildings_are_registered(integrator: Integrator, events: EmittedEvents) -> None:
    organization = integrator.organization
    quarter = await a_quarter(organization=organization)
    known = await a_building(organization=organization, address="ул. Мира, 1", quarter=quarter)
    group = await a_group(organization=organization, buildings=[known])
    guid = uuid4()
    rows = (
        {
            "externalId": " b-2 ",
            "address": " ул.  Мира, 2",
            "quarterId": encode_id("Quarter", quarter.id),
            "groupIds": [encode_id("BuildingGroup", group.id)],
            "fiasGuid": str(guid),
        },
        {"address": "УЛ. МИРА, 1", "externalId": "b-1", "quarterId": None, "groupIds": None},
        {"address": "ул. Мира, 3", "timezone": "Луна"},
        {"externalId": "b-2", "timezone": "Europe/Samara"},
        {"address": "ул. Мира, 2", "externalId": "b-3"},
    )

    answer = await integrator("Buildings", *rows)
    again = await integrator.outcomes("Buildings", *rows)

    registration = answer["data"]["registerBuildings"]["registration"]
    new, changed, bad, last, foreign = registration["rows"]
    assert (registration["created"], registration["updated"]) == (1, 2)
    assert (registration["unchanged"], registration["rejected"]) == (0, 2)
    assert [each["outcome"] for each in (new, changed, last)] == ["CREATED", "UPDATED", "UPDATED"]
    assert new["id"] == last["id"]
    assert decode_id(changed["id"]) == ("Building", known.id)
    assert bad == {
        "outcome": "REJECTED",
        "id": None,
        "errors": [
            {
                "code": "TIMEZONE_UNKNOWN",
                "path": ["rows", "2", "timezone"],
                "message": "Неизвестный часовой пояс. Укажите его по IANA, например Europe/Moscow",
            }
        ],
    }
    assert foreign["errors"][0]["code"] == "ADDRESS_TAKEN"
    assert again == [
        ("UNCHANGED",),
        ("UNCHANGED",),
        ("REJECTED", ("TIMEZONE_UNKNOWN", ["timezone"])),
        ("UNCHANGED",),
        ("REJECTED", ("ADDRESS_TAKEN", ["address"])),
    ]
    built = await Building.get(external_id="b-2")
    assert (built.address, built.timezone, built.quarter_id, built.fias_guid, built.version) == (
        "ул. Мира, 2",
        "Europe/Samara",
        quarter.id,
        guid,
        1,
    )
    await known.refresh_from_db()
    assert (known.address, known.external_id, known.quarter_id, known.version) == (
        "УЛ. МИРА, 1",
        "b-1",
        None,
        2,
    )
    assert await BuildingGroupMember.all().values_list("building_id", flat=True) == [built.id]
    assert sorted(events.of(BuildingMoved), key=lambda each: each.building_id) == sorted(
        [
            BuildingMoved(
                organization_id=organization.id,
                building_id=built.id,
                quarter_before=None,
                quarter_after=quarter.id,
                groups_after=(group.id,),
            ),
            BuildingMoved(
                organization_id=organization.id,
                building_id=known.id,
                quarter_before=quarter.id,
                quarter_after=None,
                groups_before=(group.id,),
            ),
        ],
        key=lambda each: each.building_id,
    )
    assert events.of(PlacesRenamed) == [PlacesRenamed.of_buildings(organization.id, known.id)]


async def test_renamed_buildings_are_told_of_a_few_at_a_time(
    integrator: Integrator, events: EmittedEvents
) -> None:
    rows = [{"externalId": f"b-{n}", "address": f"ул. Мира, {n}"} for n in range(45)]
    await integrator("Buildings", *rows)
    events.clear()

    await integrator("Buildings", *({**row, "address": f"{row['address']}а"} for row in rows))

    assert [len(each.building_ids) for each in events.of(PlacesRenamed)] == [20, 20, 5]
    assert events.of(BuildingMoved) == []


async def test_home_screens_hear_of_another_time_zone(
    integrator: Integrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []
    monkeypatch.setattr("kvartal.housing.registration.service.buildings.touch", touched.append)
    row = {"externalId": "b-1", "address": "ул. Мира, 1"}

    await integrator("Buildings", row)
    await integrator("Buildings", {**row, "address": "ул. Мира, 1а"})
    assert touched == []
    await integrator("Buildings", {**row, "timezone": "Europe/Samara"})

    assert touched == [f"organization:{integrator.organization.id}"]


async def test_premises_are_registered(integrator: Integrator, events: EmittedEvents) -> None:
    organization = integrator.organization
    house = await a_building(organization=organization, address="ул. Мира, 1", external_id="b-1")
    known = await a_premise(building=house, number="5", external_id="p-5")
    await a_building(address="ул. Чужая, 1", external_id="foreign")
    rows = (
        {"externalId": "p-6", "number": "6", "buildingExternalId": "b-1"},
        {"number": "7", "kind": "NON_RESIDENTIAL", "buildingAddress": "УЛ. мира, 1"},
        {"externalId": "p-5", "number": "5а"},
        {"number": "5А", "buildingId": encode_id("Building", house.id), "externalId": "p-x"},
        {"number": "8"},
        {"number": "8", "buildingExternalId": "foreign"},
        {"number": " ", "buildingExternalId": "b-1"},
    )

    outcomes = await integrator.outcomes("Premises", *rows)
    again = await integrator.outcomes("Premises", *rows)

    refused = [
        ("REJECTED", ("PREMISE_NUMBER_TAKEN", ["number"])),
        ("REJECTED", ("BUILDING_UNKNOWN", [])),
        ("REJECTED", ("BUILDING_UNKNOWN", ["buildingExternalId"])),
        ("REJECTED", ("NUMBER_REQUIRED", ["number"])),
    ]
    assert outcomes == [("CREATED",), ("CREATED",), ("UPDATED",), *refused]
    assert again == [("UNCHANGED",), ("UNCHANGED",), ("UNCHANGED",), *refused]
    found = await fetch(
        "SELECT number, kind, external_id, search, version FROM kvartal_premise"
        " WHERE building_id = $1 ORDER BY number",
        house.id,
    )
    assert [tuple(row.values()) for row in found] == [
        ("5а", "RESIDENTIAL", "p-5", " ул мира 1 5а", 2),
        ("6", "RESIDENTIAL", "p-6", " ул мира 1 6", 1),
        ("7", "NON_RESIDENTIAL", None, " ул мира 1 7", 1),
    ]
    assert events == [PlacesRenamed.of_premises(organization.id, known.id)]


async def test_accounts_are_registered(integrator: Integrator, events: EmittedEvents) -> None:
    organization = integrator.organization
    house = await a_building(organization=organization, address="Дом", external_id="b-1")
    home = await a_premise(building=house, number="5", external_id="p-5")
    other = await a_premise(building=house, number="6")
    moving = await an_account(premise=home, number="1")
    renamed = await an_account(premise=home, number="2", external_id="a-2")
    rows = (
        {"number": "3", "premiseExternalId": "p-5", "unifiedNumber": "40АА"},
        {"number": "1", "premiseNumber": "6", "buildingAddress": "дом"},
        {"externalId": "a-2", "number": "22"},
        {"number": "4", "premiseNumber": "6"},
        {"number": "4", "premiseNumber": "7", "buildingExternalId": "b-1"},
        {"number": "4", "premiseNumber": "7", "buildingExternalId": "нет"},
        {"number": "4"},
        {"number": "4", "premiseId": encode_id("Premise", other.id)},
    )

    outcomes = await integrator.outcomes("Accounts", *rows)
    again = await integrator.outcomes("Accounts", *rows)

    refused = [
        ("REJECTED", ("BUILDING_UNKNOWN", ["premiseNumber"])),
        ("REJECTED", ("PREMISE_UNKNOWN", ["premiseNumber"])),
        ("REJECTED", ("BUILDING_UNKNOWN", ["buildingExternalId"])),
    ]
    assert outcomes == [
        ("CREATED",),
        ("UPDATED",),
        ("UPDATED",),
        *refused,
        ("REJECTED", ("PREMISE_UNKNOWN", [])),
        ("CREATED",),
    ]
    assert again == [("UNCHANGED",)] * 3 + refused + [("UNCHANGED",)] * 2
    assert sorted(await Account.all().values_list("number", "premise_id")) == sorted(
        [("1", other.id), ("22", home.id), ("3", home.id), ("4", other.id)]
    )
    assert (await Premise.get(id=home.id)).search == " дом 5 22 3"
    assert (await Premise.get(id=other.id)).search == " дом 6 1 4"
    assert events == [
        AccountsMoved(organization_id=organization.id, account_ids=(moving.id,)),
        PlacesRenamed.of_accounts(organization.id, renamed.id),
    ]


async def test_residents_are_registered(integrator: Integrator) -> None:
    organization = integrator.organization
    house = await a_building(organization=organization, address="Дом")
    home = await a_premise(building=house, number="5", external_id="p-5")
    other = await a_premise(building=house, number="6")
    vera = await a_resident(home, full_name="Орлова Вера", phone="+79990000000")
    anna = await a_resident(home, full_name="Сидорова Анна")
    user, second = await a_user(phone="+79991111111"), await a_user(phone="+79992222222")
    rows = (
        {"fullName": "Новый Пётр", "phone": "8 999 111 11 11", "premiseExternalId": "p-5"},
        {"phone": "+79990000000", "premiseId": encode_id("Premise", other.id)},
        {"fullName": "сидорова анна", "phone": "+79992222222", "premiseExternalId": "p-5"},
        {"fullName": "Без телефона", "premiseNumber": "6", "buildingAddress": "дом"},
        {"phone": "+79994444444", "premiseExternalId": "p-5"},
        {"fullName": "Ничей"},
        {"fullName": "Кто-то", "phone": "нет", "premiseExternalId": "p-5"},
    )

    outcomes = await integrator.outcomes("Residents", *rows)
    again = await integrator.outcomes("Residents", *rows)

    refused = [
        ("REJECTED", ("NAME_REQUIRED", ["fullName"])),
        ("REJECTED", ("PREMISE_UNKNOWN", [])),
        ("REJECTED", ("INVALID_PHONE", ["phone"])),
    ]
    assert outcomes == [("CREATED",), ("UPDATED",), ("UPDATED",), ("CREATED",), *refused]
    assert again == [("UNCHANGED",)] * 4 + refused
    found = await fetch(
        "SELECT r.full_name, r.phone, r.user_id, array_agg(p.number ORDER BY p.number) AS homes"
        " FROM kvartal_resident r JOIN kvartal_residency h ON h.resident_id = r.id"
        " JOIN kvartal_premise p ON p.id = h.premise_id GROUP BY r.id ORDER BY r.full_name"
    )
    assert [tuple(row.values()) for row in found] == [
        ("Без телефона", None, None, ["6"]),
        ("Новый Пётр", "+79991111111", user.id, ["5"]),
        ("Орлова Вера", "+79990000000", None, ["5", "6"]),
        ("сидорова анна", "+79992222222", second.id, ["5"]),
    ]
    await vera.refresh_from_db()
    await anna.refresh_from_db()
    assert (vera.version, anna.version) == (1, 2)


async def test_a_preview_tells_the_outcomes_and_changes_nothing(
    integrator: Integrator, events: EmittedEvents
) -> None:
    house = await a_building(organization=integrator.organization, external_id="b-1")
    home = await a_premise(building=house, external_id="p-1")
    rows = {
        "Buildings": {"address": "ул. Мира, 1"},
        "Premises": {"number": "1", "buildingExternalId": "b-1"},
        "Accounts": {"number": "1", "premiseExternalId": "p-1"},
        "Residents": {"fullName": "Орлова", "premiseExternalId": "p-1"},
    }

    for kind, row in rows.items():
        assert await integrator.outcomes(kind, row, preview=True) == [("CREATED",)]

    assert await Building.all().values_list("id", flat=True) == [house.id]
    assert await Premise.all().values_list("id", flat=True) == [home.id]
    assert (await Account.all().count(), await Resident.all().count()) == (0, 0)
    assert events == []


@pytest.mark.parametrize("kind", KINDS)
async def test_more_than_a_thousand_rows_are_refused_as_a_whole(
    integrator: Integrator, kind: str
) -> None:
    row = {"fullName": "x"} if kind == "Residents" else {"externalId": "x"}

    answer = await integrator(kind, *[row] * 1001)

    [error] = answer["errors"]
    facts = error["extensions"]
    assert (facts["code"], facts["limit"], facts["value"]) == ("BAD_INPUT", 1000, 1001)


async def test_what_is_in_the_archive_is_not_registered_into(integrator: Integrator) -> None:
    organization = integrator.organization
    old = await a_building(
        organization=organization, address="Дом", external_id="b-1", archived_at=clock.now()
    )
    quarter = await a_quarter(organization=organization)
    quarter.archived_at = clock.now()
    await quarter.save()
    await a_premise(building=old, number="5", external_id="p-1", archived_at=clock.now())

    assert await integrator.outcomes(
        "Buildings",
        {"externalId": "b-1", "address": "Другой"},
        {"address": "дом", "externalId": "b-2"},
        {"address": "Новый", "quarterId": encode_id("Quarter", quarter.id)},
    ) == [
        ("REJECTED", ("PLACE_ARCHIVED", [])),
        ("CREATED",),
        ("REJECTED", ("QUARTER_UNKNOWN", ["quarterId"])),
    ]
    assert await integrator.outcomes(
        "Premises",
        {"externalId": "p-1", "number": "6"},
        {"number": "7", "buildingExternalId": "b-1"},
    ) == [
        ("REJECTED", ("PLACE_ARCHIVED", [])),
        ("REJECTED", ("PLACE_ARCHIVED", ["buildingExternalId"])),
    ]
    assert await integrator.outcomes("Accounts", {"number": "1", "premiseExternalId": "p-1"}) == [
        ("REJECTED", ("PLACE_ARCHIVED", ["premiseExternalId"]))
    ]


async def test_an_organization_knows_nothing_of_anothers_estate(integrator: Integrator) -> None:
    theirs = await a_building(address="Дом", external_id="b-1")
    home = await a_premise(building=theirs, number="5", external_id="p-1")
    await an_account(premise=home, number="1", external_id="a-1")
    await a_resident(home, phone="+79990000000")
    group = await a_group(organization=await theirs.organization)

    assert await integrator.outcomes(
        "Buildings",
        {"externalId": "b-1", "address": "Дом"},
        {"address": "Другой", "groupIds": [encode_id("BuildingGroup", group.id)]},
    ) == [("CREATED",), ("REJECTED", ("GROUP_UNKNOWN", ["groupIds"]))]
    assert await integrator.outcomes(
        "Premises", {"number": "9", "buildingId": encode_id("Building", theirs.id)}
    ) == [("REJECTED", ("BUILDING_UNKNOWN", ["buildingId"]))]
    assert await integrator.outcomes(
        "Accounts", {"number": "1", "premiseId": encode_id("Premise", home.id)}
    ) == [("REJECTED", ("PREMISE_UNKNOWN", ["premiseId"]))]
    assert await integrator.outcomes(
        "Residents", {"phone": "+79990000000", "premiseId": encode_id("Premise", home.id)}
    ) == [("REJECTED", ("PREMISE_UNKNOWN", ["premiseId"]))]
    await theirs.refresh_from_db()
    assert theirs.version == 1


# Those that emit no event send the audit row alone.
STATEMENTS = {"Buildings": (9, 7), "Premises": (8, 5), "Accounts": (9, 6), "Residents": (9, 6)}


@pytest.mark.parametrize("count", [2, 20])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_takes_as_many_statements_whatever_its_rows(
    integrator: Integrator, queries: QueryCounter, kind: str, count: int
) -> None:
    house = await a_building(organization=integrator.organization, external_id="b-1")
    await a_premise(building=house, external_id="p-1")
    rows = {
        "Buildings": [{"address": f"ул. Мира, {n}"} for n in range(count)],
        "Premises": [{"number": f"n{n}", "buildingExternalId": "b-1"} for n in range(count)],
        "Accounts": [{"number": f"n{n}", "premiseExternalId": "p-1"} for n in range(count)],
        "Residents": [
            {"fullName": f"Орлова {n}", "premiseExternalId": "p-1"} for n in range(count)
        ],
    }[kind]
    first, second = STATEMENTS[kind]

    with queries.counted() as creating:
        assert await integrator.outcomes(kind, *rows) == [("CREATED",)] * count
        await asyncio.sleep(0)
    with queries.counted() as nothing_new:
        assert await integrator.outcomes(kind, *rows) == [("UNCHANGED",)] * count
        await asyncio.sleep(0)

    assert (len(creating), len(nothing_new)) == (first, second)
