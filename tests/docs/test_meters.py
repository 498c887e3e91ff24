"""docs/meters.md tells all names of the meters' api and all their events, with what they carry."""

import re
from dataclasses import fields
from pathlib import Path

from kvartal.events import Event
from kvartal_meters import api, events

PAGE = Path(__file__).parents[2] / "docs" / "meters.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def test_every_name_of_the_api_is_told_once() -> None:
    told = [name for _, cell in rows("Names") for name in names_in(cell)]

    assert sorted(told) == sorted(api.__all__)


def test_the_events_of_meters_and_readings_are_told_with_their_fields() -> None:
    told = {names_in(name)[0]: names_in(carried) for name, _, carried, _ in rows("Events")}
    kinds: list[type[Event]] = [*events.METER_EVENTS, *events.READING_EVENTS]

    assert told == {
        kind.name: [
            each.name
            for each in fields(kind)  # type: ignore[arg-type] # all events are dataclasses
            if each.name != "organization_id"
        ]
        for kind in kinds
    }
    assert {about for *_, about in rows("Events")} == {"one", "two", "many"}


def test_no_event_of_the_plugin_goes_unsaid() -> None:
    kinds = [getattr(events, name) for name in events.__all__]
    names = {kind.name for kind in kinds if isinstance(kind, type) and issubclass(kind, Event)}

    assert names == set(re.findall(r"`(meters\.\w+)`", PAGE.read_text("utf-8")))


def test_what_changes_meters_and_readings_is_in_the_closed_sets() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type)}
    about = {
        kind
        for kind in kinds
        if issubclass(kind, Event) and kind.__name__.startswith(("Meter", "Reading", "Verif"))
    }

    settings = {events.MetersPolicyChanged, events.VerificationServiceLinked}
    assert about - settings == {*events.METER_EVENTS, *events.READING_EVENTS}
    assert {kind.__name__ for kind in about - settings} <= set(api.__all__)
