"""What starts the delivery, and what ends what is kept about it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from tests.kvartal_notifications.delivery.conftest import Way
from tests.kvartal_notifications.messages.sample import WINDOW

from kvartal.db.transaction import unit_of_work
from kvartal.testing.auth_factories import a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EnqueuedTasks
from kvartal_notifications.delivery.rules import Problem
from kvartal_notifications.delivery.tasks import (
    carry_at_once,
    deliver_due,
    deliver_now,
    sweep_notifications,
)
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.messages.models import (
    Notification,
    NotificationDelivery,
    SuppressedAddress,
)
from kvartal_notifications.sources.models import ReminderRun
from kvartal_notifications.sources.rules import ReminderKind
from kvartal_notifications.testing.factories import a_delivery, a_notice

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize("task", [deliver_now, deliver_due], ids=lambda task: task.name)
async def test_a_task_carries_what_is_due(task: object, way: Way, db: None) -> None:
    await a_delivery(
        await a_notice(await an_organization(), await a_user(email="maria@example.org"), WINDOW)
    )

    await task()  # type: ignore[operator] # a task without arguments

    assert len(way.messages) == 1


async def test_what_is_due_now_is_carried_at_once_and_what_falls_due_later_is_not(
    db: None, enqueued: EnqueuedTasks, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        async with unit_of_work():
            await carry_at_once(DeliveriesDue(at=NOW + timedelta(seconds=1)))
        assert enqueued.of(deliver_now) == []
        async with unit_of_work():
            await carry_at_once(DeliveriesDue(at=NOW))

    assert len(enqueued.of(deliver_now)) == 1


async def test_what_is_old_goes(db: None, frozen_clock: Freeze) -> None:
    organization, user = await an_organization(), await a_user(email="maria@example.org")
    for days, kept in ((181, False), (179, True)):
        with frozen_clock(NOW - timedelta(days=days)):
            await a_delivery(await a_notice(organization, user, WINDOW, occasion=str(kept)))
            await SuppressedAddress.create(email=f"{days}@example.org", problem=Problem.EXPIRED)
    for days in (61, 59):
        with frozen_clock(NOW - timedelta(days=days)):
            day = (NOW - timedelta(days=days)).date()
            await ReminderRun.create(
                kind=next(iter(ReminderKind)), timezone="Europe/Moscow", day=day
            )

    with frozen_clock(NOW):
        await sweep_notifications()

    assert [each.occasion for each in await Notification.all()] == ["True"]
    assert await NotificationDelivery.all().count() == 1
    assert [each.email for each in await SuppressedAddress.all()] == ["179@example.org"]
    assert await ReminderRun.all().count() == 1
