"""Opening the exchange of an organization: what imports and exports do first."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from uuid import UUID

from kvartal.addresses import AddressRefused, HostUnknown, public_addresses
from kvartal.db.connection import Record
from kvartal.sealing import Place, SealBroken, seal
from kvartal.settings import settings_of
from kvartal_integration.connections import queries
from kvartal_integration.connections.rules import (
    ConnectionValues,
    FileEncoding,
    Protocol,
)
from kvartal_integration.exchange.ftp import ftp_exchange
from kvartal_integration.exchange.port import ExchangeFailed, FileExchange
from kvartal_integration.exchange.server import FtpServer, Security
from kvartal_integration.exchange.trust import Trust
from kvartal_integration.settings import IntegrationSettings

__all__ = ["judged", "opened", "password_of", "password_place", "server_of", "values_of"]

RESOLVE_SECONDS = 10.0
_ADDRESSES = 3
_NOBODY = "—"
_ENCODINGS = {FileEncoding.UTF_8: "utf-8", FileEncoding.CP1251: "cp1251"}


@asynccontextmanager
async def opened(organization_id: UUID) -> AsyncIterator[FileExchange]:
    """The organization's exchange, logged in; ExchangeFailed, also if it has set up none.

    Nothing of the database is held while it is open.
    """
    row = await queries.sealed_connection_of(organization_id)
    if row is None:
        raise ExchangeFailed(_NOBODY, "NOT_CONFIGURED")
    values = values_of(row)
    password = password_of(row)
    try:
        addresses = await judged(values.host, values.port)
    except (AddressRefused, HostUnknown) as error:
        raise ExchangeFailed(values.host, error.code) from None
    async with ftp_exchange(server_of(values, password, addresses)) as exchange:
        yield exchange


async def judged(host: str, port: int) -> list[str]:
    """The addresses of a host that may be called; AddressRefused, HostUnknown."""
    allowed = settings_of(IntegrationSettings).allowed_hosts
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await public_addresses(host, port, allowed=allowed)
    except TimeoutError:
        raise HostUnknown(path=("host",), host=host) from None
    return found[:_ADDRESSES]


def values_of(row: Record) -> ConnectionValues:
    """The settings in a row."""
    plain = {each.name: row[each.name] for each in fields(ConnectionValues)}
    known = {
        "protocol": Protocol(row["protocol"]),
        "encoding": FileEncoding(row["encoding"]),
    }
    return ConnectionValues(**{**plain, **known})


def password_place(connection_id: UUID) -> Place:
    """Where the password of a connection is kept."""
    return Place("integration_connection", "password_sealed", connection_id)


def password_of(row: Record) -> str:
    """The password in a row, empty if there is none; ExchangeFailed if its key is gone."""
    if row["password_sealed"] is None:
        return ""
    try:
        return seal().open(row["password_sealed"], password_place(row["id"]))
    except SealBroken:
        raise ExchangeFailed(row["host"], "PASSWORD") from None


def server_of(
    values: ConnectionValues,
    password: str,
    addresses: Sequence[str],
    *,
    longest: float | None = None,
) -> FtpServer:
    """The server as the exchange connects to it; ``longest``: no answer is waited for longer."""
    security = Security.PLAIN
    if values.protocol is Protocol.FTPS:
        security = Security.IMPLICIT if values.begins_with_tls else Security.EXPLICIT
    timeout = float(values.timeout_seconds)
    return FtpServer(
        host=values.host,
        addresses=addresses,
        port=values.port,
        username=values.username,
        password=password,
        root=values.root,
        is_passive=values.passive,
        security=security,
        trust=Trust(values.verify_certificate, values.fingerprint),
        encoding=_ENCODINGS[values.encoding],
        timeout=timeout if longest is None else min(timeout, longest),
    )
