"""Notices arrive though their worker is killed: once, or twice where the log has its doubts.

Over a real mail server and a local service that speaks FCM, with real workers and schedulers.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess, free_port
from kvartal.testing.watch import until
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.preferences.models import NotificationPolicy
from kvartal_notifications.sources.kinds import WINDOW_OPENED
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
            notice = await a_notice(self.organization, user, WINDOW_OPENED)
            await a_delivery(notice, NotificationChannel.PUSH, device=device)

    async def mails(self, number: int) -> None:
        """So many people, each with a letter that is due."""
        for place in range(number):
            user = await a_user(email=f"person-{place}@example.org")
            await a_delivery(await a_notice(self.organization, user, WINDOW_OPENED))

    async def carry(self) -> None:
        """Say that something is due."""
        async with unit_of_work():
            emit(DeliveriesDue(at=clock.now()))

    async def kill_and_make_up(self) -> None:
        """Kill -9; the leases of the dead run out, and the next worker is told."""
        [worker] = self.workers
        await worker.kill()
        await self.give_up_waiting()
        await self.make_due()
        await worker.start()
        await self.carry()

    async def give_up_waiting(self) -> None:
        """What the dead had asked of the database is not done after their death."""
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )

    async def make_due(self) -> None:
        """Time passes: what waits is due."""
        await execute(
            "UPDATE notifications_delivery SET due_at = $1 WHERE status = 'PENDING'", clock.now()
        )
        await execute(
            "UPDATE kvartal_delivery SET due_at = $1, locked_until = NULL WHERE done_at IS NULL",
            clock.now(),
        )

    @asynccontextmanager
    async def holding(self, table: str, mode: str) -> AsyncIterator[None]:
        """Keep a table to ourselves: whoever comes to it waits."""
        url = self.own.host.settings.database_url.get_secret_value()
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
                yield
        finally:
            await connection.close()

    @property
    def arrived(self) -> Counter[str]:
        """How often each device was told."""
        return Counter(each["token"] for each in self.fcm.sent)


async def count(condition: str) -> int:
    [row] = await fetch(f"SELECT count(*) AS found FROM notifications_delivery WHERE {condition}")
    return int(row["found"])


async def all_sent() -> bool:
    return await count("status <> 'SENT'") == 0


@pytest.fixture
async def stage(
    committed: Callable[..., AbstractAsyncContextManager[Committed]], tmp_path: Path
) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(committed())
        fcm = stack.enter_context(fcm_service())
        letters, port = Letters(), free_port()
        mail_server = Controller(letters, hostname="127.0.0.1", port=port)
        mail_server.start()
        stack.callback(mail_server.stop)
        given = push_settings(tmp_path, fcm=fcm)
        environment = {
            **own.environment,
            "KVARTAL_MAIL_URL": f"smtp+plain://127.0.0.1:{port}",
            **{f"KVARTAL_NOTIFICATIONS_{name.upper()}": value for name, value in given.items()},
        }
        organization = await an_organization()
        # The journeys are made by day and by night.
        await NotificationPolicy.create(organization=organization, quiet_from=0, quiet_until=0)

        def processes(command: str) -> list[KvartalProcess]:
            made = [
                KvartalProcess(command, environment, tmp_path / f"{command}-{number}.log")
                for number in (1, 2)
            ]
            for each in made:
                stack.push_async_callback(each.kill)
            return made

        yield Stage(own, organization, fcm, letters, processes("worker"), processes("scheduler"))


async def alone(stage: Stage) -> None:
    """One worker and one scheduler, not started yet, and pushes that are due."""
    del stage.workers[1:], stage.schedulers[1:]
    await stage.pushes(PUSHES)


async def test_killed_before_a_batch_has_begun_nothing_arrives_twice(stage: Stage) -> None:
    await alone(stage)
    async with stage.holding("notifications_device", "ACCESS EXCLUSIVE"):
        await stage.start()
        await until(lambda: count("due_at > now() + interval '1 minute'"), 30)
        assert await count("started_at IS NOT NULL") == 0
        await stage.kill_and_make_up()

    await until(all_sent, 60)

    assert sorted(stage.arrived.values()) == [1] * PUSHES
    assert await count("unknown_attempts > 0") == 0


async def test_killed_before_it_has_sent_nothing_arrives_twice_and_the_log_has_a_doubt(
    stage: Stage,
) -> None:
    await alone(stage)
    stage.fcm.token_script.delay = 5  # without a token nothing is sent
    await stage.start()
    await until(lambda: count("started_at IS NOT NULL"), 30)
    await stage.kill_and_make_up()
    stage.fcm.token_script.delay = 0

    await until(all_sent, 60)

    assert sorted(stage.arrived.values()) == [1] * PUSHES
    assert await count("unknown_attempts = 1") >= 1
    assert await count("attempts = 1 + unknown_attempts") == PUSHES


async def test_killed_before_it_has_noted_what_arrives_twice_is_in_doubt(stage: Stage) -> None:
    await alone(stage)
    stage.fcm.script.delay = 1

    async def are_under_way() -> bool:
        return stage.fcm.asked >= 50

    await stage.start()
    await until(are_under_way, 30)
    await stage.kill_and_make_up()
    stage.fcm.script.delay = 0

    await until(all_sent, 60)

    often = Counter(stage.arrived.values())
    assert often.keys() <= {1, 2}
    assert often.total() == PUSHES
    assert 0 < often[2] <= await count("unknown_attempts = 1")
    assert len(stage.fcm.shown) == PUSHES  # the second stands in the place of the first


async def test_killed_while_it_notes_what_arrives_twice_is_in_doubt(stage: Stage) -> None:
    await alone(stage)
    stage.fcm.script.delay = 1

    async def have_arrived() -> bool:
        return len(stage.fcm.sent) >= 20

    async def waits_to_note() -> bool:
        rows = await fetch(
            "SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%sent_at%'"
        )
        return len(rows) == 1

    await stage.start()
    await until(lambda: count("started_at IS NOT NULL"), 30)
    async with stage.holding("notifications_delivery", "SHARE"):
        await until(have_arrived, 30)
        await until(waits_to_note, 30)
        [worker] = stage.workers
        await worker.kill()
        await stage.give_up_waiting()
    await stage.kill_and_make_up()
    stage.fcm.script.delay = 0

    await until(all_sent, 60)

    often = Counter(stage.arrived.values())
    assert often.keys() <= {1, 2}
    assert often.total() == PUSHES
    assert 0 < often[2] <= await count("unknown_attempts = 1")
    assert len(stage.fcm.shown) == PUSHES


async def test_killed_twice_with_the_same_it_is_given_up_and_the_log_says_why(
    stage: Stage,
) -> None:
    await alone(stage)
    stage.fcm.script.delay = 1
    await stage.start()
    for asked in (50, 100):

        async def are_under_way(asked: int = asked) -> bool:
            return stage.fcm.asked >= asked

        await until(are_under_way, 60)
        await stage.kill_and_make_up()
    stage.fcm.script.delay = 0

    async def none_waits() -> bool:
        return await count("status = 'PENDING'") == 0

    await until(none_waits, 60)

    given_up = await count("status = 'FAILED'")
    # Two batches of fifty out of seventy have at least thirty in common.
    assert given_up >= 2 * 50 - PUSHES
    assert await count("status = 'FAILED' AND problem = 'OUTCOME_UNKNOWN'") == given_up
    assert await count("status = 'FAILED' AND unknown_attempts = 2 AND attempts = 2") == given_up
    assert await count("status = 'SENT'") == PUSHES - given_up
    assert len(stage.arrived) == PUSHES
    assert max(stage.arrived.values()) == 2


async def test_two_workers_and_two_schedulers_send_nothing_twice(stage: Stage) -> None:
    await stage.pushes(200)
    await stage.mails(40)
    await stage.start()
    for _ in range(8):
        await stage.carry()

    await until(all_sent, 60)

    assert Counter(stage.arrived.values()) == {1: 200}
    assert Counter(stage.letters.taken.values()) == {1: 40}
    assert await count("attempts <> 1 OR unknown_attempts > 0") == 0


async def test_what_a_busy_service_does_not_take_arrives_once_all_the_same(stage: Stage) -> None:
    await alone(stage)
    stage.fcm.script.replies = [
        fcm_error(429, "QUOTA_EXCEEDED", retry_after="1"),
        fcm_error(503, "UNAVAILABLE"),
        fcm_error(500, "INTERNAL"),
    ]

    async def all_sent_in_time() -> bool:
        if await all_sent():
            return True
        await asyncio.sleep(2)  # longer than the service asks for
        # Some minutes pass, less than a lease.
        await execute(
            "UPDATE notifications_delivery SET due_at = $1 WHERE status = 'PENDING'"
            " AND started_at IS NULL AND due_at BETWEEN $1 AND $2",
            clock.now(),
            clock.now() + timedelta(minutes=10),
        )
        await stage.carry()
        return False

    await stage.start()
    await until(all_sent_in_time, 60)

    assert Counter(stage.arrived.values()) == {1: PUSHES}
    assert await count("unknown_attempts > 0") == 0
    assert await count("attempts > 1") >= 3
