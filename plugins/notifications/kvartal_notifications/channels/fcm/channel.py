"""Push by FCM, HTTP v1: to Android, to Apple's devices and to browsers that FCM serves."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import httpx
import structlog

from kvartal import clock
from kvartal_notifications.channels.fcm.account import ServiceAccount
from kvartal_notifications.channels.fcm.messages import payload
from kvartal_notifications.channels.fcm.tokens import AccessTokens, TokenRefused
from kvartal_notifications.channels.fcm.verdicts import AFTER_DENIAL, FcmError, outcome_of
from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict
from kvartal_notifications.channels.push.answers import Answer, asked
from kvartal_notifications.channels.push.batches import AT_ONCE, sent_together
from kvartal_notifications.channels.push.pausing import Pauses
from kvartal_notifications.channels.push.problems import PushProblem

__all__ = ["FcmPush"]

log = structlog.get_logger("kvartal_notifications.channels")

SERVICE = "fcm"
_DENIED = {PushProblem.UNAUTHENTICATED, PushProblem.FORBIDDEN}


class FcmPush:
    """Sends as one service account; ``client`` is the process's own, and stays open."""

    def __init__(self, account: ServiceAccount, client: httpx.AsyncClient, *, url: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/v1/projects/{account.project_id}/messages:send"
        self._tokens = AccessTokens(account, client)
        self._pauses = Pauses()
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Try each message once; while FCM wants to be left alone, none."""
        return await sent_together(batch, self._attempt, self._limit)

    async def _attempt(self, message: Outgoing) -> Outcome:
        now = clock.now()
        paused = self._pauses.until(SERVICE, now)
        if paused is not None:
            return Outcome(verdict=Verdict.LATER, problem=PushProblem.PAUSED, retry_at=paused)
        body = payload(message, now)
        if body is None:
            return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.TOO_LARGE)
        try:
            outcome = outcome_of(await self._asked(body), clock.now())
        except TokenRefused as refused:
            problem = PushProblem.UNAUTHENTICATED if refused.is_denied else PushProblem.UNAVAILABLE
            outcome = Outcome(verdict=Verdict.LATER, problem=problem, retry_at=refused.retry_at)
        self._note(message, outcome, clock.now())
        return outcome

    async def _asked(self, body: bytes) -> Answer:
        token = await self._tokens.get()
        answer = await asked(self._client, self._request(body, token))
        # A 401 that is about Apple's key no token of ours cures.
        if answer.status != 401 or FcmError.read(answer.body).code == "THIRD_PARTY_AUTH_ERROR":
            return answer
        token = await self._tokens.get(refused=token)
        return await asked(self._client, self._request(body, token))

    def _request(self, body: bytes, token: str) -> httpx.Request:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return self._client.build_request("POST", self._url, content=body, headers=headers)

    def _note(self, message: Outgoing, outcome: Outcome, now: datetime) -> None:
        until = outcome.retry_at
        if until is None and outcome.problem in _DENIED:
            # What the account is refused, it is refused for every message.
            until = now + AFTER_DENIAL
        if until is not None:
            self._pauses.pause(SERVICE, until)
        if outcome.verdict is not Verdict.SENT:
            log.info(
                "notifications.push_not_sent",
                provider=SERVICE,
                notification=str(message.notification_id),
                verdict=outcome.verdict,
                problem=outcome.problem,
            )
