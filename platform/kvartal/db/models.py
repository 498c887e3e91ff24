"""The base of every table: UUIDv7 key, times in UTC, a version for concurrent edits."""

import os
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from asyncpg.pgproto import pgproto
from tortoise import fields
from tortoise.models import Model

from kvartal import clock

__all__ = ["Row", "VersionedRow", "link", "uuid7", "uuid7s"]

_NOISE = 10  # bytes of randomness in an id
_PORTION = 64


def uuid7() -> UUID:
    """A new time-ordered id (RFC 9562); the standard library has one from Python 3.14 only."""
    return _uuid7(os.urandom(_NOISE))


def uuid7s() -> Iterator[UUID]:
    """New ids without end, for a call that needs many: the system gives randomness in portions.

    They are of the driver's own kind, as those that it reads: made, compared, and written quicker.
    """
    while True:
        noise = os.urandom(_PORTION * _NOISE)
        for start in range(0, len(noise), _NOISE):
            yield pgproto.UUID(_value7(noise[start : start + _NOISE]).to_bytes(16))


def _uuid7(noise: bytes) -> UUID:
    return UUID(int=_value7(noise))


def _value7(noise: bytes) -> int:
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | int.from_bytes(noise)
    value = value & ~(0xF << 76) | 0x7 << 76
    return value & ~(0b11 << 62) | 0b10 << 62


class Row(Model):
    """A table's row with its id and times."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    created_at = fields.DatetimeField(default=clock.now)
    updated_at = fields.DatetimeField(default=clock.now)

    class Meta:
        abstract = True

    async def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, moving ``updated_at``."""
        self.updated_at = clock.now()
        await super().save(*args, **kwargs)


class VersionedRow(Row):
    """A row that people edit: ``version`` grows with each change."""

    version = fields.IntField(default=1)

    class Meta:
        abstract = True


def link(to: str, name: str, *, null: bool = False, index: bool = True) -> Any:
    """A foreign key the way all of ours are: RESTRICT, with an index unless a key serves it."""
    options: dict[str, Any] = {"null": null, "db_index": index}
    return fields.ForeignKeyField(to, related_name=name, on_delete=fields.RESTRICT, **options)
