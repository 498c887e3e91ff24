"""Requests spread over several pools of connections."""

from collections.abc import Callable
from itertools import cycle

import httpx

__all__ = ["Spread"]


class Spread(httpx.AsyncBaseTransport):
    """Each request goes by the next of so many pools.

    A pool looks at the socket of each of its idle connections, twice a request: with all fifty in
    one pool that is most of what a push costs.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], *, pools: int) -> None:
        self._all = [make() for _ in range(pools)]
        self._next = cycle(self._all)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer by the next one."""
        return await next(self._next).handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all."""
        for each in self._all:
            await each.aclose()
