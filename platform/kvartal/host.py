"""The host as a plugin of its own, and what web, worker and scheduler open alike."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis.asyncio as redis

from kvartal import clock, live, registry, text
from kvartal.auth import policy
from kvartal.auth.graphql import AuthMutations, AuthQueries
from kvartal.auth.tasks import HANDLERS as AUTH_HANDLERS
from kvartal.db.connection import opened, tortoise_config
from kvartal.db.transaction import on_commit, set_routes
from kvartal.home.graphql import HomeSubscriptions, PremiseHome
from kvartal.housing.graphql import GRAPHQL as HOUSING
from kvartal.permissions import ALL
from kvartal.plugin import GraphQLPart, Plugin
from kvartal.settings import Settings
from kvartal.tasks.deliver import Deliveries
from kvartal.tasks.relay import waker

__all__ = ["HOST", "Host", "load_host"]

HOST = Plugin(
    name="kvartal",
    title="Платформа",
    models=("kvartal.auth.models", "kvartal.housing.models", "kvartal.db.outbox", "aerich.models"),
    graphql=GraphQLPart(
        queries=(AuthQueries, *HOUSING.queries),
        mutations=(AuthMutations, *HOUSING.mutations),
        subscriptions=(HomeSubscriptions,),
        extensions=(*HOUSING.extensions, PremiseHome),
        nodes=HOUSING.nodes,
    ),
    tasks=("kvartal.auth.tasks", "kvartal.tasks.retention"),
    handlers=AUTH_HANDLERS,
    permissions=ALL,
)


@dataclass(frozen=True, slots=True)
class Host:
    """Settings and plugins of this process: what every one of its parts is made from."""

    settings: Settings
    registry: registry.Registry

    @property
    def tortoise(self) -> dict[str, Any]:
        """Tortoise's configuration."""
        return tortoise_config(
            self.settings.database_url.get_secret_value(),
            self.registry.models,
            pool_size=self.settings.database_pool_size,
            statement_timeout_ms=self.settings.statement_timeout_ms,
        )

    @property
    def redis_url(self) -> str:
        """Where Redis is."""
        return self.settings.redis_url.get_secret_value()

    @property
    def live_channel(self) -> str:
        """The channel of live changes: prefixed, since channels ignore the database number."""
        return f"{self.settings.redis_prefix}:live"

    @property
    def relay_channel(self) -> str:
        """The channel that wakes the relay."""
        return f"{self.settings.redis_prefix}:relay"

    @property
    def deliveries(self) -> Deliveries:
        """The handlers and actors of the plugins that are on."""
        return Deliveries(self.registry.routes.by_name, self.registry.tasks)

    @asynccontextmanager
    async def running(self, *, everywhere: bool = True) -> AsyncIterator["Host"]:
        """Open the database, the events' routes, live publishing and the plugins' lifespans."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(opened(self.tortoise, everywhere=everywhere))
            client = redis.Redis.from_url(self.redis_url, socket_timeout=5)
            await stack.enter_async_context(client)
            publish = live.publisher(client, self.live_channel)
            await stack.enter_async_context(on_commit(publish))
            await stack.enter_async_context(on_commit(waker(client, self.relay_channel)))
            for each in self.registry.plugins:
                if each.plugin.lifespan:
                    await stack.enter_async_context(each.plugin.lifespan())
            yield self


def load_host(settings: Settings, extra: Sequence[Plugin] = ()) -> Host:
    """Load the plugins and make them this process's own."""
    loaded = registry.load_plugins(HOST, settings.plugins, extra)
    registry.use(loaded)
    set_routes(loaded.routes)
    text.load(loaded.packages)
    policy.configure(settings)
    clock.set_offset(timedelta(seconds=settings.clock_offset_seconds))
    return Host(settings, loaded)
