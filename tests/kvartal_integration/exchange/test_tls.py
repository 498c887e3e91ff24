"""The exchange over FTPS: whom it trusts, and that nothing travels in the open."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aioftp.common import SSLSessionBoundContext
from OpenSSL._util import lib
from tests.kvartal_integration.exchange.conftest import Answers, scripted, server_of
from tests.kvartal_integration.exchange.test_ftp import fetched, put, reason_of

from kvartal.testing.ftp import (
    Certificate,
    FtpsDataHandler,
    FtpsHandler,
    a_certificate,
    ftp_server,
)
from kvartal_integration.exchange import ftp, trust
from kvartal_integration.exchange.server import FtpServer, Security
from kvartal_integration.exchange.session import FtpSession
from kvartal_integration.exchange.trust import Trust

UNCHECKED = Trust(is_checked=False)


class Strict(FtpsHandler):
    """A server that speaks of nothing and sends nothing in the open."""

    tls_control_required = True
    tls_data_required = True


class ReusedData(FtpsDataHandler):
    """A data connection that goes on only with the session of its control connection."""

    def handle_ssl_established(self) -> None:
        super().handle_ssl_established()
        self.cmd_channel.reused.append(bool(lib.SSL_session_reused(self.socket._ssl)))
        if not self.cmd_channel.reused[-1]:
            self.cmd_channel.respond("522 SSL connection failed: session reuse required")
            self.close()


class Reusing(Strict):
    """A server that wants the session of the control connection for data, as vsftpd does."""

    dtp_handler = ReusedData
    reused: list[bool]


class Implicit(FtpsHandler):
    """A server that begins with TLS."""

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        super().handle()


def secured(account: Any, **fields: Any) -> FtpServer:
    return server_of(account, security=Security.EXPLICIT, **fields)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The system's authorities have signed the certificate of the loopback."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    trust.authorities.cache_clear()
    yield
    trust.authorities.cache_clear()


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
async def test_all_goes_over_tls_and_its_session_goes_on(
    tmp_path: Path,
    certificate: Certificate,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    passive: bool,
) -> None:
    resumed: list[bool] = []

    class Watched(FtpSession):
        def _check_certificate(self, writer: asyncio.StreamWriter) -> None:
            resumed.append(writer.get_extra_info("ssl_object").session_reused)
            super()._check_certificate(writer)

    monkeypatch.setattr(ftp, "FtpSession", Watched)
    with ftp_server(tmp_path, certificate=certificate, handler=Strict) as account:
        server = secured(account, is_passive=passive)

        await put(server, "/Экспорт/metrics.xml", b"x" * 3_000_000)
        found = await fetched(server, "/Экспорт/metrics.xml")

    assert len(found) == 3_000_000
    assert resumed == [False, True, False, True]
    assert account.commands[:3] == ["AUTH TLS", "PBSZ 0", "PROT P"]


def without_its_session(context: SSLSessionBoundContext, *args: Any, **kwargs: Any) -> Any:
    """Begin TLS as a client that does not know of sessions."""
    return context.context.wrap_bio(*args, **kwargs)


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
async def test_a_server_may_require_the_session_of_the_control_connection(
    tmp_path: Path, certificate: Certificate, trusted: None, passive: bool
) -> None:
    reused: list[bool] = []
    with ftp_server(tmp_path, certificate=certificate, handler=Reusing, reused=reused) as account:
        server = secured(account, is_passive=passive)

        await put(server, "/metrics.xml", b"x" * 3_000_000)
        found = await fetched(server, "/metrics.xml")

    assert (len(found), reused) == (3_000_000, [True, True])


async def test_a_server_that_requires_it_in_vain_takes_nothing(
    tmp_path: Path, certificate: Certificate, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reused: list[bool] = []
    monkeypatch.setattr(SSLSessionBoundContext, "wrap_bio", without_its_session)
    with ftp_server(tmp_path, certificate=certificate, handler=Reusing, reused=reused) as account:
        assert await reason_of(put(secured(account), "/metrics.xml", b"1")) == "DENIED"

    assert reused == [False]


async def test_a_server_that_begins_with_tls(
    tmp_path: Path, certificate: Certificate, trusted: None
) -> None:
    with ftp_server(tmp_path, certificate=certificate, handler=Implicit) as account:
        server = server_of(account, security=Security.IMPLICIT)

        await put(server, "/metrics.xml", b"1")
        assert await fetched(server, "/metrics.xml") == b"1"

    assert "AUTH TLS" not in account.commands


async def test_a_certificate_that_nobody_known_has_signed(
    tmp_path: Path, certificate: Certificate
) -> None:
    with ftp_server(tmp_path, certificate=certificate) as account:
        refused = await reason_of(put(secured(account), "/metrics.xml"))
        await put(secured(account, trust=Trust(fingerprint=certificate.fingerprint)), "/pinned.xml")
        await put(secured(account, trust=UNCHECKED), "/unchecked.xml")
        mistaken = await reason_of(
            put(secured(account, trust=Trust(fingerprint="0" * 64)), "/metrics.xml")
        )
        # What is not checked is not checked by a fingerprint either.
        await put(secured(account, trust=Trust(False, "0" * 64)), "/unchecked.xml")

    assert (refused, mistaken) == ("CERTIFICATE", "CERTIFICATE")
    assert not any(each.startswith("USER") for each in account.commands[:1])
    assert account.commands.count("USER обмен") == 3


async def test_the_certificate_of_another_host_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.file))
    trust.authorities.cache_clear()
    with ftp_server(tmp_path, certificate=other) as account:
        assert await reason_of(put(secured(account), "/metrics.xml")) == "CERTIFICATE"
    trust.authorities.cache_clear()


async def test_a_server_without_tls(tmp_path: Path) -> None:
    with ftp_server(tmp_path) as account:
        assert await reason_of(put(secured(account), "/metrics.xml")) == "TLS"

    assert account.commands == ["AUTH TLS"]


async def test_a_server_that_asks_for_tls_says_so(tmp_path: Path, certificate: Certificate) -> None:
    with ftp_server(tmp_path, certificate=certificate, tls_control_required=True) as account:
        assert await reason_of(put(server_of(account), "/metrics.xml")) == "TLS_REQUIRED"

    assert not any(each.startswith("PASS") for each in account.commands)


async def test_what_was_said_in_the_open_is_not_taken_for_safe() -> None:
    injected: Answers = {"AUTH": "234 go on\r\n200 PBSZ\r\n200 PROT\r\n331 password"}
    async with scripted(injected) as server:
        assert await reason_of(fetched(_explicit(server), "/x")) == "TLS"


async def test_what_is_no_tls_at_all() -> None:
    async with scripted({"AUTH": "234 go on"}) as server:
        assert await reason_of(fetched(_explicit(server), "/x")) == "TLS"


def _explicit(server: FtpServer) -> FtpServer:
    return replace(server, security=Security.EXPLICIT)
