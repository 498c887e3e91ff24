"""A small schema with everything that can happen, served as the product's own is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.schema.config import StrawberryConfig

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind
from kvartal.context import Context, Info
from kvartal.errors import DomainError, Forbidden, NotFound, RateLimited, Unauthenticated
from kvartal.graphql.limits import Limits
from kvartal.graphql.loader import Loader
from kvartal.graphql.scalars import SCALAR_MAP
from kvartal.graphql.transports.console import Console, Example
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.websocket import SocketEndpoint, SocketLimits, Sockets
from kvartal.graphql.transports.wire import ConnectionRequest, ContextFor

USER = UUID("0193592e-9d2a-7c3f-8000-000000000001")


@dataclass(kw_only=True)
class Undeclared(DomainError):
    code = "UNDECLARED"


class DoubleByNumber(Loader[int, int]):
    """Counts in ``batches`` how often the store was asked."""

    async def batch(self, keys: Sequence[int]) -> dict[int, int]:
        served.batches.append(list(keys))
        return {key: key * 2 for key in keys}


@dataclass
class Served:
    """What the resolvers and the context function saw."""

    requests: list[ConnectionRequest] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    bumped: int = 0
    expires_in: float | None = None
    fail_context: Exception | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)


served = Served()


@strawberry.type
class Item:
    number: int

    @strawberry.field
    async def double(self, info: Info) -> int:
        return await info.context.load(DoubleByNumber, self.number)


@strawberry.input(one_of=True)
class Choice:
    number: strawberry.Maybe[int]
    word: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field
    def choose(self, by: Choice) -> str:
        return "chosen"

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    async def later(self, info: Info) -> str | None:
        await asyncio.sleep(0)
        return info.context.request_id

    @strawberry.field
    def locale(self, info: Info) -> str:
        return info.context.locale

    @strawberry.field
    def items(self, first: int = 3) -> list[Item]:
        return [Item(number=number) for number in range(first)]

    @strawberry.field
    def fail(self, kind: str = "bug") -> str | None:
        raise {
            "bug": RuntimeError("SELECT secret FROM passwords"),
            "forbidden": Forbidden(),
            "not_found": NotFound("NOT_FOUND", id="abc"),
            "undeclared": Undeclared(),
        }[kind]

    @strawberry.field
    def required(self) -> str:
        raise RuntimeError("secret")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self) -> int:
        served.bumped += 1
        return served.bumped


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def same(self, times: int) -> AsyncGenerator[Item, None]:
        for _ in range(times):
            yield Item(number=7)

    @strawberry.subscription
    async def forever(self, every: float = 0.01) -> AsyncGenerator[int, None]:
        served.opened += 1
        number = 0
        try:
            while True:
                number += 1
                yield number
                await asyncio.sleep(every)
        finally:
            served.closed += 1

    @strawberry.subscription
    async def held(self) -> AsyncGenerator[int, None]:
        yield 0
        await served.go.wait()
        yield 1

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("secret")

    @strawberry.subscription
    async def denied(self) -> AsyncGenerator[int, None]:
        raise Forbidden
        yield 1

    @strawberry.subscription
    async def locale(self, info: Info) -> AsyncGenerator[str, None]:
        yield info.context.locale


_schema = strawberry.Schema(
    Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALAR_MAP)
)


async def context_for(request: ConnectionRequest) -> Context:
    """Knows the tokens ``good`` and none; others are expired or too busy."""
    served.requests.append(request)
    if served.fail_context is not None:
        raise served.fail_context
    if request.token == "busy":
        raise RateLimited(retry_after=7)
    if request.token not in {None, "good"}:
        raise Unauthenticated
    actor = ANONYMOUS
    if request.token == "good":
        left = served.expires_in
        expires_at = None if left is None else clock.now().timestamp() + left
        actor = Actor(ActorKind.RESIDENT, user_id=USER, expires_at=expires_at)
    return Context(
        actor=actor,
        locale=request.locale,
        request_id=request.request_id,
        remote_address=request.remote_address,
        idempotency_key=request.idempotency_key,
    )


@pytest.fixture
def seen() -> Served:
    """What the resolvers saw, fresh for this test."""
    served.__init__()  # type: ignore[misc]  # the resolvers hold this one object
    return served


@pytest.fixture
def engine(seen: Served) -> Engine:
    """An engine with limits small enough to be reached."""
    return Engine(_schema, Limits(cost=200))


@pytest.fixture
def engine_with(seen: Served) -> Callable[..., Engine]:
    """An engine over the same schema, with options of the test's own."""
    return partial(Engine, _schema)


@pytest.fixture
def schema() -> strawberry.Schema:
    """The schema with everything that can happen."""
    return _schema


@pytest.fixture
def engine_context() -> ContextFor:
    """The function that knows the tokens."""
    return context_for


@pytest.fixture
def sockets() -> Sockets:
    """The registry of open sockets."""
    return Sockets()


@pytest.fixture
def app(engine: Engine, sockets: Sockets) -> Starlette:
    """The application, with the console on."""
    example = Example(title="Hello </script>", role="resident", query="{ hello }")
    http = HttpEndpoint(engine, context_for, console=Console([example]), max_body=10_000)
    limits = SocketLimits(operations=3, queued=10, message_size=2_000)
    socket = SocketEndpoint(engine, context_for, sockets, limits)
    impatient = SocketEndpoint(engine, context_for, sockets, SocketLimits(init_timeout=0.2))
    idle = SocketEndpoint(engine, context_for, sockets, SocketLimits(idle_timeout=0.2))
    ours = SocketEndpoint(
        engine,
        context_for,
        sockets,
        SocketLimits(per_credential=1),
        origins=["https://crm.example"],
    )
    plain = HttpEndpoint(engine, context_for)
    return Starlette(
        routes=[
            Route("/graphql", http),
            Route("/plain", plain),
            WebSocketRoute("/graphql", socket),
            WebSocketRoute("/impatient", impatient),
            WebSocketRoute("/idle", idle),
            WebSocketRoute("/ours", ours),
        ]
    )


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client without default headers that would decide the negotiation."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kvartal.test") as made:
        made.headers.pop("accept")
        yield made


@pytest.fixture
def make_context(seen: Served) -> Any:
    """A context as the transports would get it."""

    def make(**kwargs: Any) -> Context:
        return Context(**{"request_id": "r1", "locale": "en"} | kwargs)

    return make
