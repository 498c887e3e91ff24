"""What the tests of the integration share."""

from collections.abc import Callable, Iterator

import pytest

from kvartal.settings import load_plugin_settings
from kvartal_integration.settings import IntegrationSettings

Allow = Callable[..., None]


@pytest.fixture
def integration_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Allow]:
    """Set settings of the integration, e.g. ``integration_settings(allowed_hosts="127.0.0.1")``."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"KVARTAL_INTEGRATION_{name.upper()}", str(value))
        load_plugin_settings([IntegrationSettings])

    yield change
    monkeypatch.undo()
    load_plugin_settings([IntegrationSettings])
