"""What the demo is told: days, ports, servers, settings."""

import socket
from datetime import datetime
from pathlib import Path

import pytest

from kvartal import clock
from kvartal.demo.options import (
    DemoError,
    GivenServers,
    demo_settings,
    environment_of,
    free_port,
    offset_to,
    refuse_silent_redis,
)
from kvartal.embedded import Servers
from kvartal.settings import Settings, load_settings


def settings(**changed: object) -> Settings:
    values = {
        "database_url": "postgres://u:p@127.0.0.1/kvartal",
        "redis_url": "redis://127.0.0.1/0",
        "secret_key": "x" * 40,
        "port": 8000,
        "offset": -60,
    }
    return demo_settings(**(values | changed))  # type: ignore[arg-type] # as the case wants it


def test_a_day_begins_at_noon_in_moscow() -> None:
    with clock.frozen(datetime.fromisoformat("2026-11-20T11:00+00:00")):
        assert offset_to("2026-11-24") == 4 * 24 * 3600 - 2 * 3600


@pytest.mark.parametrize("text", ["tomorrow", "24.11.2026", "", "0001-01-01", "2101-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(DemoError, match=r"^--date .*\.$"):
        offset_to(text)


def test_a_free_port_is_taken_as_it_is_and_zero_is_any() -> None:
    port = free_port(0)

    assert port > 1023
    assert free_port(port) == port


def test_a_busy_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(DemoError, match=f"Port {port} of 127.0.0.1 is busy: stop the program"):
            free_port(port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(DemoError, match="--port is a number from 0 to 65535"):
        free_port(port)


def test_a_port_that_only_root_may_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(DemoError, match="Port 80 needs a privileged user"):
        free_port(80)


def test_redis_that_does_not_answer_is_refused(servers: Servers) -> None:
    refuse_silent_redis(servers.redis_url)

    for url in (f"redis://127.0.0.1:{free_port(0)}/0", "http://127.0.0.1"):
        with pytest.raises(DemoError, match="Redis does not answer at REDIS_URL"):
            refuse_silent_redis(url)


def test_servers_are_given_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "KVARTAL_DEMO_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert GivenServers() == GivenServers.model_construct(
        demo_dir=Path(".kvartal/demo"), database_url=None, redis_url=None
    )

    monkeypatch.setenv("DATABASE_URL", "postgres://theirs")
    monkeypatch.setenv("KVARTAL_REDIS_URL", "redis://theirs")
    monkeypatch.setenv("KVARTAL_DEMO_DIR", "/elsewhere")
    given = GivenServers()

    assert (given.database_url, given.redis_url) == ("postgres://theirs", "redis://theirs")
    assert given.demo_dir == Path("/elsewhere")
    assert "theirs" not in repr(given)


def test_the_processes_read_the_settings_that_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_WORKER_THREADS", "2")
    made = settings()

    for name, value in environment_of(made).items():
        monkeypatch.setenv(name, value)

    assert load_settings() == made
    assert made.worker_threads == 2
    assert made.demo


def test_a_setting_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_WORKER_THREADS", "many")

    with pytest.raises(DemoError, match=r"^Setting KVARTAL_WORKER_THREADS: Input should be"):
        settings()
