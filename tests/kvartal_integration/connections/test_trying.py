"""A connection is tried step by step: what works is told, and what does not."""
# ruff: noqa: N802 -- a server's methods are named for the commands

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.kvartal_integration.connections.conftest import (
    LOOPBACK,
    connected_to,
    given,
    manager_of,
    nobody,
)

from kvartal.auth.api import Actor
from kvartal.db.connection import fetch, fetch_one
from kvartal.housing.models import Organization
from kvartal.sealing import Seal
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.ftp import READING, Certificate, FtpAccount, FtpHandler, ftp_server
from kvartal.testing.host import Committed
from kvartal.testing.processes import free_port
from kvartal.testing.watch import until
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.service import opening, trying
from kvartal_integration.testing import a_connection

TRY = """
mutation ($input: TestExchangeConnectionInput!) {
  testExchangeConnection(input: $input) {
    result { succeeded fingerprint steps { step outcome code title message } }
    errors { code path message }
  }
}
"""
OwnDatabase = Callable[..., AbstractAsyncContextManager[Committed]]

OPEN = ["RESOLVE", "CONNECT", "LOGIN", "LIST", "WRITE", "DELETE"]
SECURE = ["RESOLVE", "CONNECT", "SECURE", "LOGIN", "LIST", "WRITE", "DELETE"]


async def tried(gql: GraphQLClient, actor: Actor, organization: Organization, **fields: Any) -> Any:
    answer = await gql(TRY, given(organization, **fields), actor=actor)
    payload = answer["data"]["testExchangeConnection"]
    assert payload["errors"] == []
    return payload["result"]


def summary(result: Any) -> list[tuple[str, str, str | None]]:
    return [(each["step"], each["outcome"], each["code"]) for each in result["steps"]]


def stopped(steps: list[str], at: str, code: str) -> list[tuple[str, str, str | None]]:
    """The steps before passed, that one failed, those after it were not tried."""
    place = steps.index(at)
    passed: list[tuple[str, str, str | None]] = [(each, "PASSED", None) for each in steps[:place]]
    return [
        *passed,
        (at, "FAILED", code),
        *((each, "SKIPPED", None) for each in steps[place + 1 :]),
    ]


async def test_everything_works_and_nothing_is_left_behind(
    organization: Organization, manager: Actor, gql: GraphQLClient, loopback: None, tmp_path: Path
) -> None:
    with ftp_server(tmp_path) as account:
        await connected_to(account, organization)
        result = await tried(gql, manager, organization)

    assert result["succeeded"]
    assert summary(result) == [(each, "PASSED", None) for each in OPEN]
    assert [each["title"] for each in result["steps"]] == [
        "Адрес сервера",
        "Соединение",
        "Вход",
        "Чтение корневого каталога",
        "Запись файла",
        "Удаление файла",
    ]
    assert {each["message"] for each in result["steps"]} == {None}
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 -- a folder of the test
    assert any(each.startswith("STOR /kvartal-") for each in account.commands)


async def test_the_form_is_tried_before_it_is_saved(
    organization: Organization,
    manager: Actor,
    gql: GraphQLClient,
    loopback: None,
    tmp_path: Path,
    certificate: Certificate,
) -> None:
    with ftp_server(tmp_path, certificate=certificate) as account:
        form = {
            "host": account.host,
            "port": account.port,
            "username": account.username,
            "password": account.password,
        }
        untrusted = await tried(gql, manager, organization, **form)
        form["fingerprint"] = untrusted["fingerprint"]
        pinned = await tried(gql, manager, organization, **form)
        await a_connection(organization, host=LOOPBACK, port=account.port, password="старый")
        over_the_kept = await tried(gql, manager, organization, **form, verifyCertificate=False)

    assert summary(untrusted) == stopped(SECURE, "SECURE", "CERTIFICATE")
    assert untrusted["steps"][2]["message"] == "сертификату сервера нельзя доверять"
    assert untrusted["fingerprint"] == certificate.fingerprint
    assert pinned["succeeded"]
    assert summary(pinned) == [(each, "PASSED", None) for each in SECURE]
    assert over_the_kept["succeeded"]
    assert await ExchangeConnection.filter(username="exchange", version=1).count() == 1


async def test_each_step_says_why_it_failed(
    organization: Organization, manager: Actor, gql: GraphQLClient, loopback: None, tmp_path: Path
) -> None:
    with ftp_server(tmp_path, rights=READING) as account:
        await connected_to(account, organization)
        reads = await tried(gql, manager, organization)
        wrong = await tried(gql, manager, organization, password="не тот")
        nowhere = await tried(gql, manager, organization, root="/нет/такого")
        in_the_open = await tried(gql, manager, organization, protocol="FTPS")

    assert not reads["succeeded"]
    assert summary(reads) == stopped(OPEN, "WRITE", "DENIED")
    assert summary(wrong) == stopped(OPEN, "LOGIN", "LOGIN")
    assert wrong["steps"][2]["message"] == "неверный логин или пароль"
    assert summary(nowhere) == stopped(OPEN, "LIST", "DENIED")
    assert summary(in_the_open) == stopped(SECURE, "SECURE", "TLS")
    assert in_the_open["fingerprint"] is None


class Keeping(FtpHandler):
    """A server that keeps what it once got."""

    def ftp_DELE(self, path: str) -> None:
        self.respond("550 never")


async def test_what_cannot_be_deleted_is_told(
    organization: Organization, manager: Actor, gql: GraphQLClient, loopback: None, tmp_path: Path
) -> None:
    with ftp_server(tmp_path, handler=Keeping) as account:
        await connected_to(account, organization)
        result = await tried(gql, manager, organization)

    assert summary(result) == stopped(OPEN, "DELETE", "DENIED")


