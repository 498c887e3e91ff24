"""File servers for tests: real ones on the loopback, in a thread of their own."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from kvartal import clock

__all__ = ["Certificate", "FtpAccount", "a_certificate", "ftp_server"]

ALL = "elradfmwMT"
READING = "elr"
"""The rights of an account that may look and fetch, and change nothing."""


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
    host: str = "127.0.0.1"
    username: str = "обмен"
    password: str = "пароль обмена"


def a_certificate(folder: Path, *hosts: str) -> Certificate:
    """A certificate for these hosts, by default for the loopback."""
    names = [x509.IPAddress(ip_address(each)) for each in hosts or ("127.0.0.1",)]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kvartal.test")])
    key = ec.generate_private_key(ec.SECP256R1())
    now = clock.system_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
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
    rights: str = ALL,
    handler: type[Any] | None = None,
    **options: Any,
) -> Iterator[FtpAccount]:
    """A server that runs until the block ends; FTPS on demand if it has a ``certificate``.

    ``handler``: another kind of server, a subclass of pyftpdlib's; ``options``: its attributes,
    such as ``encoding="cp1251"`` or ``banner``.
    """
    commands: list[str] = []
    base = handler or (TLS_FTPHandler if certificate is not None else FTPHandler)
    authorizer = DummyAuthorizer()
    account = FtpAccount(root, 0, commands)
    authorizer.add_user(account.username, account.password, str(root), perm=rights)
    made = type("Handler", (base,), _attributes(authorizer, certificate, commands, base, options))
    server = FTPServer((account.host, 0), made, ioloop=IOLoop())
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            server.serve_forever(timeout=0.01, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, name="ftp")
    thread.start()
    try:
        yield FtpAccount(root, server.address[1], commands)
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
