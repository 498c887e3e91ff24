"""The scheduler process: the relay of the outbox and the clockwork of scheduled actors."""

import structlog

from kvartal.host import Host
from kvartal.observed import observed
from kvartal.tasks.backlog import measuring_backlog
from kvartal.tasks.broker import Sender
from kvartal.tasks.relay import Relay
from kvartal.tasks.schedule import Scheduler
from kvartal.worker import stop_signal

__all__ = ["run_scheduler"]

log = structlog.get_logger("kvartal.scheduler")


async def run_scheduler(host: Host) -> None:
    """Relay and schedule until told to stop; any number of schedulers may run."""
    stopped = stop_signal()
    sender = Sender(host.redis_url, host.settings.redis_prefix)
    relay = Relay(sender, host.deliveries.targets, host.redis_url, host.relay_channel)
    scheduler = Scheduler(host.registry.tasks.values())
    backlog = measuring_backlog(host.deliveries.targets)
    with observed("scheduler", host.settings):
        async with host.running(), relay.running(), scheduler.running(), backlog:
            log.info("scheduler.started")
            await stopped.wait()
    log.info("scheduler.stopped")
