"""Organizations, quarters and groups over HTTP: changes, names, and an archive of the empty."""

from typing import Any

import pytest

from kvartal.housing.models import BuildingGroup, Organization, Quarter
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_group
from kvartal.testing.watch import EmittedEvents

Estate = Any

UPDATE_ORGANIZATION = """
mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) {
    organization {
      name kind inn externalId timezone billingMonthShift version
    }
    errors { code path version limit }
  }
}
"""
TERRITORIES = """
query ($all: Boolean!) {
  organizations {
    quarters(includeArchived: $all) { name archivedAt }
    buildingGroups(includeArchived: $all) { name archivedAt }
  }
}
"""
KINDS = [("Quarter", "quarter", Quarter), ("BuildingGroup", "group", BuildingGroup)]


def mutation(verb: str, kind: str, input_type: str) -> str:
    field = kind[0].lower() + kind[1:]
    return (
        f"mutation ($input: {input_type}!) {{ {verb}{kind}(input: $input) {{"
        f" {field} {{ name version archivedAt }} errors {{ code path }} }} }}"
    )


async def test_given_fields_of_an_organization_change_and_no_others(
    gql: GraphQLClient, estate: Estate
) -> None:
    one = estate.id_of("organization")

    async def change(**fields: Any) -> Any:
        given = {"id": one, **fields}
        answer = await gql(UPDATE_ORGANIZATION, {"input": given}, actor=estate.employee)
        return answer["data"]["updateOrganization"]

    organization = {
        "name": "УК «Новая»",
        "kind": "RESOURCE_SUPPLIER",
        "inn": "7707083893",
        "externalId": "o-1",
        "timezone": "Europe/Samara",
        "billingMonthShift": -1,
        "version": 2,
    }
    changed = {name: value for name, value in organization.items() if name != "version"}

    assert await change(**{**changed, "name": "  УК  «Новая» "}, expectedVersion=1) == {
        "organization": organization,
        "errors": [],
    }
    cleared = await change(inn=None, externalId=" ", kind=None, billingMonthShift=None)
    assert cleared["organization"] == organization | {
        "inn": None,
        "externalId": None,
        "version": 3,
    }


async def test_all_faults_of_an_organization_are_told_at_once(
    gql: GraphQLClient, estate: Estate
) -> None:
    given = {
        "id": estate.id_of("organization"),
        "name": None,
        "inn": "12345",
        "externalId": "x" * 101,
        "timezone": "Луна",
        "billingMonthShift": 1,
    }

    answer = await gql(UPDATE_ORGANIZATION, {"input": given}, actor=estate.employee)

    payload = answer["data"]["updateOrganization"]
    assert payload["organization"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("NAME_REQUIRED", ["name"]),
        ("INN_INVALID", ["inn"]),
        ("TEXT_TOO_LONG", ["externalId"]),
        ("TIMEZONE_UNKNOWN", ["timezone"]),
        ("MONTH_SHIFT_INVALID", ["billingMonthShift"]),
    ]
    assert (await Organization.get(id=estate.organization.id)).version == 1


async def test_an_organization_that_somebody_else_has_changed_is_not_changed(
    gql: GraphQLClient, estate: Estate
) -> None:
    given = {"id": estate.id_of("organization"), "name": "Новое", "expectedVersion": 2}

    answer = await gql(UPDATE_ORGANIZATION, {"input": given}, actor=estate.employee)

    assert answer["data"]["updateOrganization"]["errors"] == [
        {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "version": 1, "limit": None}
    ]


