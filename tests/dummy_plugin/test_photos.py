"""The stranger's plugin is on: everything that the contract offers works from end to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from kvartal import clock, text
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db import migrations
from kvartal.db.connection import execute, fetch
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.graphql.node import encode_id
from kvartal.months import YearMonth
from kvartal.settings import load_plugin_settings, settings_of
from kvartal.tasks.broker import Sender, Worker
from kvartal.tasks.relay import Relay
from kvartal.tasks.schedule import Scheduler, latest_occurrence
from kvartal.testing.host import Committed
from kvartal.testing.watch import until
from kvartal_meters.events import ReadingAccepted
from kvartal_meters.meters.rules import AuthorKind
from kvartal_photos.settings import PhotosSettings
from kvartal_photos.tasks import forget_old_photos
from kvartal_photos.testing import Estate, an_estate

ADD = """
mutation Add($input: AddPhotoInput!) {
  addPhoto(input: $input) {
    photo { id caption isAnnounced preview }
    errors { code message path limit }
  }
}
"""
PHOTOS = """
query Photos($id: ID!) {
  photos(buildingId: $id) { caption isAnnounced preview }
  node(id: $id) { ... on Building { photos { caption } } }
}
"""
PHOTO = "query Photo($id: ID!) { node(id: $id) { ... on Photo { caption } } }"
CHANGES = "subscription Changes($id: ID!) { photosChanged(buildingId: $id) { caption } }"
HOME = """
query Home($id: ID!) {
  node(id: $id) { ... on Premise { homeWidgets { key title ... on PhotosWidget { photos } } } }
}
"""


@asynccontextmanager
async def working(own: Committed) -> AsyncIterator[None]:
    """A relay and a worker over the test's own database, in this process."""
    host = own.host
    sender = Sender(host.redis_url, host.settings.redis_prefix)
    relay = Relay(sender, host.deliveries.targets, host.redis_url, host.relay_channel)
    worker = Worker(
        host.redis_url,
        host.settings.redis_prefix,
        host.deliveries.targets,
        host.deliveries.carry_out,
        threads=2,
    )
    worker.start()
    try:
        async with relay.running():
            yield
    finally:
        await asyncio.to_thread(worker.stop)


def photo(estate: Estate, caption: str) -> dict[str, Any]:
    return {"input": {"buildingId": estate.building_id, "caption": caption}}


async def all_done() -> bool:
    return not await fetch("SELECT 1 FROM kvartal_delivery WHERE done_at IS NULL")


async def test_a_photo_goes_from_the_mutation_through_outbox_and_worker(
    own: Committed, estate: Estate
) -> None:
    async with working(own):
        answer = await own.client(ADD, photo(estate, "Фасад"), actor=estate.employee)
        await until(all_done)

    added = answer["data"]["addPhoto"]
    assert added["errors"] == []
    assert added["photo"]["caption"] == "Фасад"
    assert await own.client(PHOTOS, {"id": estate.building_id}, actor=estate.resident) == {
        "data": {
            "photos": [{"caption": "Фасад", "isAnnounced": True, "preview": "ФАСАД"}],
            "node": {"photos": [{"caption": "Фасад"}]},
        }
    }
    assert await own.client(PHOTO, {"id": added["photo"]["id"]}, actor=estate.resident) == {
        "data": {"node": {"caption": "Фасад"}}
    }


@pytest.mark.parametrize(
    ("locale", "caption", "message"),
    [
        ("ru", " ", "Напишите, что на фотографии"),
        ("en", " ", "Say what the photo shows"),
    ],
)
async def test_its_refusals_speak_its_languages(
    own: Committed, estate: Estate, locale: str, caption: str, message: str
) -> None:
    answer = await own.client(ADD, photo(estate, caption), actor=estate.employee, locale=locale)

    assert answer["data"]["addPhoto"] == {
        "photo": None,
        "errors": [
            {"code": "CAPTION_REQUIRED", "message": message, "path": ["caption"], "limit": None}
        ],
    }
    assert await fetch("SELECT 1 FROM kvartal_event") == []


