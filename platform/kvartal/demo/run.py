"""``kvartal demo``: the servers, the data and the processes in one terminal, until Ctrl-C."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from time import sleep
from typing import Protocol

import asyncpg
from tortoise.exceptions import BaseORMException

from kvartal import clock, sealing
from kvartal.db import migrations
from kvartal.db.connection import opened
from kvartal.demo import seed as data
from kvartal.demo.beside import DemoServer
from kvartal.demo.greeting import greeting
from kvartal.demo.options import (
    DemoError,
    GivenServers,
    demo_settings,
    environment_of,
    free_port,
    offset_to,
    refuse_silent_redis,
)
from kvartal.demo.places import TIMEZONE
from kvartal.demo.processes import running, wait_until_ready
from kvartal.demo.state import DemoState
from kvartal.embedded import EmbeddedPostgres, EmbeddedValkey
from kvartal.host import Host, load_host
from kvartal.logs import configure_logs
from kvartal.mail.mailbox import Mailbox
from kvartal.supervised import SupervisedServer

__all__ = ["run_demo"]

LEAST_FREE = 1024 * 1024


class Watched(Protocol):
    """What the demo consists of: it raises once it has ended by itself."""

    def check(self) -> None:
        """Raise if it has ended."""


def run_demo(*, fresh: bool = False, port: int = 8000, date: str | None = None) -> int:
    """Run the demo until Ctrl-C; ``date``: the day on which it lives, kept for later starts."""
    given = GivenServers()
    if fresh and given.database_url is not None:
        raise DemoError(
            "--fresh deletes the demo's own data, never a database given by DATABASE_URL:"
            " empty that one yourself, or unset DATABASE_URL."
        )
    offset = offset_to(date) if date is not None else None
    port = free_port(port)
    state = DemoState(given.demo_dir.absolute())
    with _stoppable(), _explained(state.root):
        state.open()
        if fresh:
            state.forget()
        _run(state, given, port, state.clock_offset(offset), fresh=fresh)
    return 0


def _run(state: DemoState, given: GivenServers, port: int, offset: int, *, fresh: bool) -> None:
    token = state.integrator_token()
    with contextlib.ExitStack() as stack:
        _say("Starting PostgreSQL and Valkey…")
        servers = _servers(state.root, given)
        for server in servers:
            stack.enter_context(server)
        urls = {server.title: server.url for server in servers}
        if given.redis_url is not None:
            refuse_silent_redis(given.redis_url)
        settings = demo_settings(
            database_url=given.database_url or urls[EmbeddedPostgres.title],
            redis_url=given.redis_url or urls[EmbeddedValkey.title],
            secret_key=state.secret_key(),
            port=port,
            offset=offset,
        )
        configure_logs(settings.model_copy(update={"log_level": "WARNING"}))
        host = load_host(settings)
        made_at = asyncio.run(_prepare(host, token))
        beside = data.servers(host.registry, state.root)
        _enter_beside(stack, beside, fresh=fresh)
        asyncio.run(_prepare_beside(host, beside))
        _say("Starting web, worker and scheduler…")
        own = environment_of(settings) | {
            name: value for each in beside for name, value in each.settings.items()
        }
        processes = stack.enter_context(running(own, state.log))
        wait_until_ready(processes, port)
        for line in _greeting(host, state, token, made_at, beside):
            _say(line)
        _watch([*servers, *(each.server for each in beside), *processes])


def _servers(root: Path, given: GivenServers) -> list[SupervisedServer]:
    servers: list[SupervisedServer] = []
    if given.database_url is None:
        servers.append(EmbeddedPostgres(root / "postgres"))
    if given.redis_url is None:
        servers.append(EmbeddedValkey(root / "valkey"))
    return servers


async def _prepare(host: Host, token: str) -> datetime:
    """Bring the database up to date and fill it if it is empty; when it was filled."""
    async with opened(host.tortoise, everywhere=False):
        await data.refuse_foreign()
    if await migrations.pending(host.tortoise, host.registry.chains):
        _say("Creating the tables…")
        await migrations.migrate(host.tortoise, host.registry.chains)
    async with opened(host.tortoise, everywhere=False):
        if await data.seeded_at() is None:
            _say("Making the demo data…")
        made_at = await data.seed(host.registry, token)
        await data.prepare_sign_ins(token)
    return made_at


def _enter_beside(
    stack: contextlib.ExitStack, beside: Sequence[DemoServer], *, fresh: bool
) -> None:
    """Start what plugins have beside the product, until the demo ends."""
    for each in beside:
        if fresh:
            each.server.forget()
        stack.enter_context(each.server)


async def _prepare_beside(host: Host, beside: Sequence[DemoServer]) -> None:
    """Let the data know of what plugins have beside the product."""
    sealing.configure(host.settings)
    async with opened(host.tortoise, everywhere=False):
        for each in beside:
            await each.prepare()


def _greeting(
    host: Host, state: DemoState, token: str, made_at: datetime, beside: Sequence[DemoServer]
) -> Iterator[str]:
    zone = clock.timezone(TIMEZONE)
    return greeting(
        port=host.settings.port,
        token=token,
        token_permissions=data.integrator_permissions(host.registry),
        journey=data.journey(host.registry),
        today=clock.today(TIMEZONE),
        made_on=made_at.astimezone(zone).date(),
        root=state.root,
        shows_mail=Mailbox.of(host.settings).is_kept,
        beside=beside,
    )


def _watch(parts: Sequence[Watched]) -> None:
    """Wait for Ctrl-C; raise if a part ends before."""
    try:
        while True:
            for part in parts:
                part.check()
            sleep(0.3)
    except KeyboardInterrupt:
        _say("Stopping…")


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, even where the shell had the process ignore Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def _explained(root: Path) -> Iterator[None]:
    """Say in one sentence what the disk or the database refuses."""
    try:
        yield
    except OSError as error:
        if _is_full(root, error):
            raise DemoError(_full(root)) from error
        raise DemoError(f"The demo cannot use {root}: {error.strerror or error}.") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException) as error:
        if _is_full(root, error):
            raise DemoError(_full(root)) from error
        raise DemoError(f"The demo's data could not be written: {error}.") from error


def _is_full(root: Path, error: Exception) -> bool:
    if os.strerror(errno.ENOSPC) in str(error):
        return True
    existing = next(each for each in (root, *root.parents) if each.exists())
    return disk_usage(existing).free < LEAST_FREE


def _full(root: Path) -> str:
    return f"The disk that holds {root} is full: free some space and start again."


def _say(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    # A terminal of another alphabet shows question marks rather than a traceback.
    print(line.encode(encoding, "replace").decode(encoding), flush=True)  # noqa: T201 -- it speaks
