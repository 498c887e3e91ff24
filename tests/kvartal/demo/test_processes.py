"""The demo's own processes."""

import signal
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from kvartal.demo import processes
from kvartal.demo.options import free_port
from kvartal.demo.processes import Process, ProcessEnded, running, wait_until_ready

NO_DATABASE = {
    "DATABASE_URL": "postgres://u:p@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "KVARTAL_SECRET_KEY": "x" * 40,
    "KVARTAL_PLUGINS": "",
}


class Answer(BaseHTTPRequestHandler):
    """503 once, then 200."""

    statuses: ClassVar[list[int]] = [503, 200]

    def do_GET(self) -> None:
        self.send_response(self.statuses.pop(0) if len(self.statuses) > 1 else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def in_directory(place: Path) -> Callable[[str], Path]:
    return lambda name: place / f"{name}.log"


def test_a_process_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    settings = {**NO_DATABASE, "KVARTAL_SECRET_KEY": "short"}
    process = Process("web", "serve", settings, tmp_path / "web.log")

    with pytest.raises(ProcessEnded) as told:
        wait_until_ready([process], free_port(0))
    process.stop(5)

    assert str(told.value).startswith("The web process has ended with code 1: kvartal: Setting")
    assert "KVARTAL_SECRET_KEY" in str(told.value)
    assert str(told.value).endswith(f"(its log is {tmp_path}/web.log).")


def test_what_says_nothing_has_ended_all_the_same(tmp_path: Path) -> None:
    process = Process("web", "serve", NO_DATABASE, tmp_path / "web.log")
    process._process.send_signal(signal.SIGKILL)
    process._process.wait()
    (tmp_path / "web.log").write_text("\n")

    with pytest.raises(ProcessEnded, match=r"code -9: it said nothing \(its log"):
        process.check()
    process.stop(5)


def test_readiness_is_waited_for(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        wait_until_ready([], server.server_port)
        server.shutdown()
        thread.join()


def test_what_is_never_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "START_PATIENCE", 0.2)
    monkeypatch.setattr(Process, "check", lambda _: None)
    process = Process("web", "plugins", NO_DATABASE, tmp_path / "web.log")

    with pytest.raises(ProcessEnded, match=r"not ready after 0\.2 s \(its log is .*web\.log\)"):
        wait_until_ready([process], free_port(0))
    process.stop(10)


def test_all_are_started_and_those_that_do_not_listen_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_PATIENCE", 0.3)
    monkeypatch.setattr(processes, "SUPERVISOR", "trap '' TERM; sleep 30; shift")

    with running(NO_DATABASE, in_directory(tmp_path)) as started:
        assert [each.name for each in started] == ["web", "worker", "scheduler"]

    assert [each._process.returncode for each in started] == [-9, -9, -9]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "scheduler.log",
        "web.log",
        "worker.log",
    ]


def test_each_process_has_a_port_of_its_own_for_its_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, str | None] = {}

    class Noted(Process):
        def __init__(self, name: str, command: str, settings: Mapping[str, str], log: Path) -> None:
            given[name] = settings.get("KVARTAL_METRICS_PORT")

        def ask_to_stop(self) -> None:
            """It does not run."""

        def stop(self, patience: float) -> None:
            """It does not run."""

    monkeypatch.setattr(processes, "Process", Noted)

    with running({"KVARTAL_METRICS_PORT": "9100"}, in_directory(tmp_path)):
        assert given == {"web": "9100", "worker": "9101", "scheduler": "9102"}
    with running({}, in_directory(tmp_path)):
        assert set(given.values()) == {None}
