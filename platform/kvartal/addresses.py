"""Where other systems live: which hosts may be called at all.

People type the addresses of file servers and webhooks, and browsers those of their push services:
none must lead into the network of the installation. The address that was judged is the one to
connect to: a name may be led elsewhere between two questions.
"""

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["AddressRefused", "HostUnknown", "is_public", "public_addresses"]

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(eq=False, kw_only=True)
class AddressRefused(DomainError):
    """A host leads to a private, loopback or reserved address, and is not allowed to by name."""

    code: ClassVar[str] = "ADDRESS_REFUSED"
    host: str


@dataclass(eq=False, kw_only=True)
class HostUnknown(DomainError):
    """No address is known of a host."""

    code: ClassVar[str] = "HOST_UNKNOWN"
    host: str


def is_public(address: Address) -> bool:
    """Whether an address is reachable by everybody: none of a private, local or reserved network.

    An IPv6 address that carries an IPv4 one is judged by it: it may be led there.
    """
    inner: Address | None = None
    if isinstance(address, IPv6Address):
        teredo = address.teredo
        inner = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


async def public_addresses(host: str, port: int, *, allowed: Collection[str] = ()) -> list[str]:
    """The addresses of ``host`` that may be called; those of ``allowed`` hosts, in small
    letters, all may.

    HostUnknown if there is none; AddressRefused if any of them is not public.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostUnknown(path=("host",), host=host) from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if host.lower() not in allowed and not all(
        is_public(ip_address(each.partition("%")[0])) for each in addresses
    ):
        raise AddressRefused(path=("host",), host=host)
    return addresses
