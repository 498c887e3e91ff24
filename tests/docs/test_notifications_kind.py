"""The plugin of docs/notifications.md: its kinds are taken, and people are told of them."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kvartal.auth.models import EmployeeRole
from kvartal.testing.auth_factories import a_resident_user, a_role, a_user, actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise
from kvartal.testing.host import Committed
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.messages.models import NotificationDelivery
from kvartal_notifications.messages.phrases import phrases
from kvartal_notifications.messages.wording import written
from kvartal_notifications.testing.factories import a_tick

PAGE = Path(__file__).parents[2] / "docs" / "notifications.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (kvartal_outages/\S+)\n(.*?)^```$", TEXT, re.M | re.S))
INBOX = "{ notifications { nodes { kindTitle title text } } unreadNotifications }"
OwnDatabase = Callable[..., AbstractAsyncContextManager[Committed]]


@pytest.fixture
def outages(tmp_path: Path) -> Iterator[Any]:
    """The plugin of the page as its author would have it installed."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    yield importlib.import_module("kvartal_outages.plugin").plugin
    sys.path.remove(str(tmp_path))


@pytest.mark.committed
async def test_the_plugin_tells_residents_and_staff(committed: OwnDatabase, outages: Any) -> None:
    service = importlib.import_module("kvartal_outages.service")
    async with committed(outages) as own:
        building = await a_building(address="ул. Ленина, 1")
        organization = await building.organization
        flats = [await a_premise(building=building) for _ in range(2)]
        user = await a_user(email="anna@example.org")
        await a_resident_user(organization, premises=flats, user=user)
        employee, role = await an_employee(organization), await a_role(organization, ())
        await EmployeeRole.create(organization=organization, employee=employee, role=role)
        await a_tick(role, "outages.told")

        told = [
            await service.announce(building.id, "WATER", date(2026, 11, 25), 3) for _ in range(2)
        ]
        resident = await own.client(INBOX, actor=await actor_of(user))
        english = await own.client(INBOX, actor=await actor_of(user), locale="en")
        clerk = await own.client(INBOX, actor=await actor_of(employee))
        letters = await NotificationDelivery.all().count()

    assert [(each.notices, each.deliveries) for each in told] == [(1, 1), (0, 0)]
    assert resident["data"] == {
        "notifications": {
            "nodes": [
                {
                    "kindTitle": "Плановое отключение",
                    "title": "Водоснабжение: отключение 25 ноября",
                    "text": "Не будет 3 часа. Сделайте запас.",
                }
            ]
        },
        "unreadNotifications": 1,
    }
    assert english["data"]["notifications"]["nodes"] == [
        {
            "kindTitle": "Planned outage",
            "title": "Water: outage on 25 November",
            "text": "There will be none for 3 hours.",
        }
    ]
    assert clerk["data"]["notifications"]["nodes"] == [
        {
            "kindTitle": "Жители предупреждены об отключении",
            "title": "Жители предупреждены",
            "text": "ул. Ленина, 1: 2 помещения.",
        }
    ]
    assert letters == 1


def test_a_push_says_its_title_otherwise(outages: Any) -> None:
    kind = outages.offers[0]

    found = written(kind, kind.example, "ru", NotificationChannel.PUSH)

    assert (found.title, found.text) == ("Отключение 25 ноября", "Не будет 3 часа. Сделайте запас.")


def test_all_filters_are_told() -> None:
    table = TEXT.partition("| Filter | Says |")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == phrases("ru").keys()
