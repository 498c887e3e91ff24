"""Notices arrive though their worker is killed: once, or twice where the log says that they may have.

Over a real mail server and a local service that speaks FCM, with real workers and schedulers.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess, free_port
from kvartal.testing.watch import until
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.preferences.models import NotificationPolicy
from kvartal_notifications.sources.kinds import KINDS
from kvartal_notifications.testing.factories import a_delivery, a_notice
from kvartal_notifications.testing.fcm import FcmService, fcm_error, fcm_service
from kvartal_notifications.testing.push import an_fcm_device, push_settings

pytestmark = pytest.mark.committed

PUSHES = 70  # more than a batch


class Letters:
    """What the mail server was given, by address."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.taken.update(envelope.rcpt_tos)
        return "250 OK"


@dataclass
class Stage:
    """An organization that tells people, and the processes that carry its notices."""

    own: Committed
    organization: Organization
    fcm: FcmService
    letters: Letters
    workers: list[KvartalProcess] = field(default_factory=list)
    schedulers: list[KvartalProcess] = field(default_factory=list)

    async def start(self) -> None:
        """Start all processes, together."""
        for process in (*self.workers, *self.schedulers):
            await process.start()
        for process in (*self.workers, *self.schedulers):
            await process.started(f"{process.command}.started")

    async def pushes(self, number: int) -> None:
        """So many people, each with a device and a push that is due."""
        for place in range(number):
            user = await a_user()
            device = await an_fcm_device(user, f"token-{place}")
            notice = await a_notice(self.organization, user, KINDS[0])
            await a_delivery(notice, NotificationChannel.PUSH, device=device)

    async def mails(self, number: int) -> None:
        """So many people, each with a letter that is due."""
        for place in range(number):
            user = await a_user(email=f"person-{place}@example.org")
            await a_delivery(await a_notice(self.organization, user, KINDS[0]))

    async def carry(self) -> None:
        """Say that something is due."""
        async with unit_of_work():
            from_now = DeliveriesDue(at=clock.now())
            _emit(from_now)

    async def kill_and_make_up(self) -> None:
        """Kill -9; the leases of the dead run out, and the next worker is told."""
        [worker] = self.workers
        await worker.kill()
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        await self.make_due()
        await worker.start()
        await self.carry()

    async def make_due(self) -> None:
        """Time passes: what waits is due."""
        await execute(
            "UPDATE notifications_delivery SET due_at = $1 WHERE status = 'PENDING'", clock.now()
        )
        await execute(
            "UPDATE kvartal_delivery SET due_at = $1, locked_until = NULL WHERE done_at IS NULL",
            clock.now(),
        )

    @property
    def arrived(self) -> Counter[str]:
        """How often each device was told."""
        return Counter(each["token"] for each in self.fcm.sent)


async def count(condition: str) -> int:
    [row] = await fetch(
        f"SELECT count(*) AS found FROM notifications_delivery WHERE {condition}"  # noqa: S608 -- a test's own
    )
    return int(row["found"])
