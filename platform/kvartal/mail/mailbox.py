"""The mail of the demo: it leaves no house, and is read on the console or on a page."""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import orjson
import redis.asyncio as redis
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kvartal import clock
from kvartal.mail.letters import Message
from kvartal.settings import Settings

__all__ = ["Mailbox"]

log = structlog.get_logger("kvartal.mail")

KEPT = 100
SECONDS = 5.0
_SHOWN = {"console", "none", ""}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What was not sent but shown: the latest letters, in Redis, for all processes of the demo."""

    url: str
    key: str
    is_kept: bool

    @classmethod
    def of(cls, settings: Settings) -> "Mailbox":
        """The mailbox of this installation; outside the demo the console alone shows mail."""
        key = f"{settings.redis_prefix}:mail"
        is_kept = settings.demo and settings.mail_url.get_secret_value() in _SHOWN
        return cls(settings.redis_url.get_secret_value(), key, is_kept)

    async def show(self, message: Message) -> None:
        """Show a letter on the console, where, and only where, it is meant to be read."""
        log.info("mail.shown", to=message.to, subject=message.subject, text=message.text)
        if self.is_kept:
            await self._keep(message)

    async def letters(self) -> list[dict[str, Any]]:
        """The letters that are kept, the latest first."""
        async with self._opened() as client:
            return [orjson.loads(each) for each in await client.lrange(self.key, 0, -1)]

    @property
    def routes(self) -> list[Route]:
        """The page with the letters, and their attachments; none where no letter is kept."""
        if not self.is_kept:
            return []
        return [
            Route("/mail", self._page, methods=["GET"]),
            Route("/mail/{letter}/{number:int}", self._attachment, methods=["GET"]),
        ]

    def _opened(self) -> redis.Redis:
        return redis.Redis.from_url(
            self.url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        )

    async def _keep(self, message: Message) -> None:
        kept = orjson.dumps(
            {
                "id": str(message.id),
                "at": clock.now(),
                "to": message.to,
                "subject": message.subject,
                "text": message.text,
                "attachments": [
                    {
                        "name": each.name,
                        "media_type": each.media_type,
                        "content": b64encode(each.content).decode(),
                    }
                    for each in message.attachments
                ],
            }
        )
        async with (
            self._opened() as client,
            client.pipeline(transaction=True) as pipeline,
        ):
            pipeline.lpush(self.key, kept)
            pipeline.ltrim(self.key, 0, KEPT - 1)
            await pipeline.execute()

    async def _page(self, _: Request) -> Response:
        page = files("kvartal.mail").joinpath("mailbox.html").read_text(encoding="utf-8")
        letters = "".join(map(_letter, await self.letters())) or "<p>Писем пока нет.</p>"
        nonce = secrets.token_urlsafe(16)
        return Response(
            page.replace("__NONCE__", nonce).replace("__LETTERS__", letters),
            media_type="text/html",
            headers={
                "content-security-policy": f"default-src 'none'; style-src 'nonce-{nonce}';"
                " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                **_HEADERS,
            },
        )

    async def _attachment(self, request: Request) -> Response:
        letter, number = request.path_params["letter"], request.path_params["number"]
        for each in await self.letters():
            if each["id"] == letter and number < len(each["attachments"]):
                found = each["attachments"][number]
                name = quote(found["name"], safe="")
                return Response(
                    b64decode(found["content"]),
                    media_type="application/octet-stream",
                    headers={
                        "content-disposition": f"attachment; filename*=UTF-8''{name}",
                        "content-security-policy": "default-src 'none'; sandbox",
                        **_HEADERS,
                    },
                )
        raise HTTPException(404)


_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def _letter(letter: dict[str, Any]) -> str:
    """A letter in HTML; nothing in it is read as such."""
    at = datetime.fromisoformat(letter["at"])
    files_ = "".join(
        f'<li><a href="/mail/{letter["id"]}/{number}">{escape(each["name"])}</a></li>'
        for number, each in enumerate(letter["attachments"])
    )
    return (
        f"<details><summary><time>{at:%d.%m %H:%M:%S} UTC</time>"
        f" <b>{escape(letter['subject'])}</b> <span>{escape(letter['to'])}</span></summary>"
        f"<pre>{escape(letter['text'])}</pre>{f'<ul>{files_}</ul>' if files_ else ''}</details>"
    )
