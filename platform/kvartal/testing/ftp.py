"""File servers for tests: real ones on the loopback, in a thread of their own."""

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

with warnings.catch_warnings():
    # It stands on modules of Python 3.11 that are deprecated there, and brings its own later.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

__all__ = [
    "READING",
    "Certificate",
    "FtpAccount",
    "FtpHandler",
    "FtpsDataHandler",
    "FtpsHandler",
    "a_certificate",
    "ftp_server",
]

ALL = "elradfmwMT"
READING = "elr"
"""The rights of an account that may look and fetch, and change nothing."""


class FtpHandler(FTPHandler):  # type: ignore[misc] # pyftpdlib has no types
    """How a server answers, to be overridden."""


class FtpsHandler(TLS_FTPHandler):  # type: ignore[misc] # pyftpdlib has no types
    """How a server answers that knows TLS, to be overridden."""


class FtpsDataHandler(TLS_DTPHandler):  # type: ignore[misc] # pyftpdlib has no types
    """How such a server sends and takes files, to be overridden."""


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key in one file, signed by itself; SHA-256 in hex tells it."""

    file: Path
    fingerprint: str


@dataclass(frozen=True)
class FtpAccount:
    """An account on a server that runs; ``root``: the folder that it sees as ``/``.

    ``commands``: what the server was asked, in its order.
    """

    root: Path
    port: int
    commands: list[str]
    username: str
    password: str
    host: str = "127.0.0.1"


def a_certificate(folder: Path, *hosts: str) -> Certificate:
    """A certificate for these hosts, by default for the loopback."""
    names = [x509.IPAddress(ip_address(each)) for each in hosts or ("127.0.0.1",)]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kvartal.test")])
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(encoding))
    der = made.public_bytes(serialization.Encoding.DER)
    return Certificate(file, sha256(der).hexdigest())


@contextmanager
def ftp_server(
    root: Path,
    *,
    certificate: Certificate | None = None,
    username: str = "обмен",
    password: str = "пароль обмена",
    rights: str = ALL,
    handler: type[Any] | None = None,
    **options: Any,
) -> Iterator[FtpAccount]:
    """A server that runs until the block ends; FTPS on demand if it has a ``certificate``.

    ``handler``: another kind of server, a subclass of pyftpdlib's; ``options``: its attributes,
    such as ``encoding="cp1251"`` or ``banner``.
    """
    commands: list[str] = []
    base = handler or (FtpsHandler if certificate is not None else FtpHandler)
    authorizer = DummyAuthorizer()
    authorizer.add_user(username, password, str(root), perm=rights)
    made = type("Handler", (base,), _attributes(authorizer, certificate, commands, base, options))
    server = FTPServer(("127.0.0.1", 0), made, ioloop=IOLoop())
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            server.serve_forever(timeout=0.01, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, name="ftp")
    thread.start()
    try:
        yield FtpAccount(root, server.address[1], commands, username, password)
    finally:
        over.set()
        thread.join()


def _attributes(
    authorizer: DummyAuthorizer,
    certificate: Certificate | None,
    commands: list[str],
    base: type[Any],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    def pre_process_command(self: Any, line: str, command: str, argument: str) -> None:
        commands.append(line)
        base.pre_process_command(self, line, command, argument)

    secured = {} if certificate is None else {"certfile": str(certificate.file)}
    return {
        "authorizer": authorizer,
        "auth_failed_timeout": 0,
        "pre_process_command": pre_process_command,
        "log": lambda *_, **__: None,
        "logline": lambda *_, **__: None,
        **secured,
        **options,
    }
