"""GraphQL over WebSocket: the ``graphql-transport-ws`` protocol."""

import asyncio
import math
from collections.abc import Collection, Mapping
from contextlib import aclosing
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from kvartal import clock, text
from kvartal.context import Context
from kvartal.errors import RateLimited, RequestError, TooComplex, Unauthenticated
from kvartal.graphql.completion import CodedAnswer
from kvartal.graphql.errors import wire_error
from kvartal.graphql.rate import credential_of
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.protocol import (
    PROTOCOL,
    Close,
    CloseCode,
    begin_of,
    compose,
    decode,
    operation_id,
    payload_of,
    token_of,
)
from kvartal.graphql.transports.sender import Sender
from kvartal.graphql.transports.sockets import SocketLimits, Sockets, is_from_known_page
from kvartal.graphql.transports.wire import (
    ConnectionRequest,
    ContextFor,
    OperationRequest,
    encode,
    idempotency_key_of,
    read_operation,
    request_id_of,
)

__all__ = ["SocketEndpoint", "SocketLimits", "Sockets"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SocketEndpoint:
    """The ASGI application behind ``/graphql`` for WebSockets."""

    def __init__(
        self,
        engine: Engine,
        context_for: ContextFor,
        sockets: Sockets,
        limits: SocketLimits | None = None,
        *,
        origins: Collection[str] = (),
    ) -> None:
        self.engine = engine
        self.context_for = context_for
        self.sockets = sockets
        self.limits = limits or SocketLimits()
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the connection itself
        if not is_from_known_page(Headers(scope=scope), self.origins):
            return await send({"type": "websocket.close"})  # before it is accepted: 403
        if PROTOCOL not in scope.get("subprotocols", ()):
            await send({"type": "websocket.accept"})
            code, reason = CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
            return await send({"type": "websocket.close", "code": code, "reason": reason})
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        socket = _Socket(self, scope, send)
        self.sockets.add(socket)
        try:
            await socket.serve(receive)
        finally:
            self.sockets.remove(socket)
            await socket.leave()
        return None


class _Socket:
    """One socket: its reader, and a task for each running operation."""

    def __init__(self, endpoint: SocketEndpoint, scope: Scope, send: Send) -> None:
        headers, client = Headers(scope=scope), scope.get("client")
        self._endpoint = endpoint
        self._limits = limits = endpoint.limits
        self._sender = Sender(scope, send, queued=limits.queued, backlog=limits.backlog)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # with those that the client completed
        self._closing: asyncio.Task[None] | None = None
        self._initialised = False
        self._acknowledged = False
        self._token: str | None = None
        self._locale = text.negotiate(headers.get("accept-language"))
        self._authorization = headers.get("authorization")
        self._user_agent = headers.get("user-agent")
        self._remote_address = client[0] if client else None
        self._credential: str | None = None
        self._heard_at = 0.0
        self._expires_at = math.inf
        late = Close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(limits.init_timeout, self._end, late)

    async def serve(self, receive: Receive) -> None:
        """Serve the socket until the client leaves or the protocol ends it."""
        try:
            while self._closing is None:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                self._heard_at = asyncio.get_running_loop().time()
                await self._handle(decode(message, self._limits.message_size))
        except Close as end:
            self._end(end)
        except Exception:
            log.exception("graphql.socket_failed")
            self._end(Close(CloseCode.INTERNAL, "Internal server error"))

    async def leave(self) -> None:
        """End all that runs for the socket; the last thing that it says is why it is closed."""
        self._timer.cancel()
        if self._credential is not None:
            self._endpoint.sockets.leave(self._credential)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._closing is not None:
            await self._closing
        self._sender.stop()

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed already."""
        await self._sender.close(code, reason)

    def _end(self, close: Close) -> None:
        # The reader hears of it from the server, as of a client that leaves.
        if self._closing is None:
            closing = self.close(close.code, close.reason)
            self._closing = asyncio.get_running_loop().create_task(closing)

    def _watch(self) -> None:
        """End a socket whose token is over, or that nobody speaks on and no operation runs on."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._tasks:
            self._heard_at = now
        idle_at = self._heard_at + self._limits.idle_timeout
        if now >= self._expires_at:
            # Clients take 4403 as: get a fresh token and connect again.
            return self._end(Close(CloseCode.FORBIDDEN, "Token expired"))
        if now >= idle_at:
            return self._end(Close(CloseCode.NORMAL, "Idle"))
        self._timer = loop.call_at(min(idle_at, self._expires_at), self._watch)
        return None

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(payload_of(message))
            case "ping":
                await self._say("pong", payload=payload_of(message) or None)
            case "pong":
                payload_of(message)
            case "subscribe":
                await self._subscribe(operation_id(message), message.get("payload"))
            case "complete":
                self._complete(operation_id(message))
            case _:
                raise Close(CloseCode.BAD_REQUEST, "Unknown message type")

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        if self._initialised:
            raise Close(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        self._initialised = True
        self._timer.cancel()
        language = payload.get("acceptLanguage")
        if isinstance(language, str):
            self._locale = text.negotiate(language)
        try:
            self._token = token_of(payload, self._authorization)
            context = await self._context(request_id_of(None))
        except RateLimited as error:
            raise Close(CloseCode.TRY_AGAIN_LATER, error.code) from None
        except RequestError as error:
            raise Close(CloseCode.FORBIDDEN, error.code) from None
        credential = credential_of(context.actor, context.remote_address)
        self._endpoint.sockets.enter(credential, self._limits.per_credential)
        self._credential = credential
        if context.actor.expires_at is not None:
            left = context.actor.expires_at - clock.now().timestamp()
            self._expires_at = asyncio.get_running_loop().time() + left
        self._acknowledged = True
        self._watch()
        await self._say("connection_ack")

    async def _context(self, request_id: str, key: str | None = None) -> Context:
        return await self._endpoint.context_for(
            ConnectionRequest(
                token=self._token,
                locale=self._locale,
                request_id=request_id,
                remote_address=self._remote_address,
                user_agent=self._user_agent,
                idempotency_key=key,
            )
        )

    async def _subscribe(self, op: str, payload: object) -> None:
        if not self._acknowledged:
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if op in self._operations:
            raise Close(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {op} already exists")
        try:
            request = read_operation(payload)
        except RequestError as error:
            raise Close(CloseCode.BAD_REQUEST, f"Invalid payload: {error}") from None
        running = len(self._tasks)
        if running >= self._limits.operations:
            limit = self._limits.operations
            crowded = TooComplex("TOO_COMPLEX_SUBSCRIPTIONS", limit=limit, value=running + 1)
            return await self._refuse(op, crowded, request_id_of(None))
        task = asyncio.create_task(self._run(op, request))
        self._operations[op] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    def _complete(self, op: str) -> None:
        task = self._operations.pop(op, None)
        if task is not None:
            task.cancel()
            self._sender.forget(op)

    async def _run(self, op: str, request: OperationRequest) -> None:
        request_id = request_id_of(None)
        bind_contextvars(request_id=request_id)
        try:
            key = idempotency_key_of(request.extensions.get("idempotencyKey"))
            context = await self._context(request_id, key)
            await self._answer(op, request, context)
        except Unauthenticated:
            self._end(Close(CloseCode.FORBIDDEN, "UNAUTHENTICATED"))
        except Exception as error:
            await self._refuse(op, error, request_id)
        finally:
            if self._operations.get(op) is asyncio.current_task():
                del self._operations[op]

    async def _answer(self, op: str, request: OperationRequest, context: Context) -> None:
        begin = begin_of("next", op)

        def at_once(answer: CodedAnswer) -> bool:
            return self._sender.is_put(begin + answer.coded + b"}")

        answers = await self._endpoint.engine.subscribe(request, context, at_once=at_once)
        if isinstance(answers, dict):
            if "data" not in answers:
                return await self._say("error", op, answers["errors"])
            await self._say("next", op, answers, context.request_id)
        else:
            async with aclosing(answers):
                async for answer in answers:
                    if "data" not in answer:
                        return await self._say("error", op, answer["errors"])
                    coded = encode(answer, locale=self._locale, request_id=context.request_id)
                    await self._sender.put_newest(op, begin + coded + b"}")
        return await self._say("complete", op)

    async def _refuse(self, op: str, error: Exception, request_id: str) -> None:
        wired = wire_error(error, locale=self._locale, request_id=request_id)
        await self._say("error", op, [wired])

    async def _say(
        self, kind: str, op: str | None = None, payload: object = None, request_id: str = "-"
    ) -> None:
        message = compose(kind, op, payload, locale=self._locale, request_id=request_id)
        await self._sender.put(message)
