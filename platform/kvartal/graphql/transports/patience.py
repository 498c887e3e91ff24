"""HTTP/1.1 of a server that does not wait for ever, nor listen to headers without end.

uvicorn bounds neither: a connection that never finishes its headers would be kept open.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["patient"]

_END = b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout" + _END
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large" + _END


def patient(*, header_seconds: float, header_bytes: int) -> type[HttpToolsProtocol]:
    """uvicorn's protocol for connections whose headers come in time and in bounds."""

    class Patient(_Patient):
        seconds = header_seconds
        size = header_bytes

    return Patient


class _Patient(HttpToolsProtocol):
    seconds: float
    size: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        super().data_received(data)
        if self._timer is None:
            self._heard = 0
        elif self._heard > self.size:
            self._hang_up(_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def _await_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self._hang_up, _TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hang_up(self, farewell: bytes) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(farewell)
            self.transport.close()
