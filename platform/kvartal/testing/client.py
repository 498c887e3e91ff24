"""A GraphQL client of the application under test, over its real HTTP endpoint."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson
from starlette.applications import Starlette
from starlette.types import Message

from kvartal.auth.actor import Actor

__all__ = ["ACTOR_TOKEN", "Answers", "GraphQLClient"]

ACTOR_TOKEN = "test-actor-"


class GraphQLClient:
    """Call it with a document: the answer's JSON comes back."""

    def __init__(self, app: Starlette, actors: dict[str, Actor]) -> None:
        self.app = app
        self._actors = actors

    async def __call__(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | None = None,
        token: str | None = None,
        locale: str = "ru",
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Execute a document as ``actor`` (without a sign-in) or with a real ``token``."""
        credential = self.token_of(actor) if actor is not None and not actor.is_anonymous else token
        sent = {"Accept-Language": locale, **(headers or {})}
        if credential is not None:
            sent["Authorization"] = f"Bearer {credential}"
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.post(
                "/graphql", json={"query": query, "variables": dict(variables or {})}, headers=sent
            )
        found: dict[str, Any] = answer.json()
        return found

    @asynccontextmanager
    async def subscribe(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | None = None,
        token: str | None = None,
        locale: str = "ru",
    ) -> AsyncIterator["Answers"]:
        """A subscription while the block runs: ``await answers.next()`` gives each answer."""
        credential = self.token_of(actor) if actor is not None and not actor.is_anonymous else token
        headers = {
            "host": "test",
            "content-type": "application/json",
            "accept": "text/event-stream",
            "accept-language": locale,
        }
        if credential is not None:
            headers["authorization"] = f"Bearer {credential}"
        body = orjson.dumps({"query": query, "variables": dict(variables or {})})
        answers = Answers(body)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None,
        }
        serving = asyncio.create_task(self.app(scope, answers.receive, answers.send))
        try:
            yield answers
        finally:
            answers.leave()
            await serving

    def token_of(self, actor: Actor) -> str:
        """A token that the application under test takes for this actor."""
        for token, known in self._actors.items():
            if known is actor:
                return token
        token = f"{ACTOR_TOKEN}{uuid4().hex}"
        self._actors[token] = actor
        return token


class Answers:
    """The client's end of one stream of answers."""

    def __init__(self, body: bytes) -> None:
        self._requests: asyncio.Queue[Message] = asyncio.Queue()
        self._requests.put_nowait({"type": "http.request", "body": body})
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def next(self, seconds: float = 10.0) -> dict[str, Any]:
        """The next answer; TimeoutError if none comes."""
        return await asyncio.wait_for(self._answers.get(), seconds)

    def leave(self) -> None:
        """Close the connection."""
        self._requests.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """What the server hears."""
        return await self._requests.get()

    async def send(self, message: Message) -> None:
        """What the server says."""
        kind, _, content = message.get("body", b"").partition(b"\ndata:")
        if kind == b"event: next":
            self._answers.put_nowait(orjson.loads(content))
