"""The edge of a host: its transports over one schema, with the limits that its settings name."""

from dataclasses import dataclass, fields

import redis.asyncio as redis
import strawberry
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from kvartal.auth.actor import ANONYMOUS
from kvartal.context import Context
from kvartal.errors import Unauthenticated
from kvartal.graphql.limits import Limits
from kvartal.graphql.rate import RateLimiter, Rates, RedisBuckets
from kvartal.graphql.settings import EdgeSettings
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.guard import guards
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.multipart import MultipartLimits
from kvartal.graphql.transports.sockets import SocketLimits, Sockets
from kvartal.graphql.transports.websocket import SocketEndpoint
from kvartal.graphql.transports.wire import ConnectionRequest, ContextFor
from kvartal.graphql.trusted import (
    TrustedDocuments,
    TrustedDocumentsError,
    TrustMode,
    load_documents,
)

__all__ = ["Edge", "edge_over"]

RATE_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What an application needs to serve GraphQL."""

    engine: Engine
    http: HttpEndpoint
    socket: SocketEndpoint
    sockets: Sockets
    middleware: list[Middleware]
    counters: redis.Redis

    async def aclose(self) -> None:
        """Send the open sockets elsewhere and let go of Redis."""
        await self.sockets.close_all()
        await self.counters.aclose()


def edge_over(
    schema: strawberry.Schema,
    context_for: ContextFor,
    settings: EdgeSettings,
    *,
    redis_url: str,
    redis_prefix: str,
    console: ASGIApp | None = None,
    uploads: MultipartLimits | None = None,
) -> Edge:
    """The edge over a schema, by its settings."""
    counters = redis.Redis.from_url(
        redis_url,
        socket_timeout=RATE_SECONDS,
        socket_connect_timeout=RATE_SECONDS,
        # Once more, since Redis may have been restarted under a pooled connection.
        retry=Retry(NoBackoff(), 1),
    )
    limiter = RateLimiter(_rates(settings), RedisBuckets(counters, redis_prefix))
    engine = Engine(
        schema,
        Limits(
            **{
                each.name: getattr(settings, f"limit_{each.name}")
                for each in fields(Limits)
                if hasattr(settings, f"limit_{each.name}")
            }
        ),
        trusted=_trusted(settings),
        rate=limiter,
        open_introspection=settings.introspection_for_all,
        compiled=settings.compiled_completion,
    )
    counted = _counted(context_for, limiter)
    sockets = Sockets()
    return Edge(
        engine=engine,
        http=HttpEndpoint(
            engine,
            counted,
            console=console,
            max_body=settings.limit_body_bytes,
            body_seconds=settings.limit_body_seconds,
            uploads=uploads,
        ),
        socket=SocketEndpoint(
            engine, counted, sockets, _socket_limits(settings), origins=settings.allowed_origins
        ),
        sockets=sockets,
        middleware=guards(settings.allowed_origins),
        counters=counters,
    )


def _counted(context_for: ContextFor, limiter: RateLimiter) -> ContextFor:
    """``context_for``, which every request and every operation passes, with the rate in it."""

    async def counted(request: ConnectionRequest) -> Context:
        try:
            context = await context_for(request)
        except Unauthenticated:
            # Who guesses tokens is counted as the stranger that they are.
            await limiter.admit_request(ANONYMOUS, request.remote_address)
            raise
        await limiter.admit_request(context.actor, request.remote_address)
        return context

    return counted


def _rates(settings: EdgeSettings) -> Rates:
    return Rates(
        requests=settings.rate_requests,
        cost=settings.rate_cost,
        anonymous_requests=settings.rate_anonymous_requests,
        anonymous_cost=settings.rate_anonymous_cost,
    )


def _socket_limits(settings: EdgeSettings) -> SocketLimits:
    return SocketLimits(
        message_size=settings.limit_message_bytes,
        operations=settings.limit_socket_operations,
        idle_timeout=settings.limit_socket_idle_seconds,
        per_credential=settings.limit_sockets,
    )


def _trusted(settings: EdgeSettings) -> TrustedDocuments:
    mode, path = settings.trusted_documents_mode, settings.trusted_documents
    if path is None:
        if mode is TrustMode.ONLY:
            raise TrustedDocumentsError(
                "KVARTAL_TRUSTED_DOCUMENTS_MODE=only needs KVARTAL_TRUSTED_DOCUMENTS"
            )
        return TrustedDocuments(mode)
    return TrustedDocuments(mode, load_documents(path))
