"""The connection over HTTP: who sets it up, what is shown of it, and what a refusal says."""

from typing import Any

import pytest
from tests.kvartal_integration.connections.conftest import given, manager_of

from kvartal.auth.api import ANONYMOUS, Actor
from kvartal.db.connection import Record, fetch
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.sealing import seal
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.service.opening import password_place
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import a_connection

SHOW = """
query ($id: ID!) {
  exchangeConnection(organizationId: $id) {
    id protocol host port username hasPassword root passive verifyCertificate fingerprint
    timeoutSeconds encoding version
  }
}
"""
UPDATE = """
mutation ($input: UpdateExchangeConnectionInput!) {
  updateExchangeConnection(input: $input) {
    exchangeConnection {
      id protocol host port username hasPassword root passive verifyCertificate fingerprint
      timeoutSeconds encoding version
    }
    errors { code path message version low high limit host }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on ExchangeServer { host } } }"
TRY = """
mutation ($input: TestExchangeConnectionInput!) {
  testExchangeConnection(input: $input) { result { succeeded } errors { code path } }
}
"""
# Literal addresses are judged without a question to anybody.
HOST, OTHER = "93.184.215.14", "93.184.215.15"
FINGERPRINT = "AB:" * 31 + "ab"


async def updated(
    gql: GraphQLClient, actor: Actor, organization: Organization, **fields: Any
) -> Any:
    answer = await gql(UPDATE, given(organization, **fields), actor=actor)
    return answer["data"]["updateExchangeConnection"]


async def password_of(organization: Organization) -> str | None:
    kept = await ExchangeConnection.get(organization_id=organization.id)
    if kept.password_sealed is None:
        return None
    return seal().open(kept.password_sealed, password_place(kept.id))


async def audit_rows(organization: Organization) -> list[Record]:
    return await fetch(
        "SELECT action, object_kind, input::text AS input, changes::text AS changes"
        " FROM kvartal_audit_entry WHERE organization_id = $1 ORDER BY id",
        organization.id,
    )


async def test_it_is_set_up_with_what_is_usual(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    payload = await updated(
        gql, manager, organization, host=HOST, username="обмен", password="секрет"
    )

    kept = await ExchangeConnection.get(organization_id=organization.id)
    expected = {
        "id": encode_id("ExchangeServer", kept.id),
        "protocol": "FTPS",
        "host": HOST,
        "port": 21,
        "username": "обмен",
        "hasPassword": True,
        "root": "/",
        "passive": True,
        "verifyCertificate": True,
        "fingerprint": None,
        "timeoutSeconds": 30,
        "encoding": "UTF_8",
        "version": 1,
    }
    assert payload == {"exchangeConnection": expected, "errors": []}
    assert kept.password_sealed is not None
    assert "секрет".encode() not in kept.password_sealed
    assert await password_of(organization) == "секрет"
    shown = await gql(SHOW, {"id": encode_id("Organization", organization.id)}, actor=manager)
    assert shown["data"]["exchangeConnection"] == expected
    assert (await gql(NODE, {"id": expected["id"]}, actor=manager))["data"]["node"] == {
        "host": HOST
    }


async def test_all_of_it_can_be_changed(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await a_connection(organization)

    payload = await updated(
        gql,
        manager,
        organization,
        protocol="FTP",
        host=OTHER,
        port=2121,
        username="другой",
        password="новый",
        root="/обмен",
        passive=False,
        verifyCertificate=False,
        fingerprint=FINGERPRINT,
        timeoutSeconds=60,
        encoding="CP1251",
        expectedVersion=1,
    )

    assert payload["errors"] == []
    shown = payload["exchangeConnection"]
    del shown["id"]
    assert shown == {
        "protocol": "FTP",
        "host": OTHER,
        "port": 2121,
        "username": "другой",
        "hasPassword": True,
        "root": "/обмен",
        "passive": False,
        "verifyCertificate": False,
        "fingerprint": "ab" * 32,
        "timeoutSeconds": 60,
        "encoding": "CP1251",
        "version": 2,
    }
    assert await password_of(organization) == "новый"


async def test_a_password_stays_goes_and_comes(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await a_connection(organization, host=HOST, password="первый", fingerprint="ab" * 32)

    await updated(gql, manager, organization, root="/x", username=None, host=None)
    kept = await password_of(organization)
    cleared = await updated(gql, manager, organization, password=None, fingerprint=None)
    cleared_again = await updated(gql, manager, organization, password=None)
    none = await password_of(organization)
    await updated(gql, manager, organization, password="второй")

    assert (kept, none, await password_of(organization)) == ("первый", None, "второй")
    assert cleared["exchangeConnection"]["hasPassword"] is False
    assert cleared["exchangeConnection"]["fingerprint"] is None
    assert cleared_again["exchangeConnection"]["version"] == 3


@pytest.mark.parametrize("fields", [{"host": OTHER}, {"port": 2121}])
async def test_a_password_is_not_sent_to_a_server_that_it_was_not_given_for(
    organization: Organization, manager: Actor, gql: GraphQLClient, fields: dict[str, Any]
) -> None:
    await a_connection(organization, host=HOST, password="первый")

    refused = await updated(gql, manager, organization, **fields)
    tried = await gql(TRY, given(organization, **fields), actor=manager)

    [error] = refused["errors"]
    assert (error["code"], error["path"]) == ("EXCHANGE_PASSWORD_REQUIRED", ["password"])
    assert tried["data"]["testExchangeConnection"] == {
        "result": None,
        "errors": [{"code": "EXCHANGE_PASSWORD_REQUIRED", "path": ["password"]}],
    }
    assert await ExchangeConnection.filter(host=HOST, port=21, version=1).count() == 1
    without = await updated(gql, manager, organization, password=None, **fields)
    assert without["exchangeConnection"]["hasPassword"] is False


async def test_what_makes_no_sense_is_refused_at_its_fields(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    nothing = await updated(gql, manager, organization)
    wrong = {
        "host": "ftp://x",
        "port": 0,
        "username": "x" * 101,
        "password": "x\r\ny",
        "root": "x",
        "fingerprint": "12",
        "timeoutSeconds": 1,
    }
    everything = await updated(gql, manager, organization, **wrong)
    tried = await gql(TRY, given(organization, **wrong), actor=manager)

    assert [(each["code"], each["path"]) for each in nothing["errors"]] == [
        ("EXCHANGE_HOST_INVALID", ["host"]),
        ("EXCHANGE_TEXT_INVALID", ["username"]),
    ]
    expected = [
        ("EXCHANGE_HOST_INVALID", ["host"]),
        ("EXCHANGE_NUMBER_OUTSIDE", ["port"]),
        ("EXCHANGE_NUMBER_OUTSIDE", ["timeoutSeconds"]),
        ("EXCHANGE_TEXT_INVALID", ["username"]),
        ("EXCHANGE_ROOT_INVALID", ["root"]),
        ("EXCHANGE_FINGERPRINT_INVALID", ["fingerprint"]),
        ("EXCHANGE_TEXT_INVALID", ["password"]),
    ]
    assert [(each["code"], each["path"]) for each in everything["errors"]] == expected
    refused = tried["data"]["testExchangeConnection"]["errors"]
    assert [(each["code"], each["path"]) for each in refused] == expected
    assert not await ExchangeConnection.exists()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("127.0.0.1", "ADDRESS_REFUSED"),
        ("10.0.0.1", "ADDRESS_REFUSED"),
        ("::1", "ADDRESS_REFUSED"),
        ("2130706433", "ADDRESS_REFUSED"),
        ("nowhere.invalid", "HOST_UNKNOWN"),
    ],
)
async def test_where_nothing_may_be_called_nothing_is_set_up(
    organization: Organization, manager: Actor, gql: GraphQLClient, place: str, code: str
) -> None:
    refused = await updated(gql, manager, organization, host=place, username="x", password="y")

    [error] = refused["errors"]
    assert (error["code"], error["path"], error["host"]) == (code, ["host"], place)
    assert not await ExchangeConnection.exists()


async def test_what_has_changed_meanwhile_is_not_overwritten(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await updated(gql, manager, organization, host=HOST, username="x", expectedVersion=0)

    again = await updated(gql, manager, organization, username="y", expectedVersion=0)
    fresh = await updated(gql, manager, organization, username="y", expectedVersion=1)

    [error] = again["errors"]
    assert (error["code"], error["path"], error["version"]) == (
        "VERSION_CONFLICT",
        ["expectedVersion"],
        1,
    )
    assert fresh["exchangeConnection"]["version"] == 2


async def test_to_save_what_is_there_already_changes_nothing(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await a_connection(organization, host=HOST)

    same = await updated(gql, manager, organization, host=HOST.upper(), port=21, root="/")

    assert same["exchangeConnection"]["version"] == 1
    assert await audit_rows(organization) == []


async def test_the_log_tells_of_changes_and_never_of_the_password(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await updated(gql, manager, organization, host=HOST, username="x", password="первый-секрет")
    await updated(gql, manager, organization, username="y", password="второй-секрет")
    await updated(gql, manager, organization, password=None)

    made, changed, cleared = await audit_rows(organization)
    assert {each["action"] for each in (made, changed, cleared)} == {"updateExchangeConnection"}
    assert {each["object_kind"] for each in (made, changed)} == {"ExchangeServer"}
    assert HOST in made["changes"]
    assert '"username": ["x", "y"]' in changed["changes"]
    assert '"password": ["***", "***"]' in changed["changes"]
    assert '"password": ["***", null]' in cleared["changes"]
    told = " ".join(each["input"] + each["changes"] for each in (made, changed, cleared))
    assert "секрет" not in told
    assert "sealed" not in told


async def test_it_is_read_by_one_statement(
    organization: Organization, manager: Actor, gql: GraphQLClient, queries: QueryCounter
) -> None:
    await a_connection(organization)
    await a_connection(await an_organization())

    with queries.exactly(1):
        answer = await gql(SHOW, {"id": encode_id("Organization", organization.id)}, actor=manager)

    assert answer["data"]["exchangeConnection"]["host"] == "ftp.invalid"


@pytest.mark.parametrize("operation", [UPDATE, TRY])
async def test_nobody_else_sets_it_up_or_tries_it(
    organization: Organization, gql: GraphQLClient, operation: str
) -> None:
    await a_connection(organization)
    both = await an_employee(await an_organization(), permissions=[EXCHANGE_MANAGE.code])
    await an_employee(organization, user=await both.user)
    others = [
        ("UNAUTHENTICATED", ANONYMOUS),
        ("FORBIDDEN", await actor_of(await a_resident_user(organization))),
        ("FORBIDDEN", await actor_of(await an_employee(organization))),
        ("FORBIDDEN", await actor_of(both)),
        ("NOT_FOUND", await manager_of(await an_organization())),
    ]

    for code, actor in others:
        answer = await gql(operation, given(organization, username="чужой"), actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await ExchangeConnection.filter(username="exchange", version=1).count() == 1


async def test_nobody_else_sees_it(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    row = await a_connection(organization)
    asked = {"id": encode_id("Organization", organization.id)}
    node = {"id": encode_id("ExchangeServer", row.id)}
    stranger = await manager_of(await an_organization())
    both = await an_employee(await an_organization(), permissions=[EXCHANGE_MANAGE.code])
    await an_employee(organization, user=await both.user)

    for actor in (stranger, await actor_of(both)):
        assert (await gql(SHOW, asked, actor=actor))["data"]["exchangeConnection"] is None
        assert (await gql(NODE, node, actor=actor))["data"]["node"] is None
    refused = [
        ("UNAUTHENTICATED", ANONYMOUS),
        ("FORBIDDEN", await actor_of(await a_resident_user(organization))),
        ("FORBIDDEN", await actor_of(await an_employee(organization))),
    ]
    for code, actor in refused:
        answer = await gql(SHOW, asked, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert (await gql(SHOW, asked, actor=manager))["data"]["exchangeConnection"] is not None