async def test_its_settings_come_from_the_environment(
    own: Committed, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KVARTAL_PHOTOS_PER_BUILDING", "1")
    load_plugin_settings([PhotosSettings])
    try:
        await own.client(ADD, photo(estate, "Фасад"), actor=estate.employee)
        answer = await own.client(ADD, photo(estate, "Двор"), actor=estate.employee)
    finally:
        monkeypatch.undo()
        load_plugin_settings([PhotosSettings])

    assert answer["data"]["addPhoto"]["errors"] == [
        {
            "code": "TOO_MANY_PHOTOS",
            "message": "У дома уже 1 фотографии, больше нельзя",
            "path": [],
            "limit": 1,
        }
    ]
    assert settings_of(PhotosSettings).per_building == 3


@pytest.mark.parametrize(
    ("case", "code"),
    [("anonymous", "UNAUTHENTICATED"), ("resident", "FORBIDDEN"), ("stranger", "NOT_FOUND")],
)
async def test_its_permission_is_asked_for(
    own: Committed, estate: Estate, case: str, code: str
) -> None:
    stranger = (await an_estate()).employee
    actors: dict[str, Actor] = {
        "anonymous": ANONYMOUS,
        "resident": estate.resident,
        "stranger": stranger,
    }

    answer = await own.client(ADD, photo(estate, "Фасад"), actor=actors[case])

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert await fetch("SELECT 1 FROM photos_photo") == []
    assert await fetch("SELECT 1 FROM kvartal_delivery") == []


async def test_its_subscription_hears_its_touch(own: Committed, estate: Estate) -> None:
    variables = {"id": estate.building_id}
    async with own.client.subscribe(CHANGES, variables, actor=estate.resident) as answers:
        first = await answers.next()
        await own.client(ADD, photo(estate, "Фасад"), actor=estate.employee)
        second = await answers.next()

    assert first == {"data": {"photosChanged": []}}
    assert second == {"data": {"photosChanged": [{"caption": "Фасад"}]}}


async def test_its_widget_stands_on_the_home_screen(own: Committed, estate: Estate) -> None:
    answer = await own.client(
        HOME, {"id": encode_id("Premise", estate.premise.id)}, actor=estate.resident
    )

    widgets = {each["key"]: each for each in answer["data"]["node"]["homeWidgets"]}
    assert widgets["photos"] == {"key": "photos", "title": "Фотографии", "photos": 0}
    assert widgets.keys() == {"meters", "photos"}


async def test_it_hears_the_readings_of_meters(own: Committed, estate: Estate) -> None:
    reading_id = uuid7()
    async with working(own):
        async with unit_of_work():
            emit(
                ReadingAccepted(
                    reading_id=reading_id,
                    meter_id=uuid7(),
                    organization_id=estate.organization.id,
                    building_id=estate.building.id,
                    premise_id=estate.premise.id,
                    billing_month=YearMonth(2026, 11),
                    author_kind=AuthorKind.RESIDENT,
                )
            )
        await until(all_done)

    assert [dict(row) for row in await fetch("SELECT reading_id FROM photos_heard_reading")] == [
        {"reading_id": reading_id}
    ]


async def test_its_scheduled_actor_runs(own: Committed, estate: Estate) -> None:
    await own.client(ADD, photo(estate, "Фасад"), actor=estate.employee)
    await execute("UPDATE photos_photo SET created_at = $1", datetime(2010, 1, 1, tzinfo=UTC))
    night = latest_occurrence(forget_old_photos, clock.now())

    with clock.frozen(night):
        await Scheduler([forget_old_photos]).tick()
    async with working(own):
        await until(all_done)

    assert await fetch("SELECT 1 FROM photos_photo") == []


async def test_its_lifespan_is_opened_with_the_host(own: Committed) -> None:
    with capture_logs() as logs:
        async with own.host.running(everywhere=False):
            assert [each["event"] for each in logs] == ["photos.opened"]

    assert [each["event"] for each in logs] == ["photos.opened", "photos.closed"]


async def test_its_migration_is_complete_and_applied(own: Committed) -> None:
    assert await migrations.check(own.host.tortoise, own.host.registry.chains) == []
    assert await migrations.pending(own.host.tortoise, own.host.registry.chains) == []


async def test_its_right_has_a_title(own: Committed) -> None:
    assert text.say("photos.photo.add", "ru") == "Добавлять фотографии"
    assert text.say("photos.photo.add", "en") == "Add photos"
