"""What imports and exports get when they ask for an organization's exchange."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from tests.kvartal_integration.connections.conftest import LOOPBACK, connected_to

from kvartal.addresses import HostUnknown
from kvartal.db.transaction import current_work
from kvartal.errors import KvartalError
from kvartal.housing.models import Organization
from kvartal.sealing import Seal
from kvartal.testing.ftp import Certificate, ftp_server
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.rules import ConnectionValues, FileEncoding, Protocol
from kvartal_integration.connections.service import opened, opening
from kvartal_integration.exchange.port import ExchangeFailed
from kvartal_integration.exchange.server import Security
from kvartal_integration.testing import a_connection


async def failure_of(organization: Organization) -> tuple[str, str]:
    with pytest.raises(ExchangeFailed) as failed:
        async with opened(organization.id):
            pass
    return failed.value.host, failed.value.reason


async def test_files_go_to_the_server_that_was_set_up(
    organization: Organization, loopback: None, tmp_path: Path, certificate: Certificate
) -> None:
    with ftp_server(tmp_path, certificate=certificate, encoding="cp1251") as account:
        await connected_to(
            account,
            organization,
            protocol="FTPS",
            fingerprint=certificate.fingerprint,
            encoding="CP1251",
            root="/обмен",
        )
        async with opened(organization.id) as exchange:
            with pytest.raises(KvartalError):
                current_work()
            await exchange.put("/показания.xml", io.BytesIO(b"1"))

    assert (tmp_path / "обмен" / "показания.xml").read_bytes() == b"1"


async def test_nothing_has_been_set_up(organization: Organization) -> None:
    assert await failure_of(organization) == ("—", "NOT_CONFIGURED")


async def test_what_leads_inside_is_not_called(organization: Organization, tmp_path: Path) -> None:
    with ftp_server(tmp_path) as account:
        await connected_to(account, organization)

        assert await failure_of(organization) == (LOOPBACK, "ADDRESS_REFUSED")

    assert account.commands == []


async def test_a_host_that_is_no_more(organization: Organization) -> None:
    await a_connection(organization, host="nowhere.invalid")

    assert await failure_of(organization) == ("nowhere.invalid", "HOST_UNKNOWN")


async def test_names_that_are_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ponder(*args: Any, **kwargs: Any) -> list[str]:
        await asyncio.sleep(60)
        return []

    monkeypatch.setattr(opening, "public_addresses", ponder)
    monkeypatch.setattr(opening, "RESOLVE_SECONDS", 0.05)

    with pytest.raises(HostUnknown) as unknown:
        await opening.judged("slow.example", 21)
    assert unknown.value.path == ("host",)


async def test_a_password_whose_key_is_gone(organization: Organization, loopback: None) -> None:
    row = await a_connection(organization, host=LOOPBACK)
    other = Seal(["x" * 32]).seal("password", opening.password_place(row.id))
    await ExchangeConnection.filter(id=row.id).update(password_sealed=other)

    assert await failure_of(organization) == (LOOPBACK, "PASSWORD")


async def test_a_server_that_asks_for_no_password(
    organization: Organization, loopback: None, tmp_path: Path
) -> None:
    with ftp_server(tmp_path, password="") as account:
        await connected_to(account, organization, password=None)
        async with opened(organization.id) as exchange:
            await exchange.put("/x.xml", io.BytesIO(b"1"))

    assert (tmp_path / "x.xml").exists()


@pytest.mark.parametrize(
    ("protocol", "port", "security"),
    [
        (Protocol.FTP, 21, Security.PLAIN),
        (Protocol.FTP, 990, Security.PLAIN),
        (Protocol.FTPS, 21, Security.EXPLICIT),
        (Protocol.FTPS, 990, Security.IMPLICIT),
    ],
)
def test_the_server_as_it_is_connected_to(
    protocol: Protocol, port: int, security: Security
) -> None:
    values = ConnectionValues(
        protocol=protocol,
        host="ftp.example.org",
        port=port,
        username="exchange",
        root="/x",
        passive=False,
        verify_certificate=False,
        fingerprint="ab" * 32,
        timeout_seconds=20,
        encoding=FileEncoding.CP1251,
    )

    server = opening.server_of(values, "password", ["93.184.215.14"], longest=30.0)

    assert (server.security, server.port, server.host) == (security, port, "ftp.example.org")
    assert (server.timeout, server.encoding, server.root) == (20.0, "cp1251", "/x")
    assert (server.is_passive, server.trust.is_checked) == (False, False)
    assert server.trust.fingerprint == "ab" * 32
    assert opening.server_of(values, "", [], longest=10.0).timeout == 10.0
    assert "'password'" not in repr(server)


async def test_no_more_than_three_addresses_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def many(*args: Any, **kwargs: Any) -> list[str]:
        return ["93.184.215.14"] * 9

    monkeypatch.setattr(opening, "public_addresses", many)

    assert len(await opening.judged("many.example", 21)) == 3
