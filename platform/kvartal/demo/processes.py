"""The demo's own processes: web, worker and scheduler, none of which outlives the demo."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType

from kvartal.errors import KvartalError
from kvartal.supervised import SUPERVISOR

__all__ = ["Process", "ProcessEnded", "running", "wait_until_ready"]

COMMANDS: Mapping[str, str] = MappingProxyType(
    {"web": "serve", "worker": "worker", "scheduler": "scheduler"}
)
METRICS_PORT = "KVARTAL_METRICS_PORT"
START_PATIENCE = 60.0
STOP_PATIENCE = 15.0


class ProcessEnded(KvartalError):
    """One of the processes has ended by itself; the text says which, why, and where its log is."""


class Process:
    """A command of ``kvartal`` as a process that is told to stop when its starter dies."""

    def __init__(self, name: str, command: str, settings: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program
                [
                    *("/bin/sh", "-c", SUPERVISOR, "sh", "TERM"),
                    *(sys.executable, "-P", "-m", "kvartal.cli", command),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Plugins have settings of their own, which the demo does not know.
                env={**os.environ, **settings},  # noqa: TID251 -- handed on, not read
                start_new_session=True,
            )

    def check(self) -> None:
        """ProcessEnded if it does not run any more."""
        code = self._process.poll()
        if code is not None:
            raise ProcessEnded(
                f"The {self.name} process has ended with code {code}:"
                f" {_last_line(self.log)} (its log is {self.log})."
            )

    def ask_to_stop(self) -> None:
        """Tell it to finish; it takes a moment."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def stop(self, patience: float) -> None:
        """Wait until it has finished, and no longer than that."""
        self.ask_to_stop()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextlib.contextmanager
def running(settings: Mapping[str, str], log_of: Callable[[str], Path]) -> Iterator[list[Process]]:
    """The processes while the block runs, the web process first; they stop side by side."""
    started: list[Process] = []
    try:
        for place, (name, command) in enumerate(COMMANDS.items()):
            own = {**settings, **_metrics_port(settings, place)}
            started.append(Process(name, command, own, log_of(name)))
        yield started
    finally:
        deadline = time.monotonic() + STOP_PATIENCE
        for process in started:
            process.ask_to_stop()
        for process in started:
            process.stop(max(0.1, deadline - time.monotonic()))


def _metrics_port(settings: Mapping[str, str], place: int) -> Mapping[str, str]:
    """The port of a process's metrics, if one was given: each process of a machine has its own."""
    given = settings.get(METRICS_PORT)
    return {METRICS_PORT: str(int(given) + place)} if given else {}


def wait_until_ready(processes: Sequence[Process], port: int) -> None:
    """Wait until the web process serves; ProcessEnded if any process ends before."""
    deadline = time.monotonic() + START_PATIENCE
    while not _is_ready(port):
        for process in processes:
            process.check()
        if time.monotonic() > deadline:
            raise ProcessEnded(
                f"The web process was not ready after {START_PATIENCE:g} s"
                f" (its log is {processes[0].log})."
            )
        time.sleep(0.05)
    for process in processes:
        process.check()


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    telling = [line.strip() for line in lines if line.strip()]
    return telling[-1].rstrip(".") if telling else "it said nothing"
