"""What a connection to the customer's file server is made of, and when it makes sense."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, ClassVar

from kvartal.errors import DomainError

__all__ = [
    "ConnectionValues",
    "ExchangeFingerprintInvalid",
    "ExchangeHostInvalid",
    "ExchangeNumberOutside",
    "ExchangePasswordRequired",
    "ExchangeRootInvalid",
    "ExchangeStep",
    "ExchangeTestRunning",
    "ExchangeTextInvalid",
    "FileEncoding",
    "Protocol",
    "StepOutcome",
    "faults_of",
    "leads_elsewhere",
    "merged",
    "password_faults",
]

IMPLICIT_TLS_PORT = 990
"""By convention TLS begins there with the connection, not on demand."""

MAX_HOST = 253
MAX_USERNAME = 100
MAX_PASSWORD = 200
MAX_ROOT = 500
PORTS = (1, 65_535)
TIMEOUTS = (5, 300)

_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_ADDRESS_V6 = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Protocol(StrEnum):
    """How files travel (протокол)."""

    FTP = "FTP"
    FTPS = "FTPS"


class FileEncoding(StrEnum):
    """In which encoding the server writes the names of its files."""

    UTF_8 = "UTF_8"
    CP1251 = "CP1251"


class ExchangeStep(StrEnum):
    """What is tried of a connection, in this order."""

    RESOLVE = "RESOLVE"
    CONNECT = "CONNECT"
    SECURE = "SECURE"
    LOGIN = "LOGIN"
    LIST = "LIST"
    WRITE = "WRITE"
    DELETE = "DELETE"


class StepOutcome(StrEnum):
    """What came of a step."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(eq=False, kw_only=True)
class ExchangeHostInvalid(DomainError):
    """A host is neither a name nor an address: no scheme, port or path belongs to it."""

    code: ClassVar[str] = "EXCHANGE_HOST_INVALID"


@dataclass(eq=False, kw_only=True)
class ExchangeNumberOutside(DomainError):
    """A port or a time-out is smaller or greater than it may be."""

    code: ClassVar[str] = "EXCHANGE_NUMBER_OUTSIDE"
    low: int
    high: int


@dataclass(eq=False, kw_only=True)
class ExchangeTextInvalid(DomainError):
    """A login or a password is too long, or has signs that no keyboard writes; a login is empty."""

    code: ClassVar[str] = "EXCHANGE_TEXT_INVALID"
    limit: int


@dataclass(eq=False, kw_only=True)
class ExchangeRootInvalid(DomainError):
    """A root directory does not begin with a slash, leads upwards, or is too long."""

    code: ClassVar[str] = "EXCHANGE_ROOT_INVALID"
    limit: int = MAX_ROOT


class ExchangeFingerprintInvalid(DomainError):
    """A fingerprint is not SHA-256 in hex: 64 digits, with or without colons."""

    code: ClassVar[str] = "EXCHANGE_FINGERPRINT_INVALID"


class ExchangePasswordRequired(DomainError):
    """The password that is kept is meant for another server, and is not sent to this one."""

    code: ClassVar[str] = "EXCHANGE_PASSWORD_REQUIRED"


class ExchangeTestRunning(DomainError):
    """A connection of the organization is being tried right now."""

    code: ClassVar[str] = "EXCHANGE_TEST_RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionValues:
    """The settings of a connection, without its password."""

    protocol: Protocol = Protocol.FTPS
    host: str = ""
    port: int = 21
    username: str = ""
    root: str = "/"
    passive: bool = True
    verify_certificate: bool = True
    fingerprint: str | None = None
    timeout_seconds: int = 30
    encoding: FileEncoding = FileEncoding.UTF_8

    @property
    def begins_with_tls(self) -> bool:
        """TLS is there from the first byte, as is usual at that port."""
        return self.protocol is Protocol.FTPS and self.port == IMPLICIT_TLS_PORT


def merged(values: ConnectionValues, given: Mapping[str, Any]) -> ConnectionValues:
    """The values with those that are given in their place, written as they are kept."""
    found = replace(
        values, **{each.name: given[each.name] for each in fields(values) if each.name in given}
    )
    fingerprint = re.sub(r"[\s:]", "", found.fingerprint or "").lower()
    return replace(
        found,
        host=found.host.strip().rstrip(".").lower(),
        root=found.root.strip() or "/",
        username=found.username.strip(),
        fingerprint=fingerprint or None,
    )


def faults_of(values: ConnectionValues) -> Iterator[DomainError]:
    """What is wrong with them, each at its field."""
    if not _is_host(values.host):
        yield ExchangeHostInvalid(path=("host",))
    for name, number, (low, high) in (
        ("port", values.port, PORTS),
        ("timeout_seconds", values.timeout_seconds, TIMEOUTS),
    ):
        if not low <= number <= high:
            yield ExchangeNumberOutside(path=(name,), low=low, high=high)
    if not values.username or not _is_text(values.username, MAX_USERNAME):
        yield ExchangeTextInvalid(path=("username",), limit=MAX_USERNAME)
    if not _is_root(values.root):
        yield ExchangeRootInvalid(path=("root",))
    if values.fingerprint is not None and not _FINGERPRINT.fullmatch(values.fingerprint):
        yield ExchangeFingerprintInvalid(path=("fingerprint",))


def password_faults(password: str | None) -> Iterator[DomainError]:
    """What is wrong with a password."""
    if password is not None and not _is_text(password, MAX_PASSWORD):
        yield ExchangeTextInvalid(path=("password",), limit=MAX_PASSWORD)


def leads_elsewhere(values: ConnectionValues, known: ConnectionValues) -> bool:
    """Whether a password that was given for the known server would go to another one."""
    return (values.host, values.port) != (known.host, known.port)


def _is_host(host: str) -> bool:
    if len(host) > MAX_HOST:
        return False
    return bool(_ADDRESS_V6.fullmatch(host)) or all(
        _LABEL.fullmatch(each) for each in host.split(".")
    )


def _is_text(text: str, limit: int) -> bool:
    return len(text) <= limit and all(each.isprintable() for each in text)


def _is_root(root: str) -> bool:
    is_inside = root.startswith("/") and ".." not in re.split(r"[/\\]", root)
    return is_inside and _is_text(root, MAX_ROOT)
