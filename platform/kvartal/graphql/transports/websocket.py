"""GraphQL over WebSocket: the ``graphql-transport-ws`` protocol."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from structlog.contextvars import bind_contextvars

from kvartal import clock, text
from kvartal.context import Context
from kvartal.errors import RateLimited, RequestError, TooComplex, Unauthenticated
from kvartal.graphql.errors import wire_error
from kvartal.graphql.rate import credential_of
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.outbox import Outbox
from kvartal.graphql.transports.protocol import (
    PROTOCOL,
    Close,
    CloseCode,
    compose,
    decode,
    operation_id,
    payload_of,
    token_of,
)
from kvartal.graphql.transports.sockets import SocketLimits, Sockets, is_from_known_page
from kvartal.graphql.transports.wire import (
    ConnectionRequest,
    ContextFor,
    OperationRequest,
    WireDict,
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
        wire = WebSocket(scope, receive, send)
        if not is_from_known_page(wire.headers, self.origins):
            return await wire.close()  # before it is accepted: 403
        if PROTOCOL not in scope.get("subprotocols", ()):
            await wire.accept()
            return await wire.close(
                CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
            )
        await wire.accept(PROTOCOL)
        socket = _Socket(self, wire)
        with self.sockets.remembered(socket):
            await socket.serve()
        return None


class _Socket:
    """One socket: a reader, a writer, and a task for each running operation."""

    def __init__(self, endpoint: SocketEndpoint, wire: WebSocket) -> None:
        self._engine = endpoint.engine
        self._context_for = endpoint.context_for
        self._limits = endpoint.limits
        self._sockets = endpoint.sockets
        self._wire = wire
        self._outbox = Outbox(endpoint.limits.queued, endpoint.limits.backlog)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # with those that the client completed
        self._ended: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._initialised = False
        self._acknowledged = False
        self._token: str | None = None
        self._locale = text.negotiate(wire.headers.get("accept-language"))
        self._credential: str | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._idle: asyncio.TimerHandle | None = None
        self._heard_at = 0.0

    async def serve(self) -> None:
        """Serve the socket until the client leaves or the protocol ends it."""
        late = Close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
        self._end_after(self._limits.init_timeout, late)
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait((reader, writer, self._ended), return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                await self.close(self._ended.result().code, self._ended.result().reason)
        finally:
            for timer in (*self._timers, self._idle):
                if timer is not None:
                    timer.cancel()
            if self._credential is not None:
                self._sockets.leave(self._credential)
            tasks = [reader, writer, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed already."""
        if self._wire.application_state is WebSocketState.CONNECTED:
            try:
                await self._wire.close(code, reason)
            except (WebSocketDisconnect, RuntimeError):
                log.debug("graphql.socket_gone", code=code)

    def _end(self, close: Close) -> None:
        if not self._ended.done():
            self._ended.set_result(close)

    def _end_after(self, seconds: float, close: Close) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(max(seconds, 0), self._end, close))

    def _watch_idle(self) -> None:
        """End a socket that nobody speaks on and no operation runs on, sooner or later."""
        loop = asyncio.get_running_loop()
        if self._tasks:
            self._heard_at = loop.time()
        left = self._heard_at + self._limits.idle_timeout - loop.time()
        if left <= 0:
            return self._end(Close(CloseCode.NORMAL, "Idle"))
        self._idle = loop.call_later(left, self._watch_idle)
        return None

    async def _write(self) -> None:
        sent = 0
        while True:
            await self._wire.send_text(await self._outbox.take())
            sent += 1
            if sent % 200 == 0:
                # A full queue and a fast socket would otherwise keep the loop to themselves.
                await asyncio.sleep(0)

    async def _read(self) -> None:
        try:
            while True:
                message = await self._wire.receive()
                if message["type"] == "websocket.disconnect":
                    return
                self._heard_at = asyncio.get_running_loop().time()
                await self._handle(decode(message, self._limits.message_size))
        except Close as end:
            self._end(end)
        except Exception:
            log.exception("graphql.socket_failed")
            self._end(Close(CloseCode.INTERNAL, "Internal server error"))

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
        self._timers.pop().cancel()
        language = payload.get("acceptLanguage")
        if isinstance(language, str):
            self._locale = text.negotiate(language)
        try:
            self._token = token_of(payload, self._wire.headers.get("authorization"))
            context = await self._context(request_id_of(None))
        except RateLimited as error:
            raise Close(CloseCode.TRY_AGAIN_LATER, error.code) from None
        except RequestError as error:
            raise Close(CloseCode.FORBIDDEN, error.code) from None
        credential = credential_of(context.actor, context.remote_address)
        self._sockets.enter(credential, self._limits.per_credential)
        self._credential = credential
        if context.actor.expires_at is not None:
            # Clients take 4403 as: get a fresh token and connect again.
            left = context.actor.expires_at - clock.now().timestamp()
            self._end_after(left, Close(CloseCode.FORBIDDEN, "Token expired"))
        self._acknowledged = True
        self._watch_idle()
        await self._say("connection_ack")

    async def _context(self, request_id: str, key: str | None = None) -> Context:
        client = self._wire.client
        return await self._context_for(
            ConnectionRequest(
                token=self._token,
                locale=self._locale,
                request_id=request_id,
                remote_address=client.host if client else None,
                user_agent=self._wire.headers.get("user-agent"),
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
            self._outbox.forget(op)

    async def _run(self, op: str, request: OperationRequest) -> None:
        request_id = request_id_of(None)
        bind_contextvars(request_id=request_id)
        try:
            key = idempotency_key_of(request.extensions.get("idempotencyKey"))
            context = await self._context(request_id, key)
            await self._answer(op, await self._engine.subscribe(request, context), request_id)
        except Unauthenticated:
            self._end(Close(CloseCode.FORBIDDEN, "UNAUTHENTICATED"))
        except Exception as error:
            await self._refuse(op, error, request_id)
        finally:
            if self._operations.get(op) is asyncio.current_task():
                del self._operations[op]

    async def _answer(
        self, op: str, answers: AsyncGenerator[WireDict, None] | WireDict, request_id: str
    ) -> None:
        if isinstance(answers, dict):
            if "data" not in answers:
                return await self._say("error", op, answers["errors"])
            await self._say("next", op, answers, request_id)
        else:
            async with aclosing(answers):
                async for answer in answers:
                    if "data" not in answer:
                        return await self._say("error", op, answer["errors"])
                    message = compose(
                        "next", op, answer, locale=self._locale, request_id=request_id
                    )
                    await self._outbox.put_newest(op, message)
        return await self._say("complete", op)

    async def _refuse(self, op: str, error: Exception, request_id: str) -> None:
        wired = wire_error(error, locale=self._locale, request_id=request_id)
        await self._say("error", op, [wired])

    async def _say(
        self, kind: str, op: str | None = None, payload: object = None, request_id: str = "-"
    ) -> None:
        message = compose(kind, op, payload, locale=self._locale, request_id=request_id)
        await self._outbox.put(message)
