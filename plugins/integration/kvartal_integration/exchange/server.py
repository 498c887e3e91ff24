"""A file server as the exchange sees it: where it is, who we are there, and how long we wait."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kvartal_integration.exchange.trust import Trust

__all__ = ["FtpServer", "Security"]


class Security(StrEnum):
    """When TLS begins: never, on demand before the login, or with the connection."""

    PLAIN = "PLAIN"
    EXPLICIT = "EXPLICIT"
    IMPLICIT = "IMPLICIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpServer:
    """An account on an FTP server.

    ``host``: the name that its certificate must tell. ``addresses``: where it was found and judged
    to be; nothing else is ever connected to. ``root``: the directory that paths begin in.
    ``encoding``: that of the names of files, as Python calls it. ``timeout``: seconds for each
    answer and each piece of a file; ``transfer_timeout``: for a file as a whole.
    """

    host: str
    addresses: Sequence[str]
    port: int
    username: str
    password: str = field(repr=False)
    root: str = "/"
    is_passive: bool = True
    security: Security = Security.EXPLICIT
    trust: Trust = field(default_factory=Trust)
    encoding: str = "utf-8"
    timeout: float = 30.0
    transfer_timeout: float = 1800.0
