"""The connection to PostgreSQL: the only place that initialises Tortoise."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError, DBConnectionError

from kvartal.errors import KvartalError

__all__ = [
    "DatabaseError",
    "PoolUse",
    "Record",
    "current",
    "execute",
    "fetch",
    "fetch_one",
    "opened",
    "pool_use",
]

ALIAS = "default"

Record = Mapping[str, Any]


class DatabaseError(KvartalError):
    """The database cannot be used as it is; the text says what to do."""


class Connection(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """A pooled connection without the reset query: nothing of ours leaves session state behind.

    It saves a round trip per release. The price: no plain ``SET`` and no session advisory lock.
    """

    def get_reset_query(self) -> str:
        """Nothing to reset; an open transaction is rolled back all the same."""
        return ""


def tortoise_config(
    url: str, apps: Mapping[str, Sequence[str]], *, pool_size: int, statement_timeout_ms: int
) -> dict[str, Any]:
    """Tortoise's configuration: one connection, an app per plugin, times in UTC."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise DatabaseError("DATABASE_URL must look like postgres://user:password@host/database")
    credentials = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.strip("/")),
        "minsize": 1,
        "maxsize": pool_size,
        "connection_class": Connection,
        # A statement is planned anew until its sixth call: forgotten after some minutes, it would
        # be planned at nearly every call of a quiet hour.
        "max_cached_statement_lifetime": 0,
        "server_settings": {
            "statement_timeout": str(statement_timeout_ms),
            "application_name": "kvartal",
            "timezone": "UTC",
        },
    }
    return {
        "connections": {ALIAS: {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {
            name: {"models": list(models), "default_connection": ALIAS}
            for name, models in apps.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def opened(config: dict[str, Any], *, everywhere: bool = True) -> AsyncIterator[None]:
    """Open the database and close it again.

    ``everywhere``: for all tasks of this process; else for the present task and those it starts.
    """
    context = TortoiseContext()
    with context:  # the models look it up while it is being made
        await context.init(config=config, _enable_global_fallback=everywhere)
    with nullcontext() if everywhere else context:
        try:
            await _refuse_unfit_database()
            yield
        finally:
            await context.close_connections()


async def _refuse_unfit_database() -> None:
    try:
        [row] = await fetch(
            "SELECT current_setting('server_version_num')::int AS version,"
            " lower('Ж') = 'ж' AS cyrillic"
        )
    except (OSError, asyncpg.PostgresError, DBConnectionError) as error:
        raise DatabaseError(f"PostgreSQL does not answer at DATABASE_URL: {error}") from None
    if row["version"] < 150000:
        raise DatabaseError("Kvartal needs PostgreSQL 15 or newer")
    if not row["cyrillic"]:
        raise DatabaseError(
            "The database's character type knows no Cyrillic: create it with a UTF-8 locale, e.g."
            " CREATE DATABASE kvartal LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            " LC_CTYPE 'C.UTF-8' TEMPLATE template0"
        )


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How many connections are at work, open, and allowed."""

    in_use: int
    open: int
    most: int


def pool_use() -> PoolUse | None:
    """The use of this process's pool; None while the database is not open."""
    try:
        pool: asyncpg.Pool | None = getattr(current(), "_pool", None)
    except (ConfigurationError, RuntimeError):
        return None
    if pool is None:
        return None
    size = pool.get_size()
    return PoolUse(size - pool.get_idle_size(), size, pool.get_max_size())


def current() -> BaseDBAsyncClient:
    """The surrounding unit of work's connection, else the pool."""
    return Tortoise.get_connection(ALIAS)


async def fetch(sql: str, *args: Any) -> list[Record]:
    """All rows of one statement, in the surrounding unit of work if there is one."""
    async with current().acquire_connection() as connection:
        rows: list[Record] = await connection.fetch(sql, *args)
        return rows


async def fetch_one(sql: str, *args: Any) -> Record | None:
    """The first row of one statement, or None."""
    async with current().acquire_connection() as connection:
        row: Record | None = await connection.fetchrow(sql, *args)
        return row


async def execute(sql: str, *args: Any) -> str:
    """Run one statement; its command tag, e.g. ``UPDATE 3``."""
    async with current().acquire_connection() as connection:
        tag: str = await connection.execute(sql, *args)
        return tag
