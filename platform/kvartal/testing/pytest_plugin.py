"""Fixtures for our tests and for those of third-party plugins; installed with the package.

Nothing of Kvartal is imported before a fixture asks for it: coverage begins after this module.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kvartal.embedded import Servers
    from kvartal.testing.client import GraphQLClient
    from kvartal.testing.host import Committed, TestHost
    from kvartal.testing.watch import EmittedEvents, EnqueuedTasks, QueryCounter


__all__ = [
    "committed",
    "db",
    "enqueued",
    "events",
    "frozen_clock",
    "gql",
    "host",
    "postgres_url",
    "queries",
    "servers",
    "template",
    "worker_id",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``kvartal_plugins``: the plugins that the tests run with."""
    parser.addini(
        "kvartal_plugins",
        "plugins to load, separated by spaces",
        default="integration meters notifications",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the controller of pytest-xdist: start the servers once, tell each worker."""
    from kvartal.testing import host, servers

    if not hasattr(node.config, "kvartal_servers"):
        started = servers.start_for_run(_directory(node.config))
        node.config.kvartal_servers = started
        asyncio.run(host.make_template(started, _plugins(node.config)))
    found: Servers = node.config.kvartal_servers
    node.workerinput["kvartal_servers"] = (found.database_url, found.redis_url)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process has started."""
    if hasattr(config, "kvartal_servers"):
        from kvartal.testing import servers

        servers.stop()


def _directory(config: pytest.Config) -> Path:
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined] # pytest offers no other way before the session
    return factory.getbasetemp() / "servers"


def _plugins(config: pytest.Config) -> frozenset[str]:
    return frozenset(str(config.getini("kvartal_plugins")).split())


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this worker of pytest-xdist, ``master`` without it."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "master"))


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> "Servers":
    """PostgreSQL and Valkey of this run."""
    from kvartal.embedded import Servers
    from kvartal.testing import servers as running

    config = request.config
    given = getattr(config, "workerinput", {}).get("kvartal_servers")
    if given:
        found = Servers(*given)
        running.adopt(found)
        return found
    started = running.start_for_run(_directory(config))
    config.kvartal_servers = started  # type: ignore[attr-defined] # read by pytest_unconfigure
    return started


@pytest.fixture(scope="session")
async def template(request: pytest.FixtureRequest, servers: "Servers") -> str:
    """The migrated database that others are copied from."""
    from kvartal.testing import host

    if not hasattr(request.config, "workerinput"):
        await host.make_template(servers, _plugins(request.config))
    return host.TEMPLATE


@pytest.fixture(scope="session")
async def host(
    request: pytest.FixtureRequest, servers: "Servers", template: str, worker_id: str
) -> "AsyncIterator[TestHost]":
    """The host of this worker with its own database, running for the whole session."""
    from kvartal.testing.host import running_host

    async with running_host(servers, worker_id, _plugins(request.config)) as started:
        yield started


@pytest.fixture
async def db(host: "TestHost") -> AsyncIterator[None]:
    """The database in a transaction that is rolled back: nothing of the test stays."""
    from kvartal.testing.host import rolled_back

    async with rolled_back():
        yield


@pytest.fixture
async def committed(
    host: "TestHost", servers: "Servers", worker_id: str
) -> "Callable[..., AbstractAsyncContextManager[Committed]]":
    """``async with committed() as own``: a database of the test's own, for what must commit.

    ``committed(plugin)``: with that plugin turned on besides.
    """
    from kvartal.testing.host import committed_host

    return lambda *extra: committed_host(servers, worker_id, host, extra)


@pytest.fixture
async def postgres_url(servers: "Servers", worker_id: str) -> AsyncIterator[str]:
    """The address of an empty database."""
    from kvartal.testing.databases import create_database, drop_database, url_of

    name = f"kvartal_empty_{worker_id}_{os.getpid()}"
    await drop_database(servers.database_url, name)
    await create_database(servers.database_url, name)
    yield url_of(servers.database_url, name)
    await drop_database(servers.database_url, name)


@pytest.fixture
def gql(host: "TestHost", db: None) -> "GraphQLClient":
    """``await gql(QUERY, variables, actor=…)``: over HTTP on the real endpoint, in-process."""
    return host.client


@pytest.fixture
def queries(db: None) -> "QueryCounter":
    """``with queries.exactly(3): …`` counts the statements of the block."""
    from kvartal.testing.watch import QueryCounter

    return QueryCounter()


@pytest.fixture
async def events(host: "TestHost") -> "AsyncIterator[EmittedEvents]":
    """The events that units of work have committed during the test."""
    from kvartal.testing.watch import watched_events

    async with watched_events() as seen:
        yield seen


@pytest.fixture
async def enqueued(host: "TestHost") -> "AsyncIterator[EnqueuedTasks]":
    """The tasks that units of work have committed during the test: ``enqueued.of(the_actor)``."""
    from kvartal.testing.watch import watched_tasks

    async with watched_tasks() as seen:
        yield seen


@pytest.fixture
def frozen_clock() -> Callable[[str | datetime], AbstractContextManager[None]]:
    """``with frozen_clock("2026-11-24T12:00+03:00"): …`` stops the clock."""
    from kvartal import clock

    def freeze(instant: str | datetime) -> AbstractContextManager[None]:
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return clock.frozen(moment)

    return freeze
