"""What the tests of notices share: kinds that a plugin of their own offers."""

import sys
from collections.abc import Iterator

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW, make_package

from kvartal import text
from kvartal.testing.host import TestHost
from kvartal_notifications.testing.factories import offering


@pytest.fixture(scope="session")
def sample_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A package with the sample's templates and sentences, for the process's whole life."""
    folder = tmp_path_factory.mktemp("sample")
    make_package(folder)
    sys.path.insert(0, str(folder))
    text.load(["kvartal_sample"])
    yield
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def offered(host: TestHost, sample_package: None) -> Iterator[None]:
    """The sample's kinds are among those of the plugins that are on."""
    with offering(WINDOW, SUBMITTED):
        yield