async def test_nobody_answers(
    organization: Organization, manager: Actor, gql: GraphQLClient, loopback: None
) -> None:
    await connected_to(nobody(free_port()), organization)

    result = await tried(gql, manager, organization)

    assert summary(result) == stopped(OPEN, "CONNECT", "CONNECT")


async def test_what_leads_inside_is_told_and_not_called(
    organization: Organization, manager: Actor, gql: GraphQLClient, tmp_path: Path
) -> None:
    with ftp_server(tmp_path) as account:
        await connected_to(account, organization)
        inside = await tried(gql, manager, organization)
        unknown = await tried(gql, manager, organization, host="nowhere.invalid", password="другой")

    assert summary(inside) == stopped(OPEN, "RESOLVE", "ADDRESS_REFUSED")
    assert inside["steps"][0]["message"] == "адрес ведет во внутреннюю сеть"
    assert summary(unknown) == stopped(OPEN, "RESOLVE", "HOST_UNKNOWN")
    assert account.commands == []


async def test_it_speaks_english_too(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await a_connection(organization, host=LOOPBACK)

    answer = await gql(TRY, given(organization), actor=manager, locale="en")

    [first, *_] = answer["data"]["testExchangeConnection"]["result"]["steps"]
    assert first["title"] == "Address of the server"
    assert first["message"] == "the address leads into an internal network"


async def test_a_password_whose_key_is_gone_is_asked_for_again(
    organization: Organization, manager: Actor, gql: GraphQLClient, loopback: None
) -> None:
    row = await a_connection(organization, host=LOOPBACK)
    other = Seal(["x" * 32]).seal("password", opening.password_place(row.id))
    await ExchangeConnection.filter(id=row.id).update(password_sealed=other)

    result = await tried(gql, manager, organization)

    assert [each for each in summary(result) if each[1] == "FAILED"] == [
        ("LOGIN", "FAILED", "PASSWORD")
    ]
    assert not result["succeeded"]


class Slow(FtpHandler):
    """A server that thinks before it lists anything."""

    seconds = 2.5

    def ftp_LIST(self, path: str) -> Any:
        time.sleep(self.seconds)
        return super().ftp_LIST(path)


async def test_it_is_over_in_time_whatever_the_server_does(
    organization: Organization,
    manager: Actor,
    gql: GraphQLClient,
    loopback: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trying, "WHOLE_SECONDS", 1.0)
    with ftp_server(tmp_path, handler=Slow) as account:
        await connected_to(account, organization)
        begun = time.monotonic()
        result = await tried(gql, manager, organization)
        assert time.monotonic() - begun < Slow.seconds

    assert summary(result) == stopped(OPEN, "LIST", "TIMEOUT")


async def test_one_at_a_time_in_an_organization(
    organization: Organization,
    manager: Actor,
    gql: GraphQLClient,
    loopback: None,
    tmp_path: Path,
) -> None:
    await a_connection(organization, host=LOOPBACK)
    with trying._alone(organization.id):
        answer = await gql(TRY, given(organization), actor=manager)
        payload = answer["data"]["testExchangeConnection"]

    assert payload["result"] is None
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("EXCHANGE_TEST_RUNNING", [])
    ]
    assert (await tried(gql, manager, organization))["steps"]


async def test_the_log_tells_what_was_tried_and_not_the_password(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await tried(
        gql, manager, organization, host=LOOPBACK, username="обмен", password="тайное-слово"
    )

    row = await fetch_one(
        "SELECT action, input::text AS input, changes FROM kvartal_audit_entry"
        " WHERE organization_id = $1",
        organization.id,
    )
    assert row is not None
    assert row["action"] == "testExchangeConnection"
    assert LOOPBACK in row["input"]
    assert "тайное-слово" not in row["input"]
    assert row["changes"] is None


async def test_under_a_key_it_is_tried_anew_each_time(
    organization: Organization, manager: Actor, gql: GraphQLClient
) -> None:
    await a_connection(organization, host=LOOPBACK)
    headers = {"Idempotency-Key": "the-same"}

    for _ in range(2):
        answer = await gql(TRY, given(organization), actor=manager, headers=headers)
        result = answer["data"]["testExchangeConnection"]["result"]
        assert summary(result) == stopped(SECURE, "RESOLVE", "ADDRESS_REFUSED")

    [tried_anew] = await fetch(
        "SELECT (SELECT count(*) FROM kvartal_audit_entry WHERE organization_id = $1) AS times,"
        " (SELECT count(*) FROM kvartal_idempotency_key) AS keys",
        organization.id,
    )
    assert (tried_anew["times"], tried_anew["keys"]) == (2, 0)


@pytest.mark.committed
@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "a-key"}], ids=["once", "under a key"])
async def test_no_transaction_is_open_while_it_waits(
    committed: OwnDatabase, loopback: None, tmp_path: Path, headers: dict[str, str]
) -> None:
    async with committed() as own:
        organization = await an_organization()
        manager = await manager_of(organization)
        with ftp_server(tmp_path, handler=Slow) as account:
            await connected_to(account, organization)
            trial = asyncio.create_task(
                own.client(TRY, given(organization), actor=manager, headers=headers)
            )
            await until(partial(_is_asked, account))
            [held] = await fetch(
                "SELECT count(*) AS transactions FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state <> 'idle' AND backend_type = 'client backend'"
            )
            answer = await trial

    assert answer["data"]["testExchangeConnection"]["result"]["succeeded"]
    assert held["transactions"] == 0


async def _is_asked(account: FtpAccount) -> bool:
    return "LIST" in account.commands
