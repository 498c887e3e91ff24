from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.db.transaction import set_routes
from kvartal.events import Handler, Routes
from kvartal.tasks.actors import Task
from kvartal.tasks.deliver import Deliveries
from kvartal.testing.host import Committed, TestHost

Hearing = Callable[..., Deliveries]


@pytest.fixture
async def own(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> AsyncIterator[Committed]:
    """A database of the test's own."""
    async with committed() as opened:
        yield opened


@pytest.fixture
def hearing(host: TestHost) -> Iterator[Hearing]:
    """Make these handlers and actors the only ones of the process."""

    def make(*targets: Handler | Task[...]) -> Deliveries:
        handlers = [each for each in targets if isinstance(each, Handler)]
        tasks = [each for each in targets if isinstance(each, Task)]
        set_routes(Routes(handlers))
        return Deliveries(
            {each.name: each for each in handlers}, {each.name: each for each in tasks}
        )

    yield make
    host.host.use()
