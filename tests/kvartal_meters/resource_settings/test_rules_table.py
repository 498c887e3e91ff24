from dataclasses import replace
from uuid import UUID

import orjson
import pytest

from kvartal.errors import BadInput, Refused
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.rules import (
    Entry,
    SettingsValues,
    WindowDays,
    complete,
    keeping_services,
    new_services,
    read_entries,
    records_of,
    table_of,
)

WATER, GAS = ResourceKind.WATER, ResourceKind.GAS
ONE, TWO = UUID(int=1), UUID(int=2)


def _entry(kind: ResourceKind, start: int | None = None, end: int | None = None) -> Entry:
    return Entry(
        resource_kind=kind,
        active=True,
        start_day=start,
        end_day=end,
        fractions_allowed=False,
        accepts_expired=True,
    )


def test_a_table_has_every_resource_in_order_with_the_defaults_of_a_new_building() -> None:
    found = complete({GAS: SettingsValues(active=True)})

    assert list(found) == list(ResourceKind)
    assert found[GAS].active
    assert found[WATER] == SettingsValues(
        active=False, window=WindowDays(15, 25), fraction=True, accept_expired=False
    )


def test_entries_are_read_by_resource() -> None:
    found = read_entries([_entry(GAS, 25, 5), _entry(WATER)])

    assert found == {
        GAS: SettingsValues(
            active=True, window=WindowDays(25, 5), fraction=False, accept_expired=True
        ),
        WATER: SettingsValues(active=True, window=None, fraction=False, accept_expired=True),
    }


def test_every_fault_of_every_row_is_told() -> None:
    with pytest.raises(Refused) as refusal:
        read_entries([_entry(GAS, 0, 32), _entry(WATER, 1, 31), _entry(ResourceKind.HEATING, 5)])

    assert [(error.code, error.path) for error in refusal.value.errors] == [
        ("WINDOW_DAY_INVALID", ("settings", 0, "start_day")),
        ("WINDOW_DAY_INVALID", ("settings", 0, "end_day")),
        ("WINDOW_DAYS_INCOMPLETE", ("settings", 2, "end_day")),
    ]


def test_a_resource_is_entered_once() -> None:
    with pytest.raises(BadInput) as refusal:
        read_entries([_entry(GAS), _entry(WATER), _entry(GAS)])

    assert refusal.value.message_code == "RESOURCE_REPEATED"


def test_records_and_tables_are_two_forms_of_one_thing() -> None:
    table = complete(
        {
            GAS: SettingsValues(active=True, window=WindowDays(31, 1), fraction=False),
            WATER: SettingsValues(window=None, accept_expired=True, service_id=ONE),
        }
    )

    records = records_of(table)

    assert table_of(records) == table
    assert table_of(orjson.loads(orjson.dumps(records))) == table
    assert records[0] == {
        "resource_kind": "WATER",
        "active": False,
        "start_day": None,
        "end_day": None,
        "fractions_allowed": True,
        "accepts_expired": True,
        "service_id": ONE,
    }
    assert table_of(records[:1]) == complete({WATER: table[WATER]})


def test_a_snapshot_of_the_time_before_links_has_none() -> None:
    [old] = [{**row} for row in records_of(complete({})) if row["resource_kind"] == "GAS"]
    del old["service_id"]

    assert table_of([old])[GAS] == SettingsValues()


def test_a_form_that_says_nothing_of_the_service_keeps_it() -> None:
    before = complete({kind: SettingsValues(service_id=ONE) for kind in ResourceKind})
    entries = [
        _entry(WATER),
        replace(_entry(GAS), names_service=True),
        replace(_entry(ResourceKind.HEATING), service_id=TWO, names_service=True),
        # What is not named is not read either.
        replace(_entry(ResourceKind.WASTEWATER), service_id=TWO),
    ]

    kept = keeping_services(read_entries(entries), entries, before)

    assert {kind: values.service_id for kind, values in kept.items()} == {
        WATER: ONE,
        GAS: None,
        ResourceKind.HEATING: TWO,
        ResourceKind.WASTEWATER: ONE,
    }


def test_only_a_service_that_was_not_linked_is_new() -> None:
    before = complete({WATER: SettingsValues(service_id=ONE), GAS: SettingsValues(service_id=ONE)})
    after = complete({WATER: SettingsValues(service_id=ONE), GAS: SettingsValues(service_id=TWO)})

    assert new_services(before, after) == {GAS: TWO}
    assert new_services(before, complete({})) == {}
