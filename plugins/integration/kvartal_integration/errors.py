"""Refusals of the integration.

DomainError
└── about a host: AddressRefused, HostUnknown
"""

from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["AddressRefused", "HostUnknown"]


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
