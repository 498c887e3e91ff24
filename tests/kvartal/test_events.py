"""Declaring events and handlers."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import VersionConflict
from kvartal.events import Event, EventError, Routes, adapter, emit, event, on


@event("tests.walked")
@dataclass(frozen=True, slots=True)
class Walked(Event):
    """Somebody walked."""

    person_id: UUID
    on: date
    steps: int = 0


async def listen(walked: Walked) -> None:
    """Hear it."""
    heard.append(walked)


heard: list[Walked] = []


async def test_a_handler_gets_the_event_from_its_wire_form() -> None:
    happened = Walked(uuid7(), date(2026, 11, 24), 7)
    payload = adapter(Walked).dump_json(happened)

    await on(Walked, listen)(payload)

    assert heard.pop() == happened


async def test_a_field_that_is_new_may_be_absent_on_the_wire() -> None:
    key = uuid7()

    await on(Walked, listen)(f'{{"person_id": "{key}", "on": "2026-11-24"}}')

    assert heard.pop() == Walked(key, date(2026, 11, 24), 0)


def test_an_event_is_a_frozen_dataclass() -> None:
    with pytest.raises(EventError, match="Thawed must be a frozen dataclass"):

        @event("tests.thawed")
        @dataclass
        class Thawed(Event):
            """Could be changed on its way."""

    with pytest.raises(EventError, match="Plain must be a frozen dataclass"):

        @event("tests.plain")
        class Plain(Event):
            """Has no fields."""


def test_a_handler_hears_a_declared_event_alone() -> None:
    @dataclass(frozen=True)
    class Nameless(Event):
        """Nobody could address it."""

    async def run(happened: Nameless) -> None:
        """Hear it."""

    with pytest.raises(EventError, match="Nameless lacks its wire name: @event"):
        on(Nameless, run)


def test_what_is_no_event_is_not_heard() -> None:
    async def run(error: VersionConflict) -> None:
        """Hear it."""

    with pytest.raises(EventError, match="VersionConflict is no event"):
        on(VersionConflict, run)  # type: ignore[type-var] # the mistake


async def test_an_event_itself_is_emitted_and_not_its_kind(db: None) -> None:
    with pytest.raises(EventError, match="Walked is a kind of events: emit one of them"):
        async with unit_of_work():
            emit(Walked)  # type: ignore[arg-type] # the mistake


async def test_an_event_without_a_wire_name_is_not_emitted(db: None) -> None:
    @dataclass(frozen=True)
    class Nameless(Event):
        """Nobody could address it."""

    with pytest.raises(EventError, match="Nameless lacks its wire name: @event"):
        async with unit_of_work():
            emit(Nameless())


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("kvartal_photos.tasks", "photos.listen"),
        ("kvartal_meters.readings.tasks", "meters.readings.listen"),
        ("kvartal.auth.tasks", "kvartal.auth.listen"),
        ("kvartal_photos", "photos.listen"),
    ],
)
def test_a_handler_is_named_for_its_feature(
    module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "__module__", module)

    assert on(Walked, listen).name == name


def test_routes_know_the_handlers_of_an_event() -> None:
    one = on(Walked, listen)
    routes = Routes([one])

    assert routes.of(Walked) == (one,)
    assert routes.of(Event) == ()
    assert routes.by_name == {one.name: one}


def test_one_handler_is_one_address() -> None:
    with pytest.raises(EventError, match=r"handler .*listen is declared twice"):
        Routes([on(Walked, listen), on(Walked, listen)])
