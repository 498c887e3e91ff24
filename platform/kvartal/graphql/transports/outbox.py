"""What a socket still has to send: bounded, and for a subscription the newest answers win."""

import asyncio
from collections import deque

__all__ = ["Outbox"]


class Outbox:
    """Messages in the order in which they are due; a slow client never makes them pile up.

    ``backlog`` is how many answers of one subscription may wait before the oldest gives way.
    """

    __slots__ = ("_backlog", "_due", "_of", "_operations", "_room", "_size")

    def __init__(self, size: int, backlog: int) -> None:
        self._size = size
        self._backlog = backlog
        self._due: dict[object, bytes] = {}
        self._of: dict[str, deque[object]] = {}
        self._operations: dict[object, str] = {}
        self._room: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._due)

    async def put(self, message: bytes) -> None:
        """Queue a message that must arrive; waits while the queue is full."""
        while len(self._due) >= self._size:
            await self._space()
        self._due[object()] = message

    async def put_newest(self, operation_id: str, message: bytes) -> None:
        """Queue a subscription's answer, at the cost of its oldest one if too many wait."""
        if self._must_give_way(operation_id):
            # A source that never pauses must first let the writer do its work.
            await asyncio.sleep(0)
        while self._must_give_way(operation_id):
            del self._due[self._oldest_of(operation_id)]
        while len(self._due) >= self._size:
            await self._space()
        key = object()
        self._of.setdefault(operation_id, deque()).append(key)
        self._operations[key] = operation_id
        self._due[key] = message

    def forget(self, operation_id: str) -> None:
        """Drop the answers that a subscription still has here: nobody waits for them."""
        while operation_id in self._of:
            del self._due[self._oldest_of(operation_id)]
        self._has_room()

    def take(self) -> bytes:
        """The next message; there must be one."""
        key = next(iter(self._due))
        if key in self._operations:
            # Within an operation the order is the same, so this is its oldest one.
            self._oldest_of(self._operations[key])
        self._has_room()
        return self._due.pop(key)

    def _must_give_way(self, operation_id: str) -> bool:
        waiting = self._of.get(operation_id)
        if waiting is None:
            return False
        return len(self._due) >= self._size or len(waiting) >= self._backlog

    def _oldest_of(self, operation_id: str) -> object:
        """The key of the operation's oldest answer, which is no longer counted."""
        keys = self._of[operation_id]
        key = keys.popleft()
        if not keys:
            del self._of[operation_id]
        del self._operations[key]
        return key

    def _has_room(self) -> None:
        if self._room is not None:
            self._room.set()

    async def _space(self) -> None:
        if self._room is None:
            self._room = asyncio.Event()
        self._room.clear()
        await self._room.wait()
