"""The host as tests run it: one template a run, a database a worker, a rollback a test."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import gettempdir

from pydantic import SecretStr
from starlette.applications import Starlette

from kvartal import live
from kvartal.app import create_app
from kvartal.auth.actor import Actor
from kvartal.auth.api import authenticate
from kvartal.db import migrations
from kvartal.db.connection import current
from kvartal.embedded import Servers
from kvartal.host import Host, load_host
from kvartal.plugin import Plugin
from kvartal.settings import Settings
from kvartal.testing.client import ACTOR_TOKEN, GraphQLClient
from kvartal.testing.databases import create_database, drop_database, url_of

__all__ = [
    "TEMPLATE",
    "Committed",
    "TestHost",
    "committed_host",
    "make_template",
    "rolled_back",
    "running_host",
    "settings_for",
]

TEMPLATE = "kvartal_test_template"
_numbers = count(1)


def settings_for(
    servers: Servers, database: str, plugins: frozenset[str], prefix: str, **changed: object
) -> Settings:
    """Settings over one test database; channels and keys of Redis under a prefix of their own."""
    values: dict[str, object] = {
        "database_url": SecretStr(url_of(servers.database_url, database)),
        "redis_url": SecretStr(servers.redis_url),
        "secret_key": SecretStr("test-secret-key-of-32-characters!"),
        "plugins": plugins,
        "redis_prefix": prefix,
        "database_pool_size": 10,
        "console_enabled": True,
        "files_dir": Path(gettempdir()) / f"{prefix}-files",
        # All tests of a run come from one address.
        "rate_requests": 0,
        "rate_cost": 0,
        "rate_anonymous_requests": 0,
        "rate_anonymous_cost": 0,
    }
    return Settings(**(values | changed))  # type: ignore[arg-type] # checked by pydantic


async def make_template(servers: Servers, plugins: frozenset[str]) -> None:
    """Create the database that others are copied from, by the real migrations."""
    await drop_database(servers.database_url, TEMPLATE)
    await create_database(servers.database_url, TEMPLATE)
    host = load_host(settings_for(servers, TEMPLATE, plugins, "kvartal-template"))
    await migrations.migrate(host.tortoise, host.registry.chains)


@dataclass(slots=True)
class TestHost:
    """The host of a test worker, its application, and a client of it."""

    __test__ = False

    host: Host
    servers: Servers
    app: Starlette
    client: GraphQLClient


@dataclass(frozen=True, slots=True)
class Committed:
    """A database of a test's own, open for this test alone."""

    host: Host
    app: Starlette
    client: GraphQLClient

    @property
    def environment(self) -> dict[str, str]:
        """The settings as environment, for real processes over the same database."""
        settings = self.host.settings
        plugins = ",".join(each.name for each in self.host.registry.plugins[1:])
        given = {name: getattr(settings, name) for name in settings.model_fields_set}
        values = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in (given | {"plugins": plugins}).items()
        }
        return {f"KVARTAL_{name.upper()}": value for name, value in values.items()}


@asynccontextmanager
async def running_host(
    servers: Servers, worker: str, plugins: frozenset[str]
) -> AsyncIterator[TestHost]:
    """The worker's host over its copy of the template."""
    database = f"kvartal_test_{worker}"
    await drop_database(servers.database_url, database)
    await create_database(servers.database_url, database, TEMPLATE)
    host = load_host(settings_for(servers, database, plugins, f"kvartal-{worker}"))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(host.running())
        await stack.enter_async_context(live.serving(live.Hub(host.redis_url, host.live_channel)))
        app, client = _application(host)
        yield TestHost(host, servers, app, client)
    await drop_database(servers.database_url, database)


@asynccontextmanager
async def committed_host(
    servers: Servers,
    worker: str,
    around: TestHost,
    extra: Sequence[Plugin] = (),
    **changed: object,
) -> AsyncIterator[Committed]:
    """A database of the test's own; the present task and those it starts work with it.

    ``extra``: plugins that are on besides, as if the operator had just turned them on;
    ``changed``: settings that are not the tests' usual ones.
    """
    number = next(_numbers)
    database = f"kvartal_own_{worker}_{number}"
    plugins = around.host.settings.plugins
    settings = settings_for(servers, database, plugins, f"kvartal-{worker}-{number}", **changed)
    await create_database(servers.database_url, database, TEMPLATE)
    try:
        async with AsyncExitStack() as stack:
            host = Host(settings, around.host.registry)
            if extra:
                stack.callback(around.host.use)
                host = load_host(settings, extra)
                await migrations.migrate(host.tortoise, host.registry.chains)
            await stack.enter_async_context(host.running(everywhere=False))
            hub = live.Hub(host.redis_url, host.live_channel)
            await stack.enter_async_context(live.serving(hub))
            app, client = _application(host)
            yield Committed(host, app, client)
    finally:
        await drop_database(servers.database_url, database)


def _application(host: Host) -> tuple[Starlette, GraphQLClient]:
    actors: dict[str, Actor] = {}

    async def known_or_real(token: str | None) -> Actor:
        if token is not None and token.startswith(ACTOR_TOKEN):
            return actors[token]
        return await authenticate(token)

    # The host is open already.
    app = create_app(host, authenticator=known_or_real, running=nullcontext)
    return app, GraphQLClient(app, actors)


@asynccontextmanager
async def rolled_back() -> AsyncIterator[None]:
    """A transaction that never commits; units of work inside it are savepoints."""
    transaction = current()._in_transaction()
    client = await transaction.__aenter__()
    try:
        yield
    finally:
        await client.rollback()
        await transaction.__aexit__(None, None, None)
