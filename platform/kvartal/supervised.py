"""A server process that belongs to us: one per data directory, never outliving whoever started it.

It listens on 127.0.0.1 only and asks for a random password. It lives in a session of its own, so
that Ctrl-C leaves it to us, and is told to stop when the process that started it dies.
"""

import contextlib
import errno
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from kvartal.errors import KvartalError

if sys.platform != "win32":  # pragma: no branch -- Windows has no wheels, and is told so later
    import fcntl

__all__ = [
    "ENVIRONMENT",
    "SUPERVISOR",
    "EmbeddedError",
    "SupervisedServer",
    "failure",
    "write_private",
]

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# Standard input is a pipe from us: its end means that we stopped or died.
SUPERVISOR = """
signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -s "$signal" "$server"; } >/dev/null 2>&1 & watcher=$!
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
"""


class EmbeddedError(KvartalError):
    """An embedded server cannot run here; the message is one sentence for whoever started it."""


class SupervisedServer(ABC):
    """A server over one data directory; ``port`` None means any free one, kept once chosen.

    One that is not ``durable`` is fast instead, and its data go when it is stopped.
    """

    title: ClassVar[str]
    stop_signal: ClassVar[str]
    start_patience: ClassVar[float] = 60
    stop_patience: ClassVar[float] = 30
    lock_patience: ClassVar[float] = 5  # a server whose starter was killed is still stopping

    def __init__(self, data_dir: Path, *, port: int | None = None, durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.durable = durable
        self.user: int | None = None
        self.group: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._claimed = False

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with the password, once the server has been started."""

    @abstractmethod
    def prepare(self, port: int) -> list[str]:
        """Make the data directory ready; the command that serves it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the started server answers."""

    def discard(self) -> None:
        """Delete the data."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers; a running one is left alone."""
        if self._process is not None and self._process.poll() is None:
            return
        self._forget()
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            lock = self._lock()
            try:
                self._launch(lock)
            finally:
                os.close(lock)  # the server has its own copy
        except OSError as error:
            reason = error.strerror or str(error)
            raise EmbeddedError(
                f"{self.title} cannot be started in {self.data_dir}: {reason}."
            ) from error

    def stop(self) -> None:
        """Stop the server in order; a stopped one is left alone."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=self.stop_patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self._forget()
        if self._claimed and not self.durable:
            self.discard()
        self._claimed = False

    def kill(self) -> None:
        """End the server as a crash would; ``start()`` brings it back on the same port."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._forget()

    def check(self) -> None:
        """EmbeddedError if the server was started and has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise EmbeddedError(f"{self.title} has ended (its log is {self.beside('log')}).")

    def forget(self) -> None:
        """Delete the data of a server that does not run; EmbeddedError if it does."""
        if self.data_dir.parent.exists():
            lock = self._lock()
            try:
                self.discard()
            finally:
                os.close(lock)

    def password(self) -> str:
        """The server's password, made at the first start and readable by its starter alone."""
        path = self.beside("password")
        if not path.exists():
            write_private(path, secrets.token_hex(24))
        return path.read_text()

    def beside(self, suffix: str) -> Path:
        """A file of the server's next to its data directory: its log, lock, password."""
        return self.data_dir.with_name(f"{self.data_dir.name}.{suffix}")

    def _launch(self, lock: int) -> None:
        port = self.port or _free_port()
        _refuse_busy(port)
        self._claimed = True
        command = self.prepare(port)
        with self.beside("log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own programs
                ["/bin/sh", "-c", SUPERVISOR, "sh", self.stop_signal, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=(lock,),
                start_new_session=True,
                user=self.user,
                group=self.group,
                extra_groups=None if self.user is None else (),
            )
        self.port = port
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        log = self.beside("log")
        deadline = time.monotonic() + self.start_patience
        while not self.is_ready():
            if process.poll() is not None:
                self._forget()
                raise failure(self.title, log.read_text(errors="replace"), f"its log is {log}")
            if time.monotonic() > deadline:
                self.kill()
                raise EmbeddedError(
                    f"{self.title} did not answer in {self.start_patience:g} s (its log is {log})."
                )
            time.sleep(0.02)

    def _forget(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            process.wait()

    def _lock(self) -> int:
        """Claim the data directory until the last process with a copy of the descriptor ends."""
        file = os.open(self.beside("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        lock = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 10)  # a shell uses those below for itself
        os.close(file)
        deadline = time.monotonic() + self.lock_patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise EmbeddedError(
                        f"{self.title} already runs in {self.data_dir}: stop that process first."
                    ) from None
                time.sleep(0.1)
            else:
                return lock


def failure(title: str, output: str, where: str) -> EmbeddedError:
    """Why a server program ended, in one sentence from what it printed."""
    if os.strerror(errno.ENOSPC) in output:
        return EmbeddedError(f"{title} found the disk full ({where}).")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line[line.index("FATAL") :] for line in lines if "FATAL" in line]
    telling = fatal or [line for line in lines if "error" in line.lower()]
    reason = (telling or lines or ["it gave no reason"])[-1]
    return EmbeddedError(f"{title} did not start: {reason.rstrip('.')} ({where}).")


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refuse_busy(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise EmbeddedError(
                f"Port {port} of 127.0.0.1 is busy: stop the program that listens there,"
                " or choose another port."
            ) from None
