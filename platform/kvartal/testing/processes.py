"""Real processes of the product for tests that kill them."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

__all__ = ["KvartalProcess", "free_port", "running_process"]

START_SECONDS = 30.0


class KvartalProcess:
    """``kvartal <command>`` in a process of its own, its log in a file."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.log = log
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it logs to the end of its file."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "kvartal.cli",
                self.command,
                env={**_inherited(), **self._environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def started(self, saying: str) -> None:
        """Wait until the log of this start says so."""
        async with asyncio.timeout(START_SECONDS):
            while saying not in self.log.read_text():
                assert self.is_running, self.log.read_text()
                await asyncio.sleep(0.05)

    @property
    def pid(self) -> int:
        """The number of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has neither ended nor been killed."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """End it as the kernel would: SIGKILL."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop, as its supervisor would; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(number)
        return await process.wait()


@asynccontextmanager
async def running_process(
    command: str, environment: Mapping[str, str], log: Path, saying: str
) -> AsyncIterator[KvartalProcess]:
    """A process that has started, killed at the end if it still runs."""
    process = KvartalProcess(command, environment, log)
    await process.start()
    try:
        await process.started(saying)
        yield process
    finally:
        await process.kill()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _inherited() -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}
