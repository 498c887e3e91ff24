import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpcore
import httpx
import pytest

from kvartal import calling
from kvartal.addresses import AddressRefused, HostUnknown
from kvartal.calling import GuardedTransport
from kvartal.testing.ftp import a_certificate


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.headers["host"].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def client(*allowed: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=GuardedTransport(allowed=allowed), trust_env=False)


async def test_a_host_inside_is_called_only_if_it_is_allowed(server: ThreadingHTTPServer) -> None:
    url = f"http://localhost:{server.server_port}/"

    async with client("localhost") as allowed:
        answer = await allowed.get(url)
    async with client() as other:
        with pytest.raises(AddressRefused):
            await other.get(url)

    assert answer.text == f"localhost:{server.server_port}"


async def test_a_name_that_is_led_elsewhere_is_judged_again(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def led(host: str, port: int, *, allowed: object) -> list[str]:
        asked.append(host)
        # The first address does not answer, so the second is called.
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(calling, "public_addresses", led)
    async with client() as guarded:
        answers = [
            await guarded.get(f"http://push.example:{server.server_port}/") for _ in range(2)
        ]

    assert [each.text for each in answers] == [f"push.example:{server.server_port}"] * 2
    assert asked == ["push.example"]  # the connection is kept, and leads where it was judged to


async def test_none_of_the_addresses_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def led(host: str, port: int, *, allowed: object) -> list[str]:
        return ["127.0.0.2", "127.0.0.3"]

    monkeypatch.setattr(calling, "public_addresses", led)
    async with client() as guarded:
        with pytest.raises(httpx.ConnectError):
            await guarded.get("http://push.example:1/")


async def test_a_host_that_nobody_knows() -> None:
    async with client() as guarded:
        with pytest.raises(HostUnknown):
            await guarded.get("https://nowhere.invalid/")


async def test_the_certificate_is_checked_against_the_name(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = a_certificate(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=str(certificate.file))
    monkeypatch.setattr(calling, "_CONTEXT", trusting)

    async def led(host: str, port: int, *, allowed: object) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(calling, "public_addresses", led)
    async with client() as guarded:
        named = await guarded.get(f"https://127.0.0.1:{server.server_port}/")
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await guarded.get(f"https://push.example:{server.server_port}/")

    assert named.status_code == 200


async def test_it_waits_as_the_network_does() -> None:
    backend = calling._Judging(frozenset())

    await backend.sleep(0)

    assert isinstance(backend, httpcore.AsyncNetworkBackend)
