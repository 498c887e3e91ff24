"""The web application: GraphQL over HTTP and WebSocket, health, and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import redis
import structlog
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tortoise.exceptions import BaseORMException

from kvartal import live
from kvartal.auth.actor import Actor
from kvartal.auth.api import authenticate
from kvartal.context import Context
from kvartal.db.connection import fetch_one
from kvartal.errors import KvartalError
from kvartal.files.endpoint import FILES
from kvartal.files.storage.policy import policy
from kvartal.graphql.schema import build_schema
from kvartal.graphql.transports.console import Console
from kvartal.graphql.transports.edge import edge_over
from kvartal.graphql.transports.multipart import MultipartLimits
from kvartal.graphql.transports.wire import ConnectionRequest, ContextFor
from kvartal.host import Host, announcer
from kvartal.mail.mailbox import Mailbox
from kvartal.metrics import metrics_for
from kvartal.observed import observed

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
    settings = host.settings
    edge = edge_over(
        build_schema(host.registry.plugins),
        _contexts(host, authenticator),
        settings,
        redis_url=host.redis_url,
        redis_prefix=settings.redis_prefix,
        console=Console(host.registry.examples) if settings.console_enabled else None,
        uploads=MultipartLimits(
            field_bytes=settings.limit_body_bytes,
            file_bytes=policy().largest_upload,
            files=settings.limit_request_files,
            all_bytes=max(
                settings.limit_file_bytes * settings.limit_request_files, policy().largest_upload
            ),
            seconds=settings.limit_upload_seconds,
        ),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.enter_context(observed("web", settings))
            await stack.enter_async_context((running or host.running)())
            hub = live.Hub(host.redis_url, host.live_channel)
            await stack.enter_async_context(live.serving(hub))
            stack.push_async_callback(edge.aclose)
            yield

    return _Application(
        edge.socket,
        lifespan=lifespan,
        middleware=edge.middleware,
        routes=[
            Route("/graphql", _Asgi(edge.http)),  # of every method: it refuses in its own form
            FILES,
            Route("/livez", _alive),
            Route("/readyz", _Ready(host).answer),
            *Mailbox.of(settings).routes,
            *_metrics(settings.metrics_token),
        ],
    )


class _Application(Starlette):
    """The application; what it cannot start without is told in a line, not in a traceback."""

    def __init__(self, socket: ASGIApp, **options: Any) -> None:
        super().__init__(**options)
        self._socket = socket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == "/graphql":
            # A socket keeps all that it has come through: of thousands no middleware is to be.
            return await self._socket(scope, receive, send)
        if scope["type"] != "lifespan":
            return await super().__call__(scope, receive, send)
        failed: list[Message] = []

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await super().__call__(scope, receive, tell)
        except KvartalError as error:
            for message in failed:
                message["message"] = str(error)
            raise
        finally:
            for message in failed:
                await send(message)


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
            user_agent=request.user_agent,
            idempotency_key=request.idempotency_key,
            settings=host.settings,
        )

    return context_for


def _metrics(token: SecretStr | None) -> list[Route]:
    """The route of the metrics, if somebody may read them here."""
    if token is None:
        return []

    async def answer(request: Request) -> Response:
        return metrics_for(request, token.get_secret_value())

    return [Route("/metrics", answer)]


async def _alive(_: Request) -> JSONResponse:
    """The process runs: restarting it would change nothing."""
    return JSONResponse({"status": "ok"})


@dataclass(frozen=True, slots=True)
class _Ready:
    """Whether requests can be served now: the database answers.

    Without Redis they are served too, but what waits for it comes later: live changes and tasks.
    """

    host: Host

    async def answer(self, _: Request) -> JSONResponse:
        """503 if requests cannot be served; else 200, with what is missing."""
        found = {"database": await self._database(), "redis": await self._redis()}
        faults = {name: "unavailable" for name, answers in found.items() if not answers}
        status = "ok" if not faults else "degraded" if found["database"] else "unavailable"
        return JSONResponse({"status": status} | faults, 200 if found["database"] else 503)

    async def _database(self) -> bool:
        try:
            return await fetch_one("SELECT 1") is not None
        except (
            OSError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            BaseORMException,
        ) as error:
            log.warning("web.database_unavailable", error=str(error))
            return False

    async def _redis(self) -> bool:
        try:
            async with announcer(self.host.redis_url) as client:
                return bool(await client.ping())
        except (redis.RedisError, OSError) as error:
            log.warning("web.redis_unavailable", error=str(error))
            return False
