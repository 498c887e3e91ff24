"""The file server of the demo: what imports read and exports write, a folder of this machine."""

import importlib.util
import socket
import sys
from functools import partial
from pathlib import Path
from typing import ClassVar

from kvartal.db.connection import execute
from kvartal.demo.api import DemoServer, SupervisedServer, Tenant, demo_id
from kvartal.sealing import seal
from kvartal.settings import settings_of
from kvartal_integration.connections.rules import Protocol
from kvartal_integration.connections.service.opening import password_place
from kvartal_integration.demo.files import write_examples
from kvartal_integration.demo.seed import HOST
from kvartal_integration.settings import IntegrationSettings

__all__ = ["DemoFtp", "server"]

LOOPBACK = "127.0.0.1"
USERNAME = "exchange"
_ALLOWED = "KVARTAL_INTEGRATION_ALLOWED_HOSTS"
_PROGRAM = Path(__file__).with_name("ftp_server.py")


class DemoFtp(SupervisedServer):
    """An FTP server over its data directory, whose files anybody may put there by hand."""

    title: ClassVar[str] = "The FTP server"
    stop_signal: ClassVar[str] = "TERM"

    @property
    def url(self) -> str:
        """Its address, without the password."""
        return f"ftp://{USERNAME}@{LOOPBACK}:{self.port}"

    def prepare(self, port: int) -> list[str]:
        """The command that serves the folder."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.password()
        folder, password = str(self.data_dir), str(self.beside("password"))
        return [sys.executable, "-I", str(_PROGRAM), str(port), folder, USERNAME, password]

    def is_ready(self) -> bool:
        """Whether it greets."""
        try:
            with socket.create_connection((LOOPBACK, self.port or 0), timeout=1) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False


def server(root: Path) -> DemoServer | None:
    """The server in its folder; none where its library is not installed."""
    if importlib.util.find_spec("pyftpdlib") is None:
        return None
    ftp = DemoFtp(root / "ftp")
    allowed = settings_of(IntegrationSettings).allowed_hosts | {LOOPBACK}
    return DemoServer(
        server=ftp,
        title="Files",
        told=f"what is imported and exported, in {ftp.data_dir}",
        settings={_ALLOWED: ",".join(sorted(allowed))},
        prepare=partial(_prepare, ftp),
    )


async def _prepare(ftp: DemoFtp) -> None:
    """Connect the company to the server, unless it has chosen another one meanwhile."""
    connection = demo_id("exchange_connection", Tenant.COMPANY)
    await execute(
        "UPDATE integration_connection SET protocol = $2, host = $3, port = $4, username = $5,"
        " password_sealed = $6 WHERE id = $1 AND host = ANY($7::text[])",
        connection,
        Protocol.FTP.value,
        LOOPBACK,
        ftp.port,
        USERNAME,
        seal().seal(ftp.password(), password_place(connection)),
        [HOST, LOOPBACK],
    )
    await write_examples(ftp.data_dir)
