"""Calling other systems over HTTP at addresses that somebody outside has typed.

The name is asked for once, its addresses are judged, and the connection goes to what was judged;
the certificate is checked against the name.
"""

import ssl
from collections.abc import Collection, Iterable

import httpcore
import httpx

from kvartal.addresses import public_addresses

__all__ = ["GuardedTransport"]

_CONTEXT = ssl.create_default_context()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """For an ``httpx.AsyncClient``: whatever it is told to call, none of the private addresses.

    A request raises what ``public_addresses`` does: AddressRefused, HostUnknown. ``allowed``: hosts
    that may be private, in small letters; ``connections``: so many at once.
    """

    def __init__(self, *, allowed: Collection[str] = (), connections: int = 10) -> None:
        super().__init__(verify=_CONTEXT, trust_env=False)
        # httpx hands none of its own arguments on to where connections are made.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_CONTEXT,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30,
            network_backend=_Judging(frozenset(allowed)),
        )


class _Judging(httpcore.AsyncNetworkBackend):
    """Connects to the judged addresses of a host, the first that answers."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = await public_addresses(host, port, allowed=self._allowed)
        for address in others:
            try:
                return await self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
        return await self._plain.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)
