"""The worker and the scheduler, in this process: they work until they are told to stop."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from structlog.testing import capture_logs

from kvartal import clock, scheduler, worker
from kvartal.db.connection import fetch
from kvartal.host import Host
from kvartal.scheduler import run_scheduler
from kvartal.tasks.retention import sweep_outbox
from kvartal.tasks.schedule import claim
from kvartal.testing.host import Committed
from kvartal.testing.watch import until
from kvartal.worker import run_worker, stop_signal

pytestmark = pytest.mark.committed


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What a signal would set; and the processes open the host for themselves alone."""
    told = asyncio.Event()
    running = Host.running
    monkeypatch.setattr(worker, "stop_signal", lambda: told)
    monkeypatch.setattr(scheduler, "stop_signal", lambda: told)
    monkeypatch.setattr(Host, "running", lambda self, **_: running(self, everywhere=False))
    return told


async def swept() -> bool:
    sql = "SELECT 1 FROM kvartal_delivery WHERE target = $1 AND done_at IS NOT NULL"
    return bool(await fetch(sql, sweep_outbox.name))


async def test_together_they_carry_out_what_is_scheduled(
    committed: Callable[[], AbstractAsyncContextManager[Committed]], stopped: asyncio.Event
) -> None:
    async with committed() as own:
        with capture_logs() as logs:
            processes = [asyncio.create_task(run(own.host)) for run in (run_worker, run_scheduler)]
            await claim(sweep_outbox, clock.now())
            await until(swept)
            stopped.set()
            await asyncio.wait_for(asyncio.gather(*processes), 30)

    assert {"worker.started", "worker.stopped", "scheduler.started", "scheduler.stopped"} <= {
        each["event"] for each in logs
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_tells_them_to_stop(number: signal.Signals) -> None:
    loop = asyncio.get_running_loop()
    told = stop_signal()
    try:
        os.kill(os.getpid(), number)
        await asyncio.wait_for(told.wait(), 5)
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    assert told.is_set()


Run = Callable[[Host], Awaitable[None]]


@pytest.mark.parametrize(("run", "event"), [(run_worker, "worker"), (run_scheduler, "scheduler")])
async def test_one_that_is_told_at_once_stops_at_once(
    run: Run,
    event: str,
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
    stopped: asyncio.Event,
) -> None:
    stopped.set()
    async with committed() as own:
        with capture_logs() as logs:
            await asyncio.wait_for(run(own.host), 30)

    assert [each["event"] for each in logs if each["event"].startswith(event)] == [
        f"{event}.started",
        f"{event}.stopped",
    ]
