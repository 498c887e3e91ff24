"""The base of every table: UUIDv7 key, times in UTC, a version for concurrent edits."""

import secrets
import time
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from kvartal import clock

__all__ = ["Row", "VersionedRow", "link", "uuid7"]


def uuid7() -> UUID:
    """A new time-ordered id (RFC 9562); the standard library has one from Python 3.14 only."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76
    value |= secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


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
