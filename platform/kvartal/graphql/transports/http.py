"""GraphQL over HTTP: POST with JSON, GET for queries, and an event stream for who accepts one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from kvartal import text
from kvartal.errors import BadInput, RateLimited, RequestError
from kvartal.graphql.errors import wire_error
from kvartal.graphql.limits import refuse_above
from kvartal.graphql.transports import sse
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.wire import (
    ConnectionRequest,
    ContextFor,
    OperationRequest,
    WireDict,
    bearer_token,
    encode,
    read_operation,
    request_id_of,
)

__all__ = ["HttpEndpoint"]

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"

MAX_BODY = 2_000_000
_MAX_KEY = 255
_STATUS_OF_SENTENCE = {
    "TOO_COMPLEX_BODY": 413,
    "CONTENT_TYPE_UNSUPPORTED": 415,
    "METHOD_NOT_ALLOWED": 405,
    "MUTATION_BY_GET": 405,
    "NOT_ACCEPTABLE": 406,
}
_STATUS_OF_CODE = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429, "INTERNAL": 500}

Headers = Mapping[bytes, bytes]


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
    ) -> None:
        self._engine = engine
        self._context_for = context_for
        self._console = console
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._exchange(scope)
        bind_contextvars(request_id=exchange.request_id)
        if exchange.media == HTML and self._console is not None and exchange.method == "GET":
            return await self._console(scope, receive, send)
        try:
            request = await self._read(exchange, scope, receive)
            context = await self._context_for(_connection(exchange))
            if exchange.method == "GET" and self._engine.kind_of(request) is OperationType.MUTATION:
                raise BadInput("MUTATION_BY_GET")
            if exchange.media == EVENTS:
                return await sse.stream(self._engine, request, context, receive, send)
            answer = await self._engine.execute(request, context)
        except _Gone:
            return None
        except Exception as error:
            return await _refuse(exchange, error, send)
        status = 200 if exchange.media == JSON or "data" in answer else _status_of(answer)
        return await _respond(exchange, status, answer, send)

    def _exchange(self, scope: Scope) -> _Exchange:
        headers = dict(scope["headers"])
        client = scope.get("client")
        return _Exchange(
            method=scope["method"],
            headers=headers,
            media=_media(headers.get(b"accept", b"").decode("latin-1"), self._console is not None),
            locale=text.negotiate(headers.get(b"accept-language", b"").decode("latin-1")),
            request_id=request_id_of(headers.get(b"x-request-id", b"").decode("latin-1")),
            remote_address=client[0] if client else None,
        )

    async def _read(self, exchange: _Exchange, scope: Scope, receive: Receive) -> OperationRequest:
        if exchange.method not in {"GET", "POST"}:
            raise BadInput("METHOD_NOT_ALLOWED")
        if exchange.media not in {GRAPHQL, JSON, EVENTS}:
            raise BadInput("NOT_ACCEPTABLE")
        if exchange.method == "GET":
            return read_operation(_query_parameters(scope["query_string"]))
        # Only JSON: what a foreign page can post without a preflight is refused, and so is CSRF.
        if not _is_json(exchange.header(b"content-type") or ""):
            raise BadInput("CONTENT_TYPE_UNSUPPORTED")
        return read_operation(_json(await self._body(exchange, receive)))

    async def _body(self, exchange: _Exchange, receive: Receive) -> bytes:
        declared = exchange.headers.get(b"content-length", b"")
        if declared.isdigit():
            refuse_above("BODY", self._max_body, int(declared[:18]))
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            part: bytes = message.get("body", b"")
            body += part
            refuse_above("BODY", self._max_body, len(body))
            if not message.get("more_body", False):
                return body


def _connection(exchange: _Exchange) -> ConnectionRequest:
    key = exchange.header(b"idempotency-key")
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise BadInput("REQUEST_MALFORMED", parameter="Idempotency-Key")
    return ConnectionRequest(
        token=bearer_token(exchange.header(b"authorization")),
        locale=exchange.locale,
        request_id=exchange.request_id,
        remote_address=exchange.remote_address,
        idempotency_key=key,
    )


@lru_cache(maxsize=256)
def _media(accept: str, with_console: bool) -> str:
    """The answer's media type, by the GraphQL-over-HTTP specification; empty if none fits."""
    if not accept:
        return GRAPHQL
    ranges: list[tuple[float, str]] = []
    for each in accept.lower().split(","):
        media, *parameters = (part.strip() for part in each.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        ranges.append((_quality(quality), media))
    offered = {GRAPHQL: GRAPHQL, JSON: JSON, EVENTS: EVENTS, "*/*": JSON, "application/*": JSON}
    if with_console:
        offered[HTML] = HTML
    ranges.sort(key=lambda each: -each[0])
    return next((offered[media] for quality, media in ranges if quality and media in offered), "")


def _quality(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _is_json(content_type: str) -> bool:
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return media == JSON and all(
        part.replace('"', "") == "charset=utf-8" for part in parameters if part[:7] == "charset"
    )


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


async def _refuse(exchange: _Exchange, error: Exception, send: Send) -> None:
    """Answer a request that is not a well-formed one, or not from somebody we know."""
    answer = wire_error(error, locale=exchange.locale, request_id=exchange.request_id)
    status = _status_of({"errors": [answer]})
    extra: list[tuple[bytes, bytes]] = []
    if isinstance(error, RequestError):
        status = _STATUS_OF_SENTENCE.get(error.message_code, status)
    if status == 405:
        extra.append((b"allow", b"POST" if exchange.method == "GET" else b"GET, POST"))
    if status == 401:
        extra.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, RateLimited) and "retry_after" in error.facts:
        extra.append((b"retry-after", str(error.facts["retry_after"]).encode()))
    await _respond(exchange, status, {"errors": [answer]}, send, extra)


def _status_of(answer: WireDict) -> int:
    return _STATUS_OF_CODE.get(answer["errors"][0]["extensions"]["code"], 400)


async def _respond(
    exchange: _Exchange,
    status: int,
    answer: WireDict,
    send: Send,
    extra: list[tuple[bytes, bytes]] | None = None,
) -> None:
    body = encode(answer, locale=exchange.locale, request_id=exchange.request_id)
    media = exchange.media if exchange.media == JSON else GRAPHQL
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", exchange.request_id.encode()),
        *(extra or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
