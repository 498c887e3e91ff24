"""A session with an FTP server: its control connection, and a connection for each transfer.

Every connection goes to the address that was judged, whatever a server says about where its data
is to be fetched from; TLS is checked on each of them.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import aioftp
from aioftp.common import Code, SSLSessionBoundContext

from kvartal_integration.exchange.failures import Incomprehensible
from kvartal_integration.exchange.port import ExchangeFailed
from kvartal_integration.exchange.server import FtpServer, Security
from kvartal_integration.exchange.trust import fingerprint_of

__all__ = ["FtpSession", "Streams"]

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_ANSWER_LINES = 1000
_PARTING_SECONDS = 5.0
_TLS_WORDS = ("TLS", "SSL", "ENCRYPT", "AUTH")


class FtpSession(aioftp.Client):
    """One login on a server: ``reach``, ``secure``, ``enter``, then commands and transfers."""

    def __init__(self, server: FtpServer) -> None:
        super().__init__(
            socket_timeout=server.timeout,
            connection_timeout=server.timeout / len(server.addresses),
            encoding=server.encoding,
        )
        self.server = server
        self.fingerprint: str | None = None
        self._data_port_command: str | None = None

    async def reach(self) -> None:
        """Connect to the first of the judged addresses that answers."""
        *others, last = self.server.addresses
        for address in others:
            with suppress(OSError):
                await aioftp.BaseClient.connect(self, address, self.server.port)
                break
        else:
            await aioftp.BaseClient.connect(self, last, self.server.port)
        if self.server.security is not Security.IMPLICIT:
            await self.command(None, "220", "120")

    async def secure(self) -> None:
        """Begin TLS, if the server is to be spoken to by it, for commands and data."""
        security, stream = self.server.security, self.stream
        if security is Security.PLAIN:
            return
        if security is Security.EXPLICIT:
            await self.command("AUTH TLS", "234")
        # What was sent along with the answer, in the open, would be read as if TLS had brought it.
        if stream.reader._buffer:  # type: ignore[attr-defined] # asyncio tells it in no other way
            raise ExchangeFailed(self.server.host, "TLS")
        await stream.start_tls(self.server.trust.context(), self.server.host)
        self._check_certificate(stream.writer)
        if security is Security.IMPLICIT:
            await self.command(None, "220", "120")
        await self.command("PBSZ 0", "200")
        await self.command("PROT P", "200")

    async def enter(self) -> None:
        """Log in, and agree on how names and files are sent."""
        code, info = await self.command(
            f"USER {self.server.username}", ("2xx", "33x", "4xx", "5xx")
        )
        if code.matches("5xx") and self._wants_tls(info):
            raise ExchangeFailed(self.server.host, "TLS_REQUIRED")
        self.check_codes((Code("2xx"), Code("331")), code, info)
        if code.matches("33x"):
            # Past ``command``, which would tell the log how long the password is.
            self._check_line(self.server.password)
            await self.stream.write(f"PASS {self.server.password}\r\n".encode(self.encoding))
            await self.command(None, "2xx")
        if self.server.encoding == "utf-8":
            await self.ask("OPTS UTF8 ON")
        await self.command("TYPE I", "200")

    async def ask(self, command: str) -> tuple[Code, list[str]]:
        """The answer to a command, whatever it is, unless the server hangs up."""
        code, info = await self.command(command, ("2xx", "3xx", "4xx", "5xx"))
        if code == "421":
            self.check_codes((Code("2xx"),), code, info)
        return code, info

    async def leave(self) -> None:
        """Say goodbye, if the server still listens."""
        with suppress(OSError, EOFError, aioftp.AIOFTPException, Incomprehensible):
            async with asyncio.timeout(_PARTING_SECONDS):
                await self.command("QUIT", "2xx")

    def close(self) -> None:
        """End the connection at once."""
        if self._stream is not None:
            _abort(self._stream.writer)

    @asynccontextmanager
    async def transfer(self, command: str) -> AsyncIterator[Streams]:
        """The data connection of a command; at the block's end the transfer must have succeeded."""
        if self.server.is_passive:
            opened = await self._dialled()
            with _closing_if_failed(opened):
                await self.command(command, "1xx")
        else:
            opened = await self._called(command)
        reader, writer = await self._streams(opened)
        try:
            self._check_certificate(writer)
            yield reader, writer
            writer.close()
            await self.command(None, "2xx", "1xx")
            with suppress(OSError):
                async with asyncio.timeout(_PARTING_SECONDS):
                    await writer.wait_closed()
        finally:
            _abort(writer)

    async def parse_line(self) -> tuple[Code, str]:
        """A line of an answer; what is not in the agreed encoding is no reason to give up."""
        line = await self.stream.readline()
        if not line:
            raise ConnectionResetError
        text = line.decode(self.encoding, errors="replace").rstrip()
        return Code(text[:3]), text[3:]

    async def parse_response(self) -> tuple[Code, list[str]]:
        """A whole answer (RFC 959, 4.2), if it is one and has an end."""
        code, rest = await self.parse_line()
        if not code.isdigit() or len(code) != 3:
            raise Incomprehensible
        info = [rest]
        if not rest.startswith("-"):
            return code, info
        for _ in range(_ANSWER_LINES):
            begins, rest = await self.parse_line()
            info.append(rest)
            if begins == code and not rest.startswith("-"):
                return code, info
        raise Incomprehensible

    def _wants_tls(self, info: list[str]) -> bool:
        said = " ".join(info).upper()
        is_open = self.server.security is Security.PLAIN
        return is_open and any(word in said for word in _TLS_WORDS)

    def _check_line(self, text: str) -> None:
        if "\r" in text or "\n" in text:
            raise aioftp.errors.InvalidCommand("Command must not contain CR/LF")

    def _check_certificate(self, writer: asyncio.StreamWriter) -> None:
        ssl_object = writer.get_extra_info("ssl_object")
        if ssl_object is None:
            return
        self.fingerprint = fingerprint_of(ssl_object.getpeercert(binary_form=True))
        if not self.server.trust.accepts(self.fingerprint):
            raise ExchangeFailed(self.server.host, "CERTIFICATE")

    async def _dialled(self) -> socket.socket:
        """A connection to the port that the server offers, at the address that was judged."""
        port = await self._offered_port()
        made = socket.socket(self._family, socket.SOCK_STREAM)
        made.setblocking(False)
        with _closing_if_failed(made):
            async with asyncio.timeout(self.server.timeout):
                await asyncio.get_running_loop().sock_connect(made, (self.server_host, port))
        return made

    async def _offered_port(self) -> int:
        """The port for the next transfer; the host that PASV names is of no interest."""
        if self._data_port_command != "PASV":
            code, info = await self.ask("EPSV")
            if code == "229":
                return _port(self.parse_epsv_response(info[-1])[1])
            self._data_port_command = "PASV"
        _, info = await self.command("PASV", "227")
        return _port(self.parse_pasv_response(info[-1])[1])

    async def _called(self, command: str) -> socket.socket:
        """The connection that the server makes to us for a command; nobody else's is taken."""
        loop = asyncio.get_running_loop()
        own: str = self.stream.writer.get_extra_info("sockname")[0]
        with socket.create_server((own, 0), family=self._family, backlog=1) as listener:
            listener.setblocking(False)
            await self._offer(own, listener.getsockname()[1])
            await self.command(command, "1xx")
            async with asyncio.timeout(self.server.timeout):
                made, peer = await loop.sock_accept(listener)
        if peer[0] != self.stream.writer.get_extra_info("peername")[0]:
            made.close()
            raise ExchangeFailed(self.server.host, "LOST")
        return made

    async def _offer(self, own: str, port: int) -> None:
        """Tell the server where we listen."""
        version = 2 if self._family == socket.AF_INET6 else 1
        code, info = await self.ask(f"EPRT |{version}|{own}|{port}|")
        if code.matches("5xx") and version == 1:
            place = ",".join([*own.split("."), str(port >> 8), str(port & 0xFF)])
            code, info = await self.ask(f"PORT {place}")
        self.check_codes((Code("200"),), code, info)

    async def _streams(self, opened: socket.socket) -> Streams:
        """The streams over a data connection, with TLS if there is TLS at all.

        The session of the control connection goes on in it: servers take that for the proof that
        both have the same client.
        """
        ssl_object = self.stream.writer.get_extra_info("ssl_object")
        context = None
        if ssl_object is not None:
            context = SSLSessionBoundContext(
                ssl.PROTOCOL_TLS_CLIENT, context=ssl_object.context, session=ssl_object.session
            )
        with _closing_if_failed(opened):
            async with asyncio.timeout(self.server.timeout):
                return await asyncio.open_connection(
                    sock=opened,
                    ssl=context,
                    server_hostname=self.server.host if context is not None else None,
                )

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.server_host else socket.AF_INET


def _port(offered: int) -> int:
    if not 0 < offered < 1 << 16:
        raise Incomprehensible
    return offered


@contextmanager
def _closing_if_failed(opened: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise


def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, if it has not ended."""
    # The first releases of Python 3.11 do not expect it of a TLS connection that is over.
    with suppress(AttributeError):
        writer.transport.abort()
