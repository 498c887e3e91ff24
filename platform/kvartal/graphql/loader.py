"""Loaders: one batch per question and operation, for to-many relations and foreign fields."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from kvartal.context import Context

__all__ = ["Loader"]

K = TypeVar("K")
V = TypeVar("V")


class Loader(Generic[K, V]):
    """Base of loaders, named ``WhatByWhat``; one instance per operation."""

    def __init__(self, context: "Context") -> None:
        self.context = context
        self._loader: DataLoader[K, V] = DataLoader(load_fn=self._load)

    async def batch(self, keys: Sequence[K]) -> Mapping[K, V]:
        """The answers for all keys, by key; ``missing`` fills the gaps."""
        raise NotImplementedError(f"{type(self).__name__}.batch")

    def missing(self, key: K) -> V:
        """The answer for a key that the batch says nothing of."""
        raise KeyError(key)

    async def load(self, key: K) -> V:
        """One answer, batched with those asked for in the same turn of the loop."""
        return await self._loader.load(key)

    async def load_many(self, keys: Sequence[K]) -> list[V]:
        """Several answers in the order of the keys."""
        return await self._loader.load_many(keys)

    async def _load(self, keys: list[K]) -> Sequence[V | BaseException]:
        found = await self.batch(keys)
        return [found[key] if key in found else self._missing(key) for key in keys]

    def _missing(self, key: K) -> V | BaseException:
        try:
            return self.missing(key)
        except Exception as error:  # is this key's alone, not that of its neighbours in the batch
            return error
