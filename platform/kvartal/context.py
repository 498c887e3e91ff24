"""What a resolver gets as ``info.context``: one per operation, never one per connection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from strawberry.types import Info as StrawberryInfo

from kvartal.auth.actor import ANONYMOUS, Actor

if TYPE_CHECKING:
    from kvartal.graphql.loader import Loader
    from kvartal.settings import Settings

__all__ = ["Context", "Info"]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True, kw_only=True)
class Context:
    """The actor, the language, the request id, and the loaders of one operation."""

    actor: Actor = ANONYMOUS
    locale: str = "ru"
    request_id: str = "-"
    remote_address: str | None = None
    user_agent: str | None = None
    idempotency_key: str | None = None
    refused: bool = False  # a mutation of the operation has done nothing, and said why
    settings: "Settings | None" = None
    # Of a shared subscription: tells an event at once, if nothing has to be asked for it.
    tell_at_once: Callable[[object], bool] = lambda _: False
    loaders: "dict[type[Loader[Any, Any]], Loader[Any, Any]]" = field(default_factory=dict)

    async def load(self, kind: "type[Loader[K, V]]", key: K) -> V:
        """One value through the operation's loader of that class, batched with its neighbours."""
        return await self._loader(kind).load(key)

    async def load_many(self, kind: "type[Loader[K, V]]", keys: Sequence[K]) -> list[V]:
        """Several values through the operation's loader of that class."""
        return await self._loader(kind).load_many(keys)

    def _loader(self, kind: "type[Loader[K, V]]") -> "Loader[K, V]":
        loader = self.loaders.get(kind)
        if loader is None:
            loader = self.loaders[kind] = kind(self)
        return loader


Info = StrawberryInfo[Context, None]
