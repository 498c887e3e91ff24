"""The host as a plugin of its own, and what web, worker and scheduler open alike."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from kvartal import clock, live, mail, progress, registry, sealing, text
from kvartal.announcing import announcing
from kvartal.audit.graphql import GRAPHQL as AUDIT
from kvartal.auth import policy
from kvartal.auth.graphql import GRAPHQL as AUTH
from kvartal.auth.tasks import HANDLERS as AUTH_HANDLERS
from kvartal.db.connection import opened, tortoise_config
from kvartal.db.transaction import on_commit, set_routes
from kvartal.examples import EXAMPLES
from kvartal.files.graphql import GRAPHQL as FILES
from kvartal.files.rules import UploadLimit
from kvartal.files.storage import policy as files
from kvartal.files.tasks import HANDLERS as FILE_HANDLERS
from kvartal.home.graphql import (
    HomeMutations,
    HomeSubscriptions,
    OrganizationHome,
    PremiseHome,
)
from kvartal.housing.graphql import GRAPHQL as HOUSING
from kvartal.housing.tasks import HANDLERS as HOUSING_HANDLERS
from kvartal.permissions import ALL
from kvartal.plugin import GraphQLPart, Plugin
from kvartal.plugin_checks import check_plugins, check_sentences
from kvartal.retention import policy as retention
from kvartal.services.graphql import GRAPHQL as SERVICES
from kvartal.settings import Settings, configure, load_plugin_settings
from kvartal.tasks.deliver import Deliveries
from kvartal.tasks.relay import waking

__all__ = ["HOST", "Host", "announcer", "load_host", "load_registry"]

ANNOUNCE_SECONDS = 1.0

HOST = Plugin(
    name="kvartal",
    title="Платформа",
    models=(
        "kvartal.auth.models",
        "kvartal.housing.models",
        "kvartal.services.models",
        "kvartal.home.models",
        "kvartal.files.models",
        "kvartal.db.outbox",
        "kvartal.graphql.idempotency",
        "kvartal.audit.models",
        "aerich.models",
    ),
    graphql=GraphQLPart.of(
        AUTH,
        HOUSING,
        SERVICES,
        FILES,
        AUDIT,
        GraphQLPart(
            mutations=(HomeMutations,),
            subscriptions=(HomeSubscriptions,),
            extensions=(PremiseHome, OrganizationHome),
        ),
    ),
    tasks=(
        "kvartal.auth.tasks",
        "kvartal.auth.password.tasks",
        "kvartal.tasks.retention",
        "kvartal.files.tasks",
    ),
    handlers=(*AUTH_HANDLERS, *HOUSING_HANDLERS, *FILE_HANDLERS),
    permissions=ALL,
    examples=EXAMPLES,
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

    def use(self) -> None:
        """Make the plugins and settings this process's own."""
        configure(self.settings)
        load_plugin_settings(
            each.plugin.settings for each in self.registry.plugins if each.plugin.settings
        )
        registry.use(self.registry)
        set_routes(self.registry.routes)
        text.load(self.registry.packages)
        check_sentences(self.registry)
        policy.configure(self.settings)
        files.configure(self.settings, self.registry.offered(UploadLimit))
        mail.configure(self.settings)
        retention.configure(self.settings)
        sealing.configure(self.settings)
        clock.set_offset(timedelta(seconds=self.settings.clock_offset_seconds))

    @asynccontextmanager
    async def connected(self, *, everywhere: bool = True) -> AsyncIterator[None]:
        """Open the database and tell all processes what commits."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(opened(self.tortoise, everywhere=everywhere))
            client = await stack.enter_async_context(announcer(self.redis_url))
            announce = announcing(
                client, {self.live_channel: live.touched, self.relay_channel: waking}
            )
            prefix = self.settings.redis_prefix
            await stack.enter_async_context(progress.serving(client, prefix, self.live_channel))
            await stack.enter_async_context(on_commit(announce))
            await stack.enter_async_context(on_commit(progress.finisher))
            yield

    @asynccontextmanager
    async def running(self, *, everywhere: bool = True) -> AsyncIterator["Host"]:
        """Open the database, the events' routes, live publishing and the plugins' lifespans."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.connected(everywhere=everywhere))
            for each in self.registry.plugins:
                if each.plugin.lifespan:
                    await stack.enter_async_context(each.plugin.lifespan())
            yield self


def load_host(settings: Settings, extra: Sequence[Plugin] = ()) -> Host:
    """Load and check the plugins, and make them this process's own."""
    host = Host(settings, load_registry(settings.plugins, extra))
    host.use()
    return host


def load_registry(chosen: Iterable[str], extra: Sequence[Plugin] = ()) -> registry.Registry:
    """The host and the chosen plugins, found fit; PluginError otherwise."""
    loaded = registry.load_plugins(HOST, chosen, extra)
    check_plugins(loaded)
    return loaded


def announcer(url: str) -> redis.Redis:
    """A client for what is said after commits, while somebody waits for an answer.

    It tries twice, since Redis may have been restarted under a pooled connection.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=ANNOUNCE_SECONDS,
        socket_connect_timeout=ANNOUNCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
