"""A server that hangs up on who does not finish, as seen by a raw socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import connect

from kvartal.graphql.transports.patience import patient

REQUEST = b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n"


@pytest.fixture
async def port(app: Starlette) -> AsyncIterator[int]:
    """The port of a server that waits a third of a second for 2 KB of headers."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=patient(header_seconds=0.3, header_bytes=2_000),
        log_config=None,
        ws="websockets-sansio",
        lifespan="off",
        timeout_keep_alive=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn sets no event
        await asyncio.sleep(0.01)
    yield bound.getsockname()[1]
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


async def _said(port: int, *parts: bytes, pause: float = 0.1) -> tuple[bytes, float]:
    """What the server says until it hangs up, and after how many seconds it does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = asyncio.get_running_loop().time()
    for part in parts:
        writer.write(part)
        await asyncio.sleep(pause)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer, asyncio.get_running_loop().time() - began


async def test_a_connection_that_says_nothing_is_ended(port: int) -> None:
    answer, seconds = await _said(port)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert seconds < 2


async def test_headers_that_never_end_are_not_waited_for(port: int) -> None:
    answer, seconds = await _said(port, REQUEST, b"a: b\r\n", b"c: d\r\n")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert seconds < 2


async def test_headers_without_end_are_refused(port: int) -> None:
    answer, _ = await _said(port, REQUEST + b"x: " + b"y" * 3_000, pause=0)

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_request_is_answered_and_the_next_one_is_waited_for_anew(port: int) -> None:
    later = REQUEST + b"connection: close\r\n\r\n"

    answer, _ = await _said(port, REQUEST + b"\r\n", b"", b"", b"", later)

    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"hello world") == 2


async def test_a_second_request_must_end_its_headers_too(port: int) -> None:
    answer, _ = await _said(port, REQUEST + b"\r\n", REQUEST)

    assert b"HTTP/1.1 200 OK" in answer
    assert b"HTTP/1.1 408 " in answer


async def test_a_long_body_is_no_header(port: int) -> None:
    body = b'{"query": "{ hello }"}' + b" " * 4_000
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    )

    answer, _ = await _said(port, head, body[:2_000], body[2_000:], pause=0.2)

    assert answer.startswith(b"HTTP/1.1 200 OK")


async def test_sockets_are_none_of_its_business(port: int) -> None:
    protocols: Any = ["graphql-transport-ws"]
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols) as wire:
        await asyncio.sleep(0.5)
        await wire.send('{"type": "ping"}')

        assert await asyncio.wait_for(wire.recv(), 5) == '{"type":"pong"}'
