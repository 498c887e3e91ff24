"""Access tokens of the service account: one for all pushes, renewed a minute before its end."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import orjson
import structlog

from kvartal import clock
from kvartal.errors import KvartalError
from kvartal_notifications.channels.fcm.account import ServiceAccount
from kvartal_notifications.channels.push.answers import Answer, asked, retry_after

__all__ = ["AccessTokens", "TokenRefused"]

log = structlog.get_logger("kvartal_notifications.channels")

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = timedelta(hours=1)
MARGIN = timedelta(minutes=1)
SECONDS = 10.0


class TokenRefused(KvartalError):
    """The account gets no token now; ``is_denied``: it is not known, or its key is not accepted."""

    def __init__(self, status: int, retry_at: datetime | None, *, is_denied: bool) -> None:
        super().__init__(f"no token: HTTP {status}")
        self.retry_at = retry_at
        self.is_denied = is_denied


class AccessTokens:
    """The tokens of an account (OAuth 2.0, JWT bearer grant, RFC 7523)."""

    def __init__(self, account: ServiceAccount, client: httpx.AsyncClient) -> None:
        self._account = account
        self._client = client
        self._token: str | None = None
        self._until = clock.now()
        self._renewal: asyncio.Task[str] | None = None

    async def get(self, *, refused: str | None = None) -> str:
        """A token that lives; another one than the ``refused``. Raises TokenRefused, HTTPError."""
        if self._token is not None and self._token != refused and clock.now() < self._until:
            return self._token
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renewed())
            self._renewal.add_done_callback(self._noted)
        # Shared by all who wait: one that gives up takes the token from nobody.
        return await asyncio.shield(self._renewal)

    def _noted(self, renewal: asyncio.Task[str]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # if nobody waits any more, nobody else asks for it

    async def _renewed(self) -> str:
        now = clock.now()
        async with asyncio.timeout(SECONDS):
            answer = await asked(self._client, self._request(now))
        found = _read(answer)
        if found is None:
            log.warning("notifications.fcm_token_refused", status=answer.status)
            denied = answer.status != 429 and 400 <= answer.status < 500
            raise TokenRefused(answer.status, retry_after(answer.headers, now), is_denied=denied)
        self._token, seconds = found
        self._until = now + timedelta(seconds=seconds) - MARGIN
        log.info("notifications.fcm_token_renewed", seconds=seconds)
        return self._token

    def _request(self, now: datetime) -> httpx.Request:
        account = self._account
        assertion = jwt.encode(
            {
                "iss": account.email,
                "scope": SCOPE,
                "aud": account.token_uri,
                "iat": int(now.timestamp()),
                "exp": int((now + LIFE).timestamp()),
            },
            account.key,
            algorithm="RS256",
            headers={"kid": account.key_id},
        )
        data = {"grant_type": GRANT, "assertion": assertion}
        return self._client.build_request("POST", account.token_uri, data=data)


def _read(answer: Answer) -> tuple[str, int] | None:
    """Token and seconds of its life; None if it is no token."""
    if answer.status != 200:
        return None
    try:
        found: Any = orjson.loads(answer.body)
        token, seconds = found["access_token"], int(found["expires_in"])
    except (ValueError, KeyError, TypeError):
        return None
    return (token, seconds) if isinstance(token, str) and token else None
