"""The web process."""

from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from kvartal import asgi
from kvartal.asgi import create, serve, server_config
from kvartal.testing.host import TestHost


def test_a_server_of_ones_own_gets_the_application(
    host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KVARTAL_DATABASE_URL", "postgres://localhost/kvartal")
    monkeypatch.setenv("KVARTAL_REDIS_URL", "redis://localhost")
    monkeypatch.setenv("KVARTAL_SECRET_KEY", "k" * 32)
    monkeypatch.setattr(asgi, "configure_logs", lambda _: None)
    try:
        app = create()
    finally:
        host.host.use()

    assert isinstance(app, Starlette)


def test_it_serves_where_the_settings_say(host: TestHost, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self: served.append(self.config))

    serve(host.host)

    [config] = served
    assert (config.host, config.port) == (host.host.settings.host, host.host.settings.port)


def test_an_open_stream_does_not_hold_the_process_for_ever(host: TestHost) -> None:
    config = server_config(host.app, host.host.settings)

    assert config.timeout_graceful_shutdown == 10
    assert config.ws_per_message_deflate is False
    assert config.server_header is False
