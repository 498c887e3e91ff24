"""The open sockets of a process: how many there may be, from where, and how all are closed."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from kvartal.graphql.transports.protocol import Close, CloseCode
from kvartal.metrics import SOCKETS

__all__ = ["OpenSocket", "SocketLimits", "Sockets", "is_from_known_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    """What one socket may do, and how many of them a credential may have in one process."""

    message_size: int = 256_000
    operations: int = 50
    queued: int = 100
    backlog: int = 8
    init_timeout: float = 10.0
    idle_timeout: float = 600.0
    per_credential: int = 2_500


class OpenSocket(Protocol):
    """A socket as far as the registry knows it."""

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed already."""


class Sockets:
    """The open sockets of this process, so that a shutdown can send them elsewhere."""

    def __init__(self) -> None:
        self._open: set[OpenSocket] = set()
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: OpenSocket) -> None:
        """Know a socket that has been opened."""
        self._open.add(socket)
        SOCKETS.inc()

    def remove(self, socket: OpenSocket) -> None:
        """Know it no longer."""
        self._open.discard(socket)
        SOCKETS.dec()

    def enter(self, credential: str, limit: int) -> None:
        """Count a credential's socket; the protocol's Close if it has too many."""
        if self._of[credential] >= limit:
            raise Close(CloseCode.TRY_AGAIN_LATER, "Too many connections")
        self._of[credential] += 1

    def leave(self, credential: str) -> None:
        """Count it no longer."""
        self._of[credential] -= 1
        if self._of[credential] <= 0:
            del self._of[credential]

    async def close_all(self, code: int = CloseCode.SERVICE_RESTART) -> None:
        """Close every socket; clients take 1012 as an invitation to connect again."""
        await asyncio.gather(*(socket.close(code, "") for socket in list(self._open)))


def is_from_known_page(headers: Headers, origins: Collection[str]) -> bool:
    """Whether a handshake comes from no page, from our own, or from one of these ``origins``.

    Without ``origins`` every page will do: no cookie is ever looked at, so a foreign page has
    nothing that its visitor has not given it.
    """
    origin = headers.get("origin")
    if origin is None or not origins or "*" in origins or origin in origins:
        return True
    return urlsplit(origin).netloc == headers.get("host")
