"""Web Push: to browsers, over the push service of whoever made them."""

import asyncio
import base64
from collections.abc import Sequence

import httpx
import structlog

from kvartal import clock
from kvartal.addresses import AddressRefused, HostUnknown
from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict
from kvartal_notifications.channels.push.answers import asked
from kvartal_notifications.channels.push.batches import AT_ONCE, later, sent_together
from kvartal_notifications.channels.push.lifetime import seconds_left
from kvartal_notifications.channels.push.pausing import Pauses
from kvartal_notifications.channels.push.problems import PushProblem
from kvartal_notifications.channels.web_push.sealing import Sealed, Sealer
from kvartal_notifications.channels.web_push.subscriptions import Subscription, is_endpoint
from kvartal_notifications.channels.web_push.verdicts import outcome_of

__all__ = ["WebPushes"]

log = structlog.get_logger("kvartal_notifications.channels")


class WebPushes:
    """Sends with one key; ``client`` is a guarded one: the addresses are what browsers have said.

    Each push service is paused by itself: whose address a stranger registers, only that.
    """

    def __init__(
        self, sealer: Sealer, client: httpx.AsyncClient, *, allowed: frozenset[str]
    ) -> None:
        self._sealer = sealer
        self._client = client
        self._allowed = allowed
        self._pauses = Pauses()
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Try each message once; while its service wants to be left alone, not at all."""
        return await sent_together(batch, self._attempt, self._limit)

    async def _attempt(self, message: Outgoing) -> Outcome:
        subscription = Subscription.unpacked(message.address)
        if not is_endpoint(subscription.endpoint, allowed=self._allowed):
            return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.ADDRESS_REFUSED)
        paused = self._pauses.until(subscription.service, clock.now())
        if paused is not None:
            return Outcome(verdict=Verdict.LATER, problem=PushProblem.PAUSED, retry_at=paused)
        sealed = self._sealer.sealed(message, subscription)
        if sealed is None:
            return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.TOO_LARGE)
        outcome = await self._outcome(message, subscription, sealed)
        if outcome.retry_at is not None:
            self._pauses.pause(subscription.service, outcome.retry_at)
        if outcome.verdict is not Verdict.SENT:
            log.info(
                "notifications.push_not_sent",
                provider="web_push",
                notification=str(message.notification_id),
                verdict=outcome.verdict,
                problem=outcome.problem,
            )
        return outcome

    async def _outcome(
        self, message: Outgoing, subscription: Subscription, sealed: Sealed
    ) -> Outcome:
        topic = base64.urlsafe_b64encode(message.notification_id.bytes).decode().rstrip("=")
        request = self._client.build_request(
            "POST",
            subscription.endpoint,
            content=sealed.body,
            headers={
                "authorization": sealed.authorization,
                "content-encoding": "aes128gcm",
                "content-type": "application/octet-stream",
                "ttl": str(seconds_left(message, clock.now())),
                "urgency": "normal",
                # A message that still waits for the device is replaced by its repetition.
                "topic": topic,
            },
        )
        try:
            answer = await asked(self._client, request)
        except AddressRefused:
            return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.ADDRESS_REFUSED)
        except HostUnknown:
            return later(PushProblem.HOST_UNKNOWN)
        return outcome_of(answer, clock.now())
