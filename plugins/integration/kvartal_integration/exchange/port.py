"""Where files of other systems are fetched from and put: what imports and exports ask for."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import IO, Protocol
from uuid import UUID

__all__ = ["ExchangeFailed", "Exchanges", "FileExchange", "FileMissing", "FileOversized"]


class ExchangeFailed(Exception):
    """The other side cannot be reached, or does not do what it is asked.

    ``host``: whom it is about. ``reason``: a code whose sentence ``exchange.REASON`` the catalogues
    have: CONNECT, PROTOCOL (it is no file server), TLS, TLS_REQUIRED, CERTIFICATE, LOGIN, TIMEOUT,
    LOST, DENIED; and before anything is connected to, NOT_CONFIGURED, PASSWORD (the one that is
    kept cannot be read), HOST_UNKNOWN, ADDRESS_REFUSED.
    """

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class FileMissing(Exception):
    """There is no file at a path."""


class FileOversized(Exception):
    """A file is larger than it may be; what has come of it is of no use."""


class FileExchange(Protocol):
    """An open connection to where the files are; paths are relative to its root."""

    async def fetch(self, path: str, into: IO[bytes], *, limit: int) -> None:
        """Copy a file of at most ``limit`` bytes; FileMissing, FileOversized, ExchangeFailed."""

    async def put(self, path: str, content: IO[bytes]) -> None:
        """Store a file: under a temporary name first, so that nobody reads a part of it.

        Its directory is made if it is not there. ExchangeFailed.
        """

    async def remove(self, path: str) -> None:
        """Delete a file; one that is not there is no error. ExchangeFailed."""


Exchanges = Callable[[UUID], AbstractAsyncContextManager[FileExchange]]
"""Opens the exchange of an organization; ExchangeFailed."""
