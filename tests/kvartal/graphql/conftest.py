"""The sentences of the host, which errors on the wire are told in."""

import pytest

from kvartal import text


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    text.load(())
