"""uvicorn's WebSocket made light: thousands are open at a time, and nearly all of them wait.

A server that is none of ours sends as ASGI says; one of these also writes a whole frame at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from struct import pack
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["AtOnce", "LightSocket", "write_at_once_of"]

AtOnce = Callable[[bytes], bool]
"""Writes a text unless the client is slow or gone; whether it has."""

_EXTENSION = "kvartal.write_at_once"
_FINAL_TEXT = 0x81


def write_at_once_of(scope: Scope) -> AtOnce | None:
    """What writes to the scope's socket at once, if its server can do that."""
    found: AtOnce | None = scope.get("extensions", {}).get(_EXTENSION)
    return found


class LightSocket(WebSocketsSansIOProtocol):
    """uvicorn's own, without what is needed for a handshake only and without queues for one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = _Inbox()  # type: ignore[assignment] # as much of a queue as uvicorn asks for
        self.writable = _Gate()  # type: ignore[assignment] # … and of an event

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = self._write_at_once

    def start_keepalive(self) -> None:
        super().start_keepalive()
        # The handshake is done: what it was made of would be kept as long as the socket.
        del self.request, self.response

    def _write_at_once(self, message: bytes) -> bool:
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(_head(len(message)) + message)
        return True


def _head(size: int) -> bytes:
    """The head of a text that is one frame; a server masks nothing."""
    if size < 126:
        return pack("!BB", _FINAL_TEXT, size)
    if size < 65_536:
        return pack("!BBH", _FINAL_TEXT, 126, size)
    return pack("!BBQ", _FINAL_TEXT, 127, size)


class _Inbox:
    """What has come and is not read yet; one reads it."""

    __slots__ = ("_come", "_waiting")

    def __init__(self) -> None:
        self._come: deque[Any] | None = None
        self._waiting: asyncio.Future[Any] | None = None

    def empty(self) -> bool:
        """Whether nothing is left to be read."""
        return not self._come

    def put_nowait(self, message: Any) -> None:
        """Hand it to whoever waits, or keep it."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(message)
        elif self._come is None:
            self._come = deque([message])
        else:
            self._come.append(message)

    async def get(self) -> Any:
        """The next message, when there is one."""
        if self._come:
            message = self._come.popleft()
            if not self._come:
                self._come = None
            return message
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            return await self._waiting
        finally:
            self._waiting = None


class _Gate:
    """Open until the client is slow; several may wait before it."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None

    def is_set(self) -> bool:
        """Whether it is open."""
        return self._opened is None

    def set(self) -> None:
        """Open it."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def clear(self) -> None:
        """Close it."""
        if self._opened is None:
            self._opened = asyncio.Event()

    async def wait(self) -> None:
        """Until it is open."""
        while self._opened is not None:
            await self._opened.wait()
