"""The demo's push: nothing goes outside, and the notice stands in the inbox all the same."""

from collections.abc import Sequence

import structlog

from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict

__all__ = ["DEMO_MESSAGE", "DemoPush"]

log = structlog.get_logger("kvartal_notifications.channels")

DEMO_MESSAGE = "demo: not sent outside, shown in the inbox"


class DemoPush:
    """Stands for a push service that is not set up."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Say that it was shown in the inbox alone."""
        for each in batch:
            log.info("notifications.push_shown", notification=str(each.notification_id))
        return [Outcome(verdict=Verdict.SENT, provider_message=DEMO_MESSAGE) for _ in batch]
