"""What the demo shows of notices: ticks of the roles, and inboxes that people can read."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import pytest

from kvartal import clock
from kvartal.auth.models import Employee, User
from kvartal.demo import seed as data
from kvartal.demo.api import EMPLOYEES, RESIDENTS, Tenant, demo_id
from kvartal.testing.auth_factories import actor_of
from kvartal.testing.host import Committed
from kvartal_meters.api import WindowEdge, premises_of_window_day
from kvartal_notifications.demo import JOURNEY
from kvartal_notifications.demo.seed import TICKS
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.preferences.models import RoleTick
from kvartal_notifications.sources.kinds import WINDOW_OPENED

COMPANY = demo_id("organization", Tenant.COMPANY)
INBOX = "{ unreadNotifications notifications { nodes { title text } } }"


async def inbox(own: Committed, person: User | Employee, locale: str = "ru") -> Any:
    answer = await own.client(INBOX, actor=await actor_of(person), locale=locale)
    return answer["data"]


@pytest.mark.committed
async def test_inboxes_are_readable_and_the_administrators_are_told(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        await data.seed(own.host.registry, "kv_x")
        resident = await User.get(phone=RESIDENTS[0].phone)
        other = await User.get(phone=RESIDENTS[2].phone)
        chief = await Employee.get(organization_id=COMPANY, user__email=EMPLOYEES[0].email)

        one, two = await inbox(own, resident), await inbox(own, other)
        staff = await inbox(own, chief)

        assert one["unreadNotifications"] == 0
        assert [each["title"] for each in one["notifications"]["nodes"]] == [
            "Передайте показания счетчиков"
        ]
        assert two["unreadNotifications"] == 1
        assert {each["title"] for each in two["notifications"]["nodes"]} == {
            "Передайте показания счетчиков",
            "Скоро поверка счетчика",
        }
        assert [each["title"] for each in staff["notifications"]["nodes"]] == [
            "Поданы показания ИПУ"
        ]
        for person in (resident, other, chief):
            for each in (await inbox(own, person, "en"))["notifications"]["nodes"]:
                assert "." not in each["title"]
                assert "notification." not in each["text"]
        role_id = demo_id("role", Tenant.COMPANY)
        assert await RoleTick.filter(role_id=role_id).count() == len(TICKS)

        # Once made, they stay as they are.
        await data.seed(own.host.registry, "kv_x")
        assert await RoleTick.filter(role_id=role_id).count() == len(TICKS)
        assert len(data.journey(own.host.registry)) >= len(JOURNEY)


@pytest.mark.committed
@pytest.mark.parametrize("day", ["2026-11-10", "2027-02-28"])
async def test_the_windows_told_are_those_that_the_meters_have(
    committed: Callable[..., AbstractAsyncContextManager[Committed]], day: str
) -> None:
    async with committed() as own:
        with clock.frozen(datetime.fromisoformat(f"{day}T12:00+03:00")):
            await data.seed(own.host.registry, "kv_x")
            resident = await User.get(phone=RESIDENTS[0].phone)
            notice = await Notification.get(user_id=resident.id, kind=WINDOW_OPENED.key)
            first = notice.created_at.date()
            [real] = [
                each
                for each in await premises_of_window_day(
                    "Europe/Moscow", first, edge=WindowEdge.FIRST, after=None, limit=10_000
                )
                if each.premise_id == notice.premise_id
            ]

    [told] = notice.facts["windows"]
    assert {window.closes_on.isoformat() for window in real.windows} == {told["until"]}
    kinds = {f"ResourceKind.{kind}" for window in real.windows for kind in window.kinds}
    assert kinds == set(told["resources"])
