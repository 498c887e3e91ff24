"""A mail server on the loopback, for tests."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kvartal.settings import Settings

__all__ = ["Listening", "Server", "a_certificate", "listening", "settings"]


class Server:
    """What a mail server keeps, and how it answers; ``refused``: by address."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"
        self.data_answer = "250 taken"
        self.refused: dict[str, str] = {}
        self.users: list[tuple[bytes, bytes]] = []
        self._peers: set[object] = set()

    @property
    def peers(self) -> int:
        """Over how many connections letters came."""
        return len(self._peers)

    async def handle_RCPT(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._peers.add(session.peer)
        answer = self.refused.get(address, self.answer)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer.format(address=address)

    async def handle_DATA(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.data_answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.users.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss", handled=False)

    def letter(self) -> EmailMessage:
        """The one letter; aiosmtpd reads all properties of its handler."""
        [envelope] = self.envelopes
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass(frozen=True)
class Listening:
    """A mail server that listens on the loopback."""

    server: Server
    port: int
    certificate: Path

    def settings(self, url: str, **changed: object) -> Settings:
        return settings(
            mail_url=url.format(port=self.port), mail_ca_file=self.certificate, **changed
        )


def settings(**changed: object) -> Settings:
    usual: dict[str, object] = {
        "database_url": "postgres://localhost/kvartal",
        "redis_url": "redis://localhost",
        "secret_key": "a secret of thirty-two characters",
        "mail_from": "Кvartal, УК «Заря» <robot@mail.example.org>",
    }
    return Settings(**usual | changed)  # type: ignore[arg-type] # read as from the environment


def a_certificate(folder: Path) -> Path:
    """Certificate and key of 127.0.0.1 in one file; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail of the tests")])
    now = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def listening(
    certificate: Path, *, tls: str = "none", with_password: bool = False
) -> Iterator[Listening]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if tls == "implicit" else None,
        tls_context=context if tls == "starttls" else None,
        auth_required=with_password,
        auth_require_tls=tls == "starttls",
        authenticator=server.authenticate if with_password else None,
    )
    controller.start()
    try:
        yield Listening(server, port, certificate)
    finally:
        controller.stop()
