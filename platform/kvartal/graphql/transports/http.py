"""GraphQL over HTTP: POST with JSON, GET for queries, and an event stream for who accepts one.

By the specification's edition of September 2026, save that every refused request is 400 and not
422: its own audits ask for 400, and nobody reads the status of a form that tells more.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from kvartal import text
from kvartal.errors import BadInput, Unauthenticated
from kvartal.graphql.errors import wire_error
from kvartal.graphql.limits import refuse_above
from kvartal.graphql.transports import sse
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.media import EVENTS, GRAPHQL, HTML, JSON, is_json, negotiated
from kvartal.graphql.transports.multipart import MultipartLimits, boundary_of, read_multipart
from kvartal.graphql.transports.wire import (
    ConnectionRequest,
    ContextFor,
    OperationRequest,
    WireDict,
    bearer_token,
    encode,
    idempotency_key_of,
    read_operation,
    request_id_of,
)
from kvartal.metrics import HTTP_ANSWERS

__all__ = ["HttpEndpoint"]

MAX_BODY = 2_000_000
BODY_SECONDS = 30.0
PARTIAL_SUCCESS = 294
_STATUS_OF_REASON = {
    "REQUEST_TIMEOUT": 408,
    "TOO_COMPLEX_BODY": 413,
    "TOO_COMPLEX_FILE": 413,
    "TOO_COMPLEX_FILES": 413,
    "TOO_COMPLEX_UPLOAD": 413,
    "CONTENT_TYPE_UNSUPPORTED": 415,
    "PREFLIGHT_REQUIRED": 415,
    "METHOD_NOT_ALLOWED": 405,
    "MUTATION_BY_GET": 405,
    "NOT_ACCEPTABLE": 406,
}
_STATUS_OF_CODE = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429, "INTERNAL": 500}

Headers = Mapping[bytes, bytes]

T = TypeVar("T")


class _Gone(Exception):
    """The client hung up before its request was complete."""


@dataclass(slots=True)
class _Exchange:
    """One request and the form of its answer."""

    method: str
    headers: Headers
    media: str
    locale: str
    request_id: str
    remote_address: str | None

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class HttpEndpoint:
    """The ASGI application behind ``/graphql`` for everything that is not a WebSocket."""

    def __init__(
        self,
        engine: Engine,
        context_for: ContextFor,
        *,
        console: ASGIApp | None = None,
        max_body: int = MAX_BODY,
        body_seconds: float = BODY_SECONDS,
        uploads: MultipartLimits | None = None,
    ) -> None:
        self._engine = engine
        self._context_for = context_for
        self._console = console
        self._max_body = max_body
        self._body_seconds = body_seconds
        self._uploads = uploads or MultipartLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as files:
            await self._serve(scope, receive, send, files)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, files: ExitStack) -> None:
        exchange = self._exchange(scope)
        bind_contextvars(request_id=exchange.request_id)
        if exchange.media == HTML and self._console is not None and exchange.method == "GET":
            return await self._console(scope, receive, send)
        answer: WireDict | None = None
        try:
            _refuse_form(exchange)
            # First who asks: what a stranger sends is not read for ever, nor without a count.
            context = await self._context_for(_connection(exchange))
            request = await self._read(exchange, scope, receive, files)
            if exchange.method == "GET" and self._engine.kind_of(request) is OperationType.MUTATION:
                raise BadInput("MUTATION_BY_GET")
            if exchange.media != EVENTS:
                answer = await self._engine.execute(request, context)
        except _Gone:
            return None
        except Exception as error:
            answer = {"errors": [_wired(exchange, error)]}
            return await _respond(exchange, _status_of(answer), answer, send)
        if answer is None:
            return await sse.stream(self._engine, request, context, receive, send)
        return await _respond(exchange, _status_of(answer, exchange.media), answer, send)

    def _exchange(self, scope: Scope) -> _Exchange:
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
        client = scope.get("client")
        return _Exchange(
            method=scope["method"],
            headers=headers,
            media=negotiated(
                headers.get(b"accept", b"").decode("latin-1"),
                with_console=self._console is not None,
            ),
            locale=text.negotiate(headers.get(b"accept-language", b"").decode("latin-1")),
            request_id=request_id_of(headers.get(b"x-request-id", b"").decode("latin-1")),
            remote_address=client[0] if client else None,
        )

    async def _read(
        self, exchange: _Exchange, scope: Scope, receive: Receive, files: ExitStack
    ) -> OperationRequest:
        if exchange.method == "GET":
            return read_operation(_query_parameters(scope["query_string"]))
        content_type = exchange.header(b"content-type") or ""
        boundary = boundary_of(content_type, exchange.headers)
        if boundary is not None:
            return await self._with_files(exchange, receive, boundary, files)
        # Else only JSON: what a foreign page can post without a preflight is refused, and so is
        # CSRF.
        if not is_json(content_type) or not _is_plain(exchange):
            raise BadInput("CONTENT_TYPE_UNSUPPORTED")
        declared = exchange.headers.get(b"content-length", b"")
        if declared.isdigit():
            refuse_above("BODY", self._max_body, int(declared[:18]))
        return read_operation(_json(await _in_time(self._body(receive), self._body_seconds)))

    async def _with_files(
        self, exchange: _Exchange, receive: Receive, boundary: bytes, files: ExitStack
    ) -> OperationRequest:
        # Nobody fills our disk before they have said who they are.
        if exchange.header(b"authorization") is None:
            raise Unauthenticated
        operations = read_multipart(_chunks(receive), boundary, self._uploads, files)
        return read_operation(await _in_time(operations, self._uploads.seconds))

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        async for chunk in _chunks(receive):
            body += chunk
            refuse_above("BODY", self._max_body, len(body))
        return bytes(body)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _in_time(reading: Coroutine[Any, Any, T], seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError:
        raise BadInput("REQUEST_TIMEOUT") from None


def _refuse_form(exchange: _Exchange) -> None:
    if exchange.method not in {"GET", "POST"}:
        raise BadInput("METHOD_NOT_ALLOWED")
    if exchange.media not in {GRAPHQL, JSON, EVENTS}:
        raise BadInput("NOT_ACCEPTABLE")


def _connection(exchange: _Exchange) -> ConnectionRequest:
    return ConnectionRequest(
        token=bearer_token(exchange.header(b"authorization")),
        locale=exchange.locale,
        request_id=exchange.request_id,
        remote_address=exchange.remote_address,
        user_agent=exchange.header(b"user-agent"),
        idempotency_key=idempotency_key_of(exchange.header(b"idempotency-key")),
    )


def _is_plain(exchange: _Exchange) -> bool:
    return exchange.headers.get(b"content-encoding", b"identity").lower() in {b"", b"identity"}


def _json(body: bytes | str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("JSON_MALFORMED") from None


def _query_parameters(query_string: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=16)
    except ValueError:
        raise BadInput("REQUEST_MALFORMED", parameter="query") from None
    parameters: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        value = parameters.get(name)
        parameters[name] = _json(value) if value else None
    return parameters


def _wired(exchange: _Exchange, error: Exception) -> WireDict:
    return wire_error(error, locale=exchange.locale, request_id=exchange.request_id)


def _status_of(answer: WireDict, media: str = "") -> int:
    """The status of an answer; ``media`` if it is the answer to a well-formed request."""
    if "data" in answer:
        return PARTIAL_SUCCESS if "errors" in answer and media != JSON else 200
    extensions = answer["errors"][0]["extensions"]
    if media == JSON and extensions["code"] != "RATE_LIMITED":
        return 200
    if extensions.get("reason") in _STATUS_OF_REASON:
        return _STATUS_OF_REASON[extensions["reason"]]
    return _STATUS_OF_CODE.get(extensions["code"], 400)


def _further_headers(
    exchange: _Exchange, status: int, answer: WireDict
) -> Iterator[tuple[bytes, bytes]]:
    """What a client must know besides a refusal's status."""
    if status == 405:
        yield b"allow", b"POST" if exchange.method == "GET" else b"GET, POST"
    elif status == 401:
        yield b"www-authenticate", b"Bearer"
    elif status == 429 and "retryAfter" in answer["errors"][0]["extensions"]:
        yield b"retry-after", str(answer["errors"][0]["extensions"]["retryAfter"]).encode()
    elif status == 408:
        yield b"connection", b"close"


async def _respond(exchange: _Exchange, status: int, answer: WireDict, send: Send) -> None:
    body = encode(answer, locale=exchange.locale, request_id=exchange.request_id)
    media = exchange.media if exchange.media == JSON else GRAPHQL
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Accept-Language, Authorization"),
        (b"x-request-id", exchange.request_id.encode()),
        *_further_headers(exchange, status, answer),
    ]
    HTTP_ANSWERS.labels(status).inc()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
