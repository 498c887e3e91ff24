from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.testing.host import Committed
from kvartal_photos.plugin import plugin
from kvartal_photos.testing import Estate, an_estate


@pytest.fixture
async def own(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> AsyncIterator[Committed]:
    """A database of the test's own, in which the operator has just turned the plugin on."""
    async with committed(plugin) as opened:
        yield opened


@pytest.fixture
async def estate(own: Committed) -> Estate:
    return await an_estate()
