"""Accounts on file servers, and servers that say what a test has them say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kvartal.testing.ftp import Certificate, FtpAccount, a_certificate
from kvartal_integration.exchange.server import FtpServer, Security

Answers = dict[str, str | bytes | None]

GREETING: Answers = {
    "": "220 ready",
    "USER": "331 password",
    "PASS": "230 in",
    "OPTS": "200 on",
    "TYPE": "200 binary",
    "QUIT": "221 bye",
}


def server_of(account: FtpAccount, **fields: Any) -> FtpServer:
    """How the exchange sees an account."""
    made = FtpServer(
        host=account.host,
        addresses=[account.host],
        port=account.port,
        username=account.username,
        password=account.password,
        security=Security.PLAIN,
        timeout=5.0,
    )
    return replace(made, **fields)


@asynccontextmanager
async def scripted(answers: Answers, timeout: float = 5.0) -> AsyncIterator[FtpServer]:
    """A server that answers each command by a text; None: with silence; b"": it hangs up."""
    said = {**GREETING, **answers}
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command: str | None = ""
        try:
            while command is not None:
                command = await answered(command, reader, writer)
        finally:
            writer.transport.abort()

    async def answered(
        command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str | None:
        answer = said.get(command, "502 what?")
        if answer == b"":
            return None
        if answer is not None:
            text = answer.encode() if isinstance(answer, str) else answer
            writer.write(text + b"\r\n")
            await writer.drain()
        line = await reader.readline()
        return line.decode(errors="replace").split()[0] if line else None

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield server_of(FtpAccount(Path(), port, [], "user", "password"), timeout=timeout)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The certificate of the loopback."""
    return a_certificate(tmp_path_factory.mktemp("certificate"))