@pytest.mark.parametrize(("kind", "name", "model"), KINDS)
async def test_a_quarter_or_a_group_is_created_and_renamed(
    gql: GraphQLClient, estate: Estate, kind: str, name: str, model: type[Quarter]
) -> None:
    given = {"organizationId": estate.id_of("organization"), "name": "  Дома  на Мира "}
    field = kind[0].lower() + kind[1:]

    created = await gql(
        mutation("create", kind, "CreateTerritoryInput"), {"input": given}, actor=estate.employee
    )
    renamed = await gql(
        mutation("update", kind, "UpdateTerritoryInput"),
        {"input": {"id": estate.id_of(name), "name": "10-й", "expectedVersion": 1}},
        actor=estate.employee,
    )

    assert created["data"][f"create{kind}"] == {
        field: {"name": "Дома на Мира", "version": 1, "archivedAt": None},
        "errors": [],
    }
    assert renamed["data"][f"update{kind}"] == {
        field: {"name": "10-й", "version": 2, "archivedAt": None},
        "errors": [],
    }
    before = getattr(estate, name).sort_key
    assert (await model.get(id=getattr(estate, name).id)).sort_key != before


@pytest.mark.parametrize(("kind", "name", "model"), KINDS)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": " "}, [("NAME_REQUIRED", ["name"])]),
        ({"name": "x" * 201}, [("TEXT_TOO_LONG", ["name"])]),
        ({"name": "x", "expectedVersion": 5}, [("VERSION_CONFLICT", ["expectedVersion"])]),
    ],
)
async def test_a_quarter_or_a_group_is_not_renamed(
    gql: GraphQLClient,
    estate: Estate,
    kind: str,
    name: str,
    model: type[Quarter],
    given: dict[str, Any],
    expected: list[tuple[str, list[str]]],
) -> None:
    answer = await gql(
        mutation("update", kind, "UpdateTerritoryInput"),
        {"input": {"id": estate.id_of(name), **given}},
        actor=estate.employee,
    )

    payload = answer["data"][f"update{kind}"]
    assert [(each["code"], each["path"]) for each in payload["errors"]] == expected
    assert (await model.get(id=getattr(estate, name).id)).version == 1


@pytest.mark.parametrize(("kind", "name", "model"), KINDS)
async def test_a_quarter_or_a_group_with_buildings_does_not_go_into_the_archive(
    gql: GraphQLClient,
    events: EmittedEvents,
    estate: Estate,
    kind: str,
    name: str,
    model: type[Quarter],
) -> None:
    estate.building.quarter = estate.quarter
    await estate.building.save()
    full = await a_group(organization=estate.organization, buildings=[estate.building])
    key = estate.id_of("quarter") if name == "quarter" else estate.id(full)

    answer = await gql(
        f"mutation ($input: PlaceInput!) {{ archive{kind}(input: $input)"
        " { errors { code path count message } } }",
        {"input": {"id": key}},
        actor=estate.employee,
    )

    assert answer["data"][f"archive{kind}"]["errors"] == [
        {
            "code": "PLACE_NOT_EMPTY",
            "path": ["id"],
            "count": 1,
            "message": "Здесь еще есть объекты: 1, считая архивные. Сначала переведите их",
        }
    ]
    assert await model.filter(archived_at__isnull=False).count() == 0


async def test_empty_quarters_and_groups_go_into_the_archive_and_come_back(
    gql: GraphQLClient, estate: Estate
) -> None:
    async def listed(*, archived: bool) -> Any:
        answer = await gql(TERRITORIES, {"all": archived}, actor=estate.employee)
        [organization] = answer["data"]["organizations"]
        return {
            name: [(each["name"], each["archivedAt"] is not None) for each in rows]
            for name, rows in organization.items()
        }

    async def change(verb: str) -> None:
        for kind, name, _ in KINDS:
            answer = await gql(
                mutation(verb, kind, "PlaceInput"),
                {"input": {"id": estate.id_of(name)}},
                actor=estate.employee,
            )
            assert answer["data"][f"{verb}{kind}"]["errors"] == []

    live = {"quarters": [("Северный", False)], "buildingGroups": [("Панельные", False)]}
    gone = {"quarters": [("Северный", True)], "buildingGroups": [("Панельные", True)]}

    await change("archive")
    assert await listed(archived=False) == {"quarters": [], "buildingGroups": []}
    assert await listed(archived=True) == gone
    await change("archive")
    assert (await Quarter.get(id=estate.quarter.id)).version == 2

    await change("restore")
    await change("restore")
    assert await listed(archived=False) == live
    assert (await Quarter.get(id=estate.quarter.id)).version == 3
