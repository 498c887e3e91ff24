"""Migrations: ``kvartal db make``, ``migrate`` and ``check``, by aerich, one chain per plugin.

Of partial indexes, CHECKs, trigram indexes and functions aerich knows nothing: they are written by
hand into the file that ``make`` wrote, or into one of ``make(…, empty=True)``. A file with
``RUN_IN_TRANSACTION = False`` (for ``CREATE INDEX CONCURRENTLY``) holds a single statement.
Chains run one after the other, the host's first, and only forward.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from aerich import Command
from aerich.migrate import Migrate
from aerich.utils import import_py_module
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException

from kvartal.db.chain import (
    Chain,
    Change,
    MigrationError,
    State,
    difference,
    files,
    present_state,
    written_state,
)
from kvartal.db.connection import ALIAS, DatabaseError, opened

__all__ = ["Chain", "MigrationError", "check", "make", "migrate", "pending"]

Config = dict[str, Any]

LOCK = 0x6B76617274616C  # "kvartal"; advisory locks are per database
LOCK_POLL_SECONDS = 0.2
APPLIED_TABLE = """
    CREATE TABLE IF NOT EXISTS aerich (
        id SERIAL NOT NULL PRIMARY KEY,
        version VARCHAR(255) NOT NULL,
        app VARCHAR(100) NOT NULL,
        content JSONB NOT NULL,
        UNIQUE (app, version)
    )
"""


async def make(
    config: Config, chains: Sequence[Chain], app: str, name: str, *, empty: bool = False
) -> Path | None:
    """Write the app's next migration from its models; None if they have not changed.

    A field that went while one of the same type came is taken for a renamed one. ``empty``: a
    file to be written by hand, failing until it is; the state of the models stays as it was.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        raise MigrationError(f"{name!r} is no name: small Latin letters, digits and underscores")
    chain = next((each for each in chains if each.app == app), None)
    if chain is None:
        raise MigrationError(f"There is no app {app!r}")
    async with _described(config):
        before = written_state(chain)
        if empty:
            return _write(chain, name, Change([], []), before)
        after = present_state(app)
        change = difference(chain, chains, before, after)
        return _write(chain, name, change, after) if change else None


async def check(config: Config, chains: Sequence[Chain]) -> list[str]:
    """What is wrong with the migrations, a sentence each; nothing is written."""
    if faults := [fault for chain in chains for fault in _faulty_files(chain)]:
        return faults  # without states there is nothing to compare with
    async with _described(config):
        return [fault for chain in chains for fault in _unmigrated(chain, chains)]


async def pending(config: Config, chains: Sequence[Chain]) -> list[str]:
    """The migrations that the database has not seen yet: ``app/0001_name``, in their order."""
    async with _connected(config) as connection:
        return await _pending(connection, chains)


async def migrate(config: Config, chains: Sequence[Chain]) -> list[str]:
    """Bring the database up to date; what was applied. Others who try meanwhile wait."""
    async with _connected(config) as connection:
        if not await _pending(connection, chains):
            return []
        # Not pg_advisory_lock: a statement that waits holds a snapshot, and CREATE INDEX
        # CONCURRENTLY of him who has the lock would wait for it for ever. Closing unlocks.
        try_lock = "SELECT pg_try_advisory_lock($1)"
        while not await connection.fetchval(try_lock, LOCK):  # noqa: ASYNC110 -- no event of ours
            await asyncio.sleep(LOCK_POLL_SECONDS)
        await connection.execute(APPLIED_TABLE)
        async with opened(_migrating(config), everywhere=False):
            applied: list[str] = []
            for chain in chains:
                applied += await _upgrade(connection, chain)
    return applied


async def _upgrade(connection: Any, chain: Chain) -> list[str]:
    command = Command({"apps": {chain.app: {"default_connection": ALIAS}}}, app=chain.app)
    # upgrade() reads it before its first await: no other task can come between.
    Migrate.migrate_location = chain.directory
    try:
        return [f"{chain.app}/{Path(each).stem}" for each in await command.upgrade()]
    except (BaseORMException, asyncpg.PostgresError) as error:
        [culprit, *_] = await _pending(connection, [chain])
        raise MigrationError(f"{culprit} has failed: {error}") from error


def _migrating(config: Config) -> Config:
    """The same database with nothing but aerich's table, and no limit to a statement's time."""
    connection = config["connections"][ALIAS]
    credentials = connection["credentials"]
    settings = {**credentials.get("server_settings", {}), "statement_timeout": "0"}
    credentials = {**credentials, "server_settings": settings}
    return {
        **config,
        "connections": {ALIAS: {**connection, "credentials": credentials}},
        "apps": {"kvartal": {"models": ["aerich.models"], "default_connection": ALIAS}},
    }


@asynccontextmanager
async def _connected(config: Config) -> AsyncIterator[Any]:
    credentials = config["connections"][ALIAS]["credentials"]
    address = {key: credentials[key] for key in ("host", "port", "user", "password", "database")}
    try:
        connection = await asyncpg.connect(**address, timeout=30)
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseError(f"PostgreSQL does not answer at DATABASE_URL: {error}") from None
    try:
        yield connection
    finally:
        await connection.close()


async def _pending(connection: Any, chains: Sequence[Chain]) -> list[str]:
    seen: set[tuple[str, str]] = set()
    if await connection.fetchval("SELECT to_regclass('aerich')"):
        seen = {tuple(row) for row in await connection.fetch("SELECT app, version FROM aerich")}
    return [
        f"{chain.app}/{module.name}"
        for chain in chains
        for module in files(chain)
        if (chain.app, f"{module.name}.py") not in seen
    ]


@asynccontextmanager
async def _described(config: Config) -> AsyncIterator[None]:
    """The models with their relations resolved; no connection is made."""
    context = TortoiseContext()
    with context:
        await context.init(config=config)
        try:
            yield
        finally:
            await context.close_connections()


def _write(chain: Chain, name: str, change: Change, state: State) -> Path:
    number = 1 + max((_number(each) for each in _names(chain)), default=0)
    chain.directory.mkdir(exist_ok=True)
    (chain.directory / "__init__.py").touch()
    path = chain.directory / f"{number:04}_{name}.py"
    path.write_text(Migrate.build_migration_file_text(change.sql(), state), encoding="utf-8")
    return path


def _names(chain: Chain) -> list[str]:
    return [each.name for each in files(chain)]


def _number(name: str) -> int:
    return int(name.split("_")[0])


def _faulty_files(chain: Chain) -> list[str]:
    numbers = Counter(_number(name) for name in _names(chain))
    twice = [
        f"{chain.app}: two migrations have number {n}" for n, times in numbers.items() if times > 1
    ]
    stateless = [
        f"{chain.app}/{each.name} has no MODELS_STATE: make one with --empty and edit it"
        for each in files(chain)
        if not hasattr(import_py_module(each), "MODELS_STATE")
    ]
    return twice + stateless


def _unmigrated(chain: Chain, chains: Sequence[Chain]) -> list[str]:
    try:
        change = difference(chain, chains, written_state(chain), present_state(chain.app))
    except MigrationError as error:
        return [str(error)]
    if not change:
        return []
    first = next(iter(change.statements + change.notes)).splitlines()[0]
    return [f"{chain.app}: the models have no migration for: {first} …"]
