"""A resident submits readings: the employee is told, in the inbox and by a letter, once.

With a real worker, scheduler and mail server; and with a worker that is killed before it has heard
of it, and again with the letter in its hands.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kvartal.auth.actor import Actor
from kvartal.auth.models import EmployeeRole
from kvartal.db.connection import execute, fetch_one
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_user, actor_of, an_employee
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess, free_port
from kvartal.testing.watch import until
from kvartal_meters.meters.models import Meter
from kvartal_meters.testing import Home, a_home, a_meter
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.sources.kinds import READINGS_SUBMITTED
from kvartal_notifications.testing.factories import a_tick

pytestmark = pytest.mark.committed

EMAIL = "accounts@uk.example"
TITLE = "Поданы показания ИПУ"
TEXT = "г. Казань, ул. Лесная, 5, кв. 15\n\nЖитель передал показания 2 счетчиков."
SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id } errors { code } }
}
"""
INBOX = "{ unreadNotifications notifications { nodes { title text subjectId } } }"


class MailServer:
    """What a mail server was given; unless it ``answers``, it takes letters and says nothing."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str]] = []
        self.answers, self.is_holding = threading.Event(), threading.Event()
        self.answers.set()

    async def handle_DATA(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if not self.answers.is_set():
            self.is_holding.set()
            await asyncio.to_thread(self.answers.wait)
            return "451 Nobody waits any more"
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        body = letter.get_body()
        assert body is not None
        text = body.get_content().replace("\r\n", "\n")
        self.letters.extend((to, str(letter["Subject"]), text) for to in envelope.rcpt_tos)
        return "250 OK"


@dataclass
class Stage:
    """A home with two meters, an employee who wants to know, and the processes."""

    own: Committed
    home: Home
    meters: list[Meter]
    employee: Actor
    mail: MailServer
    worker: KvartalProcess

    async def submit(self, value: str) -> None:
        """The resident submits readings of both meters at once."""
        ids = [encode_id("Meter", each.id) for each in self.meters]
        entries = [{"meterId": each, "values": [value]} for each in ids]
        premise_id = encode_id("Premise", self.home.premise.id)
        answer = await self.own.client(
            SUBMIT,
            {"input": {"premiseId": premise_id, "readings": entries}},
            actor=self.home.resident,
        )
        payload = answer["data"]["submitReadings"]
        assert (payload["errors"], len(payload["readings"])) == ([], 2)

    async def inbox(self) -> Any:
        return (await self.own.client(INBOX, actor=self.employee))["data"]

    async def is_told(self) -> bool:
        return bool((await self.inbox())["unreadNotifications"])

    async def is_carried(self) -> bool:
        """Somebody was told, and nothing waits to be carried any more."""
        row = await fetch_one(
            "SELECT EXISTS (SELECT FROM notifications_notification) AND NOT EXISTS (SELECT FROM"
            " notifications_delivery WHERE status = 'PENDING') AS is_done"
        )
        return row is not None and bool(row["is_done"])

    async def forget_the_dead(self) -> None:
        """Minutes pass: what the killed worker held is anybody's."""
        await execute(
            "UPDATE kvartal_delivery SET due_at = now(), locked_until = NULL WHERE done_at IS NULL"
        )
        await execute(
            "UPDATE notifications_delivery SET due_at = now() - interval '1 second'"
            " WHERE status = 'PENDING'"
        )

    async def expect_once(self) -> None:
        """One notice in the inbox, one letter."""
        await until(self.is_carried, 90)
        assert await self.inbox() == {
            "unreadNotifications": 1,
            "notifications": {
                "nodes": [
                    {
                        "title": TITLE,
                        "text": TEXT,
                        "subjectId": encode_id("Premise", self.home.premise.id),
                    }
                ]
            },
        }
        assert await Notification.all().count() == 1
        [(to, subject, text)] = self.mail.letters
        assert (to, subject) == (EMAIL, TITLE)
        assert text.startswith(TEXT)


@pytest.fixture
def mail() -> Iterator[tuple[MailServer, int]]:
    made, port = MailServer(), free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    made.answers.set()
    controller.stop()


@pytest.fixture
async def stage(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    mail: tuple[MailServer, int],
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(committed())
        environment = {
            **own.environment,
            "KVARTAL_MAIL_URL": f"smtp+plain://127.0.0.1:{mail[1]}",
        }
        home = await a_home(days=None)
        second = await a_meter(premise=home.premise, account=home.account)
        employee = await an_employee(
            home.organization,
            permissions=[READINGS_SUBMITTED.permission or ""],
            user=await a_user(email=EMAIL),
        )
        role = await (await EmployeeRole.get(employee_id=employee.id)).role
        for channel in (NotificationChannel.IN_APP, NotificationChannel.EMAIL):
            await a_tick(role, READINGS_SUBMITTED, channel)
        processes = []
        for command in ("worker", "scheduler"):
            process = KvartalProcess(command, environment, tmp_path / f"{command}.log")
            stack.push_async_callback(process.kill)
            await process.start()
            processes.append(process)
        for process in processes:
            await process.started(f"{process.command}.started")
        yield Stage(
            own=own,
            home=home,
            meters=[home.meter, second],
            employee=await actor_of(employee),
            mail=mail[0],
            worker=processes[0],
        )


async def test_an_employee_is_told_of_a_residents_submission_once(stage: Stage) -> None:
    await stage.submit("7")

    await stage.expect_once()

    delivery = await NotificationDelivery.get()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SENT, 1)


async def test_a_worker_killed_at_each_step_is_made_up_for(stage: Stage) -> None:
    # Before it has heard of it.
    await stage.worker.kill()
    await stage.submit("7")
    assert not await stage.is_told()

    # With the letter in its hands: whether it has arrived, nobody can know.
    stage.mail.answers.clear()
    await stage.worker.start()
    await stage.forget_the_dead()
    await until(stage.is_told, 60)
    assert await asyncio.to_thread(stage.mail.is_holding.wait, 90)
    await stage.worker.kill()
    stage.mail.answers.set()
    assert stage.mail.letters == []

    await stage.forget_the_dead()
    await stage.worker.start()
    await stage.expect_once()

    delivery = await NotificationDelivery.get()
    assert delivery.status is DeliveryStatus.SENT
    assert (delivery.attempts, delivery.unknown_attempts) == (2, 1)
