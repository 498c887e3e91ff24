"""The way out of a socket: what can be written at once is, the rest waits for a writer."""

import asyncio

import structlog
from starlette.types import Scope, Send

from kvartal.graphql.transports.frames import AtOnce, write_at_once_of
from kvartal.graphql.transports.outbox import Outbox
from kvartal.portions import PORTION

__all__ = ["Sender"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Sender:
    """Sends a socket's messages; a task of its own does it only for a client that is slow."""

    __slots__ = ("_at_once", "_is_closed", "_outbox", "_send", "_writer", "_written")

    def __init__(self, scope: Scope, send: Send, *, queued: int, backlog: int) -> None:
        self._send = send
        self._at_once: AtOnce | None = write_at_once_of(scope)
        self._outbox = Outbox(queued, backlog)
        self._writer: asyncio.Task[None] | None = None
        self._written = 0
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many messages the client has not taken yet."""
        return len(self._outbox)

    def is_put(self, message: bytes) -> bool:
        """Send a message if that takes no waiting; whether nothing is left to do for it."""
        if self._is_closed:
            return True  # nobody is there to read it
        if self._writer is not None or self._at_once is None or not self._at_once(message):
            return False
        self._written += 1
        return True

    async def put(self, message: bytes) -> None:
        """Send a message that must arrive; waits while too many do."""
        if not self.is_put(message):
            await self._outbox.put(message)
            self._write_on()

    async def put_newest(self, operation_id: str, message: bytes) -> None:
        """Send a subscription's answer, at the cost of its oldest one if too many wait."""
        if not self.is_put(message):
            await self._outbox.put_newest(operation_id, message)
            self._write_on()
        elif self._written % PORTION == 0:
            # A source that never pauses and a fast socket would keep the loop to themselves.
            await asyncio.sleep(0)

    def forget(self, operation_id: str) -> None:
        """Drop the answers of a subscription that nobody waits for any more."""
        self._outbox.forget(operation_id)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed already."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError):
            log.debug("graphql.socket_gone", code=code)

    def stop(self) -> None:
        """Send nothing any more."""
        self._is_closed = True
        if self._writer is not None:
            self._writer.cancel()

    def _write_on(self) -> None:
        if self._writer is None and not self._is_closed:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        written = 0
        try:
            while len(self._outbox) and not self._is_closed:
                text = self._outbox.take().decode()
                await self._send({"type": "websocket.send", "text": text})
                written += 1
                if written % PORTION == 0:
                    await asyncio.sleep(0)
        except OSError:
            self._is_closed = True
            log.debug("graphql.socket_gone")
        finally:
            self._writer = None
