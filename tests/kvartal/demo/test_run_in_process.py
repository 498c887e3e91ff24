"""The steps of ``kvartal demo`` without its processes: what it says, refuses and explains."""

import contextlib
import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from unittest.mock import AsyncMock

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from kvartal import sealing
from kvartal.db import transaction
from kvartal.db.connection import fetch_one
from kvartal.demo import run
from kvartal.demo.api import DemoServer, SupervisedServer
from kvartal.demo.options import DemoError, GivenServers, free_port
from kvartal.demo.run import run_demo
from kvartal.embedded import Servers
from kvartal.host import Host, load_registry
from kvartal.sealing import seal
from kvartal.settings import Settings
from kvartal.testing.host import TestHost


class Ended(Exception):
    """What a part of the demo raises once it has ended."""


@contextlib.contextmanager
def no_processes(*_: object) -> Iterator[list[Any]]:
    yield []


@pytest.fixture
def external(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: TestHost,
    servers: Servers,
    postgres_url: str,
) -> Path:
    """Servers that are given, nothing started, and Ctrl-C as soon as everything is up."""

    def host_of(settings: Settings) -> Host:
        return Host(settings, load_registry(()))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    # Those who hear of this session's commits live on its loop; the demo has one of its own.
    monkeypatch.setattr(transaction, "_process", transaction._Process())
    monkeypatch.setattr(sealing, "_present", sealing._present)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("REDIS_URL", servers.redis_url)
    monkeypatch.setenv("KVARTAL_DEMO_DIR", str(tmp_path / "demo"))
    monkeypatch.setattr(run, "load_host", host_of)
    monkeypatch.setattr(run, "configure_logs", lambda _: None)
    monkeypatch.setattr(run, "running", no_processes)
    monkeypatch.setattr(run, "wait_until_ready", lambda *_: None)
    monkeypatch.setattr(run, "sleep", interrupted)
    return tmp_path / "demo"


def test_given_servers_are_filled_once_and_keep_their_data(
    external: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port(0)

    assert run_demo(port=port) == 0
    first = capsys.readouterr().out
    assert run_demo(port=port, date="2030-01-01") == 0
    second = capsys.readouterr().out

    assert "Creating the tables…" in first
    assert "Making the demo data…" in first
    assert "Making the demo data…" not in second
    for line in ("Resident 1  +79000000001  code 000000", "admin@kvartal.example", "kv_"):
        assert line in first
        assert line in second
    assert f"http://127.0.0.1:{port}/graphql" in first
    assert not (external / "postgres").exists()
    assert not (external / "valkey").exists()


class Beside(contextlib.nullcontext[None]):
    """A plugin's server that does nothing; ``seen`` tells what was done to it."""

    url = "ftp://127.0.0.1:1"

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.seen = seen

    def forget(self) -> None:
        self.seen.append("forgotten")

    def check(self) -> None:
        self.seen.append("watched")


def test_what_a_plugin_has_beside_the_product_runs_with_it(
    external: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []
    environments: list[dict[str, str]] = []

    async def prepare() -> None:
        assert seal()
        assert await fetch_one("SELECT 1")
        seen.append("prepared")

    @contextlib.contextmanager
    def noting(environment: dict[str, str], _: object) -> Iterator[list[Any]]:
        environments.append(environment)
        yield []

    beside = DemoServer(
        server=cast(SupervisedServer, Beside(seen)),
        title="Files",
        told="a folder",
        settings={"KVARTAL_OF_A_PLUGIN": "1"},
        prepare=prepare,
    )
    monkeypatch.setattr("kvartal.demo.seed.servers", lambda *_: [beside])
    monkeypatch.setattr(run, "running", noting)

    assert run_demo(port=free_port(0)) == 0

    assert seen == ["prepared", "watched"]
    assert environments[0]["KVARTAL_OF_A_PLUGIN"] == "1"
    assert "  Files      ftp://127.0.0.1:1   a folder\n" in capsys.readouterr().out


def test_a_plugins_server_starts_over_with_the_demo() -> None:
    seen: list[str] = []
    beside = DemoServer(
        server=cast(SupervisedServer, Beside(seen)), title="", told="", prepare=AsyncMock()
    )

    with contextlib.ExitStack() as stack:
        run._enter_beside(stack, [beside], fresh=True)

    assert seen == ["forgotten"]


def test_fresh_never_deletes_a_database_that_was_given(external: Path) -> None:
    with pytest.raises(DemoError, match="never a database given by DATABASE_URL"):
        run_demo(fresh=True)

    assert not external.exists()


def test_fresh_forgets_the_data_of_its_own(external: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setattr(run, "_run", lambda *_, **__: None)
    external.mkdir()
    (external / "postgres").mkdir()

    assert run_demo(fresh=True, port=0) == 0
    assert not (external / "postgres").exists()


def test_the_embedded_servers_are_those_that_are_not_given(
    external: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")

    found = run._servers(external, GivenServers())

    assert [server.title for server in found] == ["PostgreSQL", "Valkey"]


def test_a_part_that_has_ended_ends_the_demo() -> None:
    class Part:
        def check(self) -> None:
            raise Ended

    with pytest.raises(Ended):
        run._watch([Part()])


def test_sigterm_stops_as_ctrl_c_does_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), run._stoppable():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device"), "is full: free some space and start again."),
        (OperationalError("could not extend file: No space left on device"), "is full"),
        (PermissionError(13, "Permission denied"), "The demo cannot use /tmp: Permission denied."),
        (OSError("odd"), "The demo cannot use /tmp: odd."),
        (asyncpg.PostgresError("odd"), "The demo's data could not be written: odd."),
    ],
)
def test_what_the_disk_or_the_database_refuses_is_one_sentence(
    error: Exception, sentence: str
) -> None:
    with pytest.raises(DemoError) as told, run._explained(Path("/tmp")):
        raise error

    assert sentence in str(told.value)


def test_a_disk_without_room_is_full_whatever_the_error_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 10

    monkeypatch.setattr(run, "disk_usage", lambda _: Usage)

    with pytest.raises(DemoError, match="is full"), run._explained(tmp_path / "not" / "yet"):
        raise asyncpg.InterfaceError("connection was closed in the middle of operation")


def test_a_terminal_of_another_alphabet_gets_question_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)

    run._say("Янтарный, 5")

    assert terminal.buffer.getvalue() == b"????????, 5\n"
