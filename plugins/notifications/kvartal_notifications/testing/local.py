"""HTTP servers for tests: real ones on the loopback, in threads of their own."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Asked", "Reply", "Script", "serving"]


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Script:
    """How a service behaves: ``replies`` are given first, each once; then it does as it should.

    ``delay``: seconds before each answer. ``at_once``: how many it had to answer together at most.
    """

    replies: list[Reply] = field(default_factory=list)
    delay: float = 0.0
    at_once: int = 0
    _running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, answer: Callable[[], Reply]) -> Reply:
        """The next of the replies, else what ``answer`` says."""
        with self._lock:
            self._running += 1
            self.at_once = max(self.at_once, self._running)
            given = self.replies.pop(0) if self.replies else None
        try:
            time.sleep(self.delay)
            return given or answer()
        finally:
            with self._lock:
                self._running -= 1


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


@contextmanager
def serving(handle: Callable[[Asked], Reply]) -> Iterator[int]:
    """A server that answers POST until the block ends; its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            reply = handle(Asked(self.path, self.headers, body))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True  # who asked has not waited

        def log_message(self, *args: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # who asked has hung up
                super().handle()

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="push service"
    )
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
