from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from kvartal.embedded import Servers
from kvartal.testing import servers

GIVEN = Servers(database_url="postgres://given/x", redis_url="redis://given")


@pytest.fixture(autouse=True)
def _of_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """This very run has servers: let the tests see none, and put them back."""
    monkeypatch.setattr(servers, "_current", None)
    monkeypatch.setattr(servers, "_started", ExitStack())


def test_servers_are_started_once_and_stopped_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", GIVEN.database_url)
    monkeypatch.delenv("REDIS_URL", raising=False)

    started = servers.start_for_run(tmp_path)

    assert started.database_url == GIVEN.database_url
    assert servers.start_for_run(tmp_path) is started
    assert servers.servers() is started
    with redis.Redis.from_url(started.redis_url) as client:
        assert client.ping()
    servers.stop()
    servers.stop()
    with pytest.raises(LookupError, match="no servers"):
        servers.servers()
    with redis.Redis.from_url(started.redis_url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_servers_that_the_environment_gives_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", GIVEN.database_url)
    monkeypatch.setenv("REDIS_URL", GIVEN.redis_url)

    assert servers.start_for_run(tmp_path) == GIVEN
    assert list(tmp_path.iterdir()) == []


def test_a_worker_uses_the_controller_s_servers() -> None:
    servers.adopt(GIVEN)

    assert servers.servers() is GIVEN
