"""GraphQL over WebSocket: the ``graphql-transport-ws`` protocol."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from structlog.contextvars import bind_contextvars

from kvartal import clock, text
from kvartal.context import Context
from kvartal.errors import RequestError, TooComplex, Unauthenticated
from kvartal.graphql.errors import wire_error
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
from kvartal.graphql.transports.wire import (
    ConnectionRequest,
    ContextFor,
    OperationRequest,
    WireDict,
    read_operation,
    request_id_of,
)

__all__ = ["SocketEndpoint", "SocketLimits", "Sockets"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    """What one socket may do."""

    message_size: int = 256_000
    operations: int = 50
    queued: int = 100
    backlog: int = 8
    init_timeout: float = 10.0


class Sockets:
    """The open sockets of this process, so that a shutdown can send them elsewhere."""

    def __init__(self) -> None:
        self._open: set[_Socket] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: "_Socket") -> None:
        """Remember an open socket."""
        self._open.add(socket)

    def remove(self, socket: "_Socket") -> None:
        """Forget a socket that is closed."""
        self._open.discard(socket)

    async def close_all(self, code: int = CloseCode.SERVICE_RESTART) -> None:
        """Close every socket; clients take 1012 as an invitation to connect again."""
        await asyncio.gather(*(socket.close(code, "") for socket in list(self._open)))


class SocketEndpoint:
    """The ASGI application behind ``/graphql`` for WebSockets."""

    def __init__(
        self,
        engine: Engine,
        context_for: ContextFor,
        sockets: Sockets,
        limits: SocketLimits | None = None,
    ) -> None:
        self.engine = engine
        self.context_for = context_for
        self.sockets = sockets
        self.limits = limits or SocketLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = WebSocket(scope, receive, send)
        if PROTOCOL not in scope.get("subprotocols", ()):
            await wire.accept()
            return await wire.close(
                CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
            )
        await wire.accept(PROTOCOL)
        socket = _Socket(self, wire)
        self.sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self.sockets.remove(socket)


class _Socket:
    """One socket: a reader, a writer, and a task for each running operation."""

    def __init__(self, endpoint: SocketEndpoint, wire: WebSocket) -> None:
        self._engine = endpoint.engine
        self._context_for = endpoint.context_for
        self._limits = endpoint.limits
        self._wire = wire
        self._outbox = Outbox(endpoint.limits.queued, endpoint.limits.backlog)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # with those that the client completed
        self._ended: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._initialised = False
        self._acknowledged = False
        self._token: str | None = None
        self._locale = text.negotiate(wire.headers.get("accept-language"))
        self._timers: list[asyncio.TimerHandle] = []

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
            for timer in self._timers:
                timer.cancel()
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
                await self._say("pong", payload=message.get("payload"))
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
        except RequestError as error:
            raise Close(CloseCode.FORBIDDEN, error.code) from None
        if context.actor.expires_at is not None:
            # Clients take 4403 as: get a fresh token and connect again.
            left = context.actor.expires_at - clock.now().timestamp()
            self._end_after(left, Close(CloseCode.FORBIDDEN, "Token expired"))
        self._acknowledged = True
        await self._say("connection_ack")

    async def _context(self, request_id: str, key: str | None = None) -> Context:
        client = self._wire.client
        return await self._context_for(
            ConnectionRequest(
                token=self._token,
                locale=self._locale,
                request_id=request_id,
                remote_address=client.host if client else None,
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
            key = request.extensions.get("idempotencyKey")
            context = await self._context(request_id, key if isinstance(key, str) else None)
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
