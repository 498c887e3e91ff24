"""The web application: GraphQL over HTTP and WebSocket, health, and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import redis.asyncio as redis
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.exceptions import BaseORMException

from kvartal import live
from kvartal.auth.actor import Actor
from kvartal.auth.service import authenticate
from kvartal.context import Context
from kvartal.db.connection import fetch_one
from kvartal.graphql.schema import build_schema
from kvartal.graphql.transports.console import Console
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.websocket import SocketEndpoint, Sockets
from kvartal.graphql.transports.wire import ConnectionRequest, ContextFor
from kvartal.host import Host

__all__ = ["create_app"]

log = structlog.get_logger("kvartal.web")

Authenticate = Callable[[str | None], Awaitable[Actor]]


def create_app(
    host: Host,
    *,
    authenticator: Authenticate = authenticate,
    running: Callable[[], AbstractAsyncContextManager[object]] | None = None,
) -> Starlette:
    """The ASGI application over a host.

    ``running`` opens what the requests need; the tests, which have it open already, give their own.
    """
    sockets = Sockets()
    context_for = _contexts(host, authenticator)
    engine = Engine(build_schema(host.registry.plugins))
    console = Console(host.registry.examples) if host.settings.console_enabled else None
    http = HttpEndpoint(engine, context_for, console=console)
    socket = SocketEndpoint(engine, context_for, sockets)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context((running or host.running)())
            hub = live.Hub(host.redis_url, host.live_channel)
            await stack.enter_async_context(live.serving(hub))
            stack.push_async_callback(sockets.close_all)
            yield

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", _Asgi(http), methods=["GET", "POST"]),
            WebSocketRoute("/graphql", _Asgi(socket)),
            Route("/livez", _alive),
            Route("/readyz", _Ready(host).answer),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Asgi:
    """An ASGI application as a route's endpoint: Starlette would wrap a bare function."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def _contexts(host: Host, authenticator: Authenticate) -> ContextFor:
    async def context_for(request: ConnectionRequest) -> Context:
        return Context(
            actor=await authenticator(request.token),
            locale=request.locale,
            request_id=request.request_id,
            remote_address=request.remote_address,
            idempotency_key=request.idempotency_key,
            settings=host.settings,
        )

    return context_for


async def _alive(_: Request) -> JSONResponse:
    """The process runs: restarting it would change nothing."""
    return JSONResponse({"status": "ok"})


@dataclass(frozen=True, slots=True)
class _Ready:
    """Whether requests can be served now: the database and Redis answer."""

    host: Host

    async def answer(self, _: Request) -> JSONResponse:
        """200 if all answer, else 503 with what does not."""
        faults = {
            name: "unavailable"
            for name, check in (("database", self._database), ("redis", self._redis))
            if not await check()
        }
        status = 503 if faults else 200
        return JSONResponse({"status": "unavailable" if faults else "ok"} | faults, status)

    async def _database(self) -> bool:
        try:
            return await fetch_one("SELECT 1") is not None
        except (OSError, asyncpg.PostgresError, BaseORMException) as error:
            log.warning("web.database_unavailable", error=str(error))
            return False

    async def _redis(self) -> bool:
        try:
            async with redis.Redis.from_url(self.host.redis_url, socket_timeout=2) as client:
                return bool(await client.ping())
        except (redis.RedisError, OSError) as error:
            log.warning("web.redis_unavailable", error=str(error))
            return False
