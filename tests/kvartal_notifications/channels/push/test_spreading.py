"""Requests spread over pools: each its share, all closed at the end."""

import httpx

from kvartal_notifications.channels.push.spreading import Spread


class Pool(httpx.AsyncBaseTransport):
    """Counts what goes by it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return httpx.Response(200)

    async def aclose(self) -> None:
        self.is_closed = True


async def test_each_pool_has_its_share_and_is_closed_at_the_end() -> None:
    pools: list[Pool] = []

    def make() -> Pool:
        pools.append(Pool())
        return pools[-1]

    async with httpx.AsyncClient(transport=Spread(make, pools=3)) as client:
        for number in range(7):
            await client.post(f"http://push.example/{number}")
        assert not any(each.is_closed for each in pools)

    assert [each.asked for each in pools] == [["/0", "/3", "/6"], ["/1", "/4"], ["/2", "/5"]]
    assert all(each.is_closed for each in pools)
