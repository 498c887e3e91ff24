"""GraphQL over server-sent events, distinct connections mode: one stream for one operation."""

import asyncio
from contextlib import aclosing

from starlette.types import Message, Receive, Send

from kvartal import clock
from kvartal.context import Context
from kvartal.errors import Unauthenticated
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.wire import OperationRequest, WireDict, encode

__all__ = ["stream"]

PING_EVERY = 12.0
SEND_SECONDS = 60.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class _Stalled(Exception):
    """The client has stopped reading."""


async def stream(
    engine: Engine,
    request: OperationRequest,
    context: Context,
    receive: Receive,
    send: Send,
    *,
    ping_every: float = PING_EVERY,
    send_seconds: float = SEND_SECONDS,
) -> None:
    """Send the operation's answers until it ends, the client goes or the token expires."""
    headers = [*_HEADERS, (b"x-request-id", context.request_id.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    send = _impatient(send, send_seconds)
    tasks = [
        asyncio.create_task(_answers(engine, request, context, send)),
        asyncio.create_task(_gone(receive)),
        asyncio.create_task(_pings(send, ping_every)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if not tasks[0].cancelled() and not isinstance(tasks[0].exception(), _Stalled):
        tasks[0].result()  # a bug in here is the server's to log


async def _answers(engine: Engine, request: OperationRequest, context: Context, send: Send) -> None:
    expires_at = context.actor.expires_at
    left = None if expires_at is None else expires_at - clock.now().timestamp()
    try:
        async with asyncio.timeout(left):
            answers = await engine.subscribe(request, context, "sse")
            if isinstance(answers, dict):
                await _next(answers, context, send)
            else:
                async with aclosing(answers):
                    async for answer in answers:
                        await _next(answer, context, send)
    except TimeoutError:
        await _next(engine.refusal(Unauthenticated(), context), context, send)
    await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})


async def _next(answer: WireDict, context: Context, send: Send) -> None:
    data = encode(answer, locale=context.locale, request_id=context.request_id)
    body = b"event: next\ndata: " + data + b"\n\n"
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _impatient(send: Send, seconds: float) -> Send:
    """A ``send`` that gives up on a client that reads nothing."""

    async def send_soon(message: Message) -> None:
        try:
            async with asyncio.timeout(seconds):
                await send(message)
        except TimeoutError:
            raise _Stalled from None

    return send_soon


async def _pings(send: Send, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
