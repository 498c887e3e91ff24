"""The exchange over FTP and FTPS."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import PurePosixPath
from typing import IO

from aioftp import StatusCodeError

from kvartal_integration.exchange.failures import FtpRefused, explained
from kvartal_integration.exchange.port import ExchangeFailed, FileMissing, FileOversized
from kvartal_integration.exchange.server import FtpServer
from kvartal_integration.exchange.session import FtpSession

__all__ = ["FtpExchange", "ftp_exchange"]

_BLOCK = 1 << 16
_PIECE = 1 << 20
_ABSENT = frozenset({"450", "550"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@asynccontextmanager
async def ftp_exchange(server: FtpServer) -> AsyncIterator["FtpExchange"]:
    """An open connection, logged in; ExchangeFailed."""
    exchange = FtpExchange(server)
    try:
        with explained(server.host):
            async with asyncio.timeout(3 * server.timeout):
                await exchange.connect()
                await exchange.secure()
                await exchange.login()
        yield exchange
        await exchange.leave()
    finally:
        exchange.close()


class FtpExchange:
    """Files under the root of an FTP server; no path leads out of it."""

    def __init__(self, server: FtpServer) -> None:
        self._server = server
        self._session = FtpSession(server)

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 in hex of the certificate that the server has shown, if it has."""
        return self._session.fingerprint

    async def connect(self) -> None:
        """Reach the server, and be greeted by it."""
        with self._explained(refused="CONNECT", broken="CONNECT"):
            await self._session.reach()

    async def secure(self) -> None:
        """Begin TLS, if it is to be used."""
        with self._explained(refused="TLS", broken="TLS"):
            await self._session.secure()

    async def login(self) -> None:
        """Log in."""
        with self._explained(refused="LOGIN"):
            await self._session.enter()

    async def leave(self) -> None:
        """Say goodbye."""
        await self._session.leave()

    def close(self) -> None:
        """End the connection, whatever it does."""
        self._session.close()

    async def look(self) -> None:
        """Read the list of the root's files, so that it is known to be there and readable."""
        async with self._working():
            await self._session.command(f"CWD {self._server.root}", "2xx")
            async with self._session.transfer("LIST") as (reader, _):
                while await self._block(reader):
                    pass

    async def fetch(self, path: str, into: IO[bytes], *, limit: int) -> None:
        """Copy a file of at most ``limit`` bytes."""
        place = self._inside(path)
        async with self._working():
            size = await self._size(place)
            if size is not None and size > limit:
                raise FileOversized
            try:
                with self._explained():
                    copied = await self._copy(place, into, limit)
            except FtpRefused:
                # Servers say the same of what is not there and of what is not for us.
                if size is None:
                    raise FileMissing from None
                raise
            if size is not None and copied < size:
                self.close()
                raise ExchangeFailed(self._server.host, "LOST")

    async def put(self, path: str, content: IO[bytes]) -> None:
        """Store a file, under a temporary name first."""
        place = self._inside(path)
        partial = f"{place}.tmp"
        async with self._working():
            await self._make_directory(str(PurePosixPath(place).parent))
            try:
                with self._explained():
                    sent = await self._send(partial, content)
                    if await self._size(partial) not in {None, sent}:
                        raise FtpRefused(self._server.host, "LOST")
                    await self._rename(partial, place)
            except FtpRefused:
                with suppress(ExchangeFailed), self._explained():
                    await self._session.ask(f"DELE {partial}")
                raise

    async def remove(self, path: str) -> None:
        """Delete a file."""
        place = self._inside(path)
        async with self._working():
            code, _ = await self._session.ask(f"DELE {place}")
            if code.matches("2xx"):
                return
            # The same is said of what is not there; of that there is no size either.
            code, _ = await self._session.ask(f"SIZE {place}")
            if code not in _ABSENT:
                raise FtpRefused(self._server.host, "DENIED")

    def _inside(self, path: str) -> str:
        steps = [each for each in path.split("/") if each not in {"", "."}]
        if not steps or ".." in re.split(r"[/\\]", path) or _CONTROL.search(path):
            raise ExchangeFailed(self._server.host, "DENIED")
        return "/".join([self._server.root.rstrip("/"), *steps])

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        with self._explained():
            async with asyncio.timeout(self._server.transfer_timeout):
                yield

    @contextmanager
    def _explained(self, *, refused: str = "DENIED", broken: str = "LOST") -> Iterator[None]:
        """As ``explained``; a session that has lost its thread is of no use to anybody."""
        try:
            with explained(self._server.host, refused=refused, broken=broken):
                yield
        except (FtpRefused, FileMissing, FileOversized):
            raise
        except BaseException:
            self.close()
            raise

    async def _size(self, place: str) -> int | None:
        """How large a file is; None if there is none, or the server does not tell."""
        code, info = await self._session.ask(f"SIZE {place}")
        return int(info[-1]) if code == "213" else None

    async def _copy(self, place: str, into: IO[bytes], limit: int) -> int:
        """Read a file to its end; how long it is."""
        copied, piece = 0, bytearray()
        async with self._session.transfer(f"RETR {place}") as (reader, _):
            while block := await self._block(reader):
                copied += len(block)
                if copied > limit:
                    self.close()
                    raise FileOversized
                piece += block
                if len(piece) >= _PIECE:
                    await asyncio.to_thread(into.write, bytes(piece))
                    piece.clear()
        await asyncio.to_thread(into.write, bytes(piece))
        return copied

    async def _block(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(self._server.timeout):
            return await reader.read(_BLOCK)

    async def _send(self, place: str, content: IO[bytes]) -> int:
        """Write a file from its beginning to its end; how long it is."""
        sent = 0
        async with self._session.transfer(f"STOR {place}") as (_, writer):
            while piece := await asyncio.to_thread(content.read, _PIECE):
                for start in range(0, len(piece), _BLOCK):
                    async with asyncio.timeout(self._server.timeout):
                        writer.write(piece[start : start + _BLOCK])
                        await writer.drain()
                sent += len(piece)
        return sent

    async def _make_directory(self, place: str) -> None:
        """Make a directory with those above it; what is there already stays as it is."""
        missing: list[str] = []
        step = PurePosixPath(place)
        while step.name:
            code, _ = await self._session.ask(f"CWD {step}")
            if code.matches("2xx"):
                break
            missing.append(str(step))
            step = step.parent
        for each in reversed(missing):
            # Somebody else may have made it meanwhile; whether it is there, STOR will find.
            await self._session.ask(f"MKD {each}")

    async def _rename(self, source: str, target: str) -> None:
        """Put a file in the place of another; where a server does not do that, the other goes."""
        await self._session.command(f"RNFR {source}", "350")
        code, _ = await self._session.ask(f"RNTO {target}")
        if code.matches("2xx"):
            return
        await self._session.command(f"DELE {target}", "2xx")
        try:
            await self._session.command(f"RNFR {source}", "350")
            await self._session.command(f"RNTO {target}", "2xx")
        except StatusCodeError:
            # There is no other copy by now: under its temporary name it can be found.
            raise ExchangeFailed(self._server.host, "DENIED") from None
