"""The worker process: carries out deliveries, on one loop for all its threads."""

import asyncio
import gc
import signal

import structlog

from kvartal.host import Host
from kvartal.observed import observed
from kvartal.tasks.broker import Worker

__all__ = ["run_worker", "stop_signal"]

log = structlog.get_logger("kvartal.worker")


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def run_worker(host: Host) -> None:
    """Work until told to stop; what runs is finished, the rest given back."""
    stopped = stop_signal()
    with observed("worker", host.settings):
        await _work(host, stopped)
    log.info("worker.stopped")


async def _work(host: Host, stopped: asyncio.Event) -> None:
    async with host.running():
        deliveries = host.deliveries
        worker = Worker(
            host.redis_url,
            host.settings.redis_prefix,
            deliveries.targets,
            deliveries.carry_out,
            threads=host.settings.worker_threads,
        )
        gc.freeze()  # what is made at start lives for ever: an import makes millions of things more
        gc.set_threshold(20_000, 20, 50)  # they are hardly ever in cycles: look at them less often
        worker.start()
        log.info("worker.started", targets=len(deliveries.targets))
        await stopped.wait()
        await asyncio.to_thread(worker.stop)
