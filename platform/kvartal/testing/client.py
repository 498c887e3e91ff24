"""A GraphQL client of the application under test, over its real HTTP endpoint."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette

from kvartal.auth.actor import Actor

__all__ = ["ACTOR_TOKEN", "GraphQLClient"]

ACTOR_TOKEN = "test-actor-"  # noqa: S105 -- a prefix, no secret


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

    def token_of(self, actor: Actor) -> str:
        """A token that the application under test takes for this actor."""
        for token, known in self._actors.items():
            if known is actor:
                return token
        token = f"{ACTOR_TOKEN}{uuid4().hex}"
        self._actors[token] = actor
        return token
