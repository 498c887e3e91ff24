"""Rows that no key finds: they mean the only meter of its type on the account, if nothing else."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.registration.errors import TypeRequired
from kvartal_meters.registration.rules.entries import MeterEntry, SentMeter
from kvartal_meters.registration.rules.fleet import Fleet
from kvartal_meters.registration.rules.lone import may_mean_the_only_one
from kvartal_meters.registration.rules.meters import apply_row
from kvartal_meters.registration.rules.places import Site

ACCOUNT, OTHER_ACCOUNT = uuid4(), uuid4()
COLD, HOT = MeterType.COLD_WATER, MeterType.HOT_WATER
TODAY = date(2026, 11, 20)
SITE = Site(
    building_id=uuid4(),
    premise_id=uuid4(),
    timezone="Europe/Moscow",
    active=frozenset({"WATER"}),
)


def an_entry(identifier: str, *, is_seen: bool = True, **fields: Any) -> MeterEntry:
    values = {
        "account_id": ACCOUNT,
        "type": COLD,
        "identifier": identifier,
        "status": MeterStatus.ACTIVE,
        "initial_values": (),
        **fields,
    }
    return MeterEntry(uuid4(), MeterScope.INDIVIDUAL, SITE, values, dict(values), is_seen=is_seen)


def a_row(scope: MeterScope | None = None, account: UUID | None = ACCOUNT, **fields: Any) -> Any:
    return SentMeter(site=SITE, scope=scope, fields={"account_id": account, "type": COLD, **fields})


def told(fleet: Fleet, *rows: SentMeter) -> list[str]:
    """What becomes of the rows, applied one after another: the outcome or the first code."""
    fleet.expect(rows)
    verdicts = [apply_row(fleet, row, lambda _: TODAY) for row in rows]
    return [
        str(verdict.errors[0].code if verdict.errors else verdict.outcome) for verdict in verdicts
    ]


def a_fleet(*entries: MeterEntry) -> Fleet:
    fleet = Fleet(uuid4)
    fleet.add(entries)
    return fleet


@pytest.mark.parametrize(
    ("case", "row", "expected"),
    [
        ("nothing but account and type", a_row(), "UNCHANGED"),
        ("a field besides", a_row(brand="Бетар"), "UPDATED"),
        ("a serial number, unknown here", a_row(serial_number="18-034512"), "UPDATED"),
        ("an external id, unknown here", a_row(external_id="E1"), "UPDATED"),
        ("another identifier, linked", a_row(external_id="E1", identifier="Б"), "UPDATED"),
        ("another identifier alone", a_row(identifier="Б"), "CREATED"),
        ("of another type", a_row(type=HOT, identifier="Б", external_id="E1"), "CREATED"),
        ("of another type, without key", a_row(type=HOT), "IDENTIFIER_REQUIRED"),
        ("of another account", a_row(account=OTHER_ACCOUNT), "IDENTIFIER_REQUIRED"),
        ("of no account", a_row(account=None), "IDENTIFIER_REQUIRED"),
        ("of no type", SentMeter(site=SITE, fields={"account_id": ACCOUNT}), "TYPE_REQUIRED"),
        ("into the archive", a_row(status=MeterStatus.ARCHIVED), "IDENTIFIER_REQUIRED"),
        ("of another kind", a_row(scope=MeterScope.ROOM), "IDENTIFIER_REQUIRED"),
        ("of the same kind", a_row(scope=MeterScope.INDIVIDUAL), "UNCHANGED"),
        (
            "by an id that is none",
            SentMeter(is_malformed=True, fields=a_row().fields),
            "METER_UNKNOWN",
        ),
        ("by a strange id", SentMeter(id=uuid4(), fields=a_row().fields), "METER_UNKNOWN"),
    ],
)
def test_the_only_meter_of_its_type_on_the_account(
    case: str, row: SentMeter, expected: str
) -> None:
    assert told(a_fleet(an_entry("А")), row) == [expected], case


@pytest.mark.parametrize(
    ("case", "there", "row", "expected"),
    [
        ("serial here alone", {"serial_number": "18"}, a_row(), "UNCHANGED"),
        (
            "serials differ",
            {"serial_number": "18"},
            a_row(serial_number="19"),
            "IDENTIFIER_REQUIRED",
        ),
        (
            "a serial of signs alone is blank",
            {"serial_number": "18"},
            a_row(serial_number="№"),
            "UPDATED",
        ),
        (
            "serials differ, a new one",
            {"serial_number": "18"},
            a_row(serial_number="19", identifier="Б", external_id="E1"),
            "CREATED",
        ),
        ("linked already", {"external_id": "E0"}, a_row(), "UNCHANGED"),
        (
            "linked to another",
            {"external_id": "E0"},
            a_row(external_id="E1"),
            "IDENTIFIER_REQUIRED",
        ),
        (
            "linked to another, a new one",
            {"external_id": "E0"},
            a_row(external_id="E1", identifier="Б"),
            "CREATED",
        ),
        ("archived", {"status": MeterStatus.ARCHIVED}, a_row(), "IDENTIFIER_REQUIRED"),
        ("on verification", {"status": MeterStatus.VERIFICATION}, a_row(), "UNCHANGED"),
        ("of no account", {"account_id": None}, a_row(), "IDENTIFIER_REQUIRED"),
        ("not of the actor's buildings", {"is_seen": False}, a_row(), "IDENTIFIER_REQUIRED"),
    ],
)
def test_what_is_there_must_fit(
    case: str, there: dict[str, Any], row: SentMeter, expected: str
) -> None:
    assert told(a_fleet(an_entry("А", **there)), row) == [expected], case


def test_an_archived_one_beside_it_does_not_matter() -> None:
    old, now = an_entry("А", status=MeterStatus.ARCHIVED), an_entry("Б")

    assert told(a_fleet(old, now), a_row(brand="Бетар")) == ["UPDATED"]
    assert (now.fields["brand"], "brand" in old.fields) == ("Бетар", False)


def test_of_two_none_is_meant() -> None:
    def twins() -> Fleet:
        return a_fleet(an_entry("А"), an_entry("Б"))

    assert told(twins(), a_row()) == ["METER_AMBIGUOUS"]
    assert told(twins(), a_row(external_id="E1")) == ["METER_AMBIGUOUS"]
    assert told(twins(), a_row(external_id="E1", identifier="В")) == ["CREATED"]


def test_the_link_takes_the_identifier_too() -> None:
    entry = an_entry("А")

    assert told(a_fleet(entry), a_row(external_id="E1", identifier="Б")) == ["UPDATED"]
    assert (entry.fields["external_id"], entry.fields["identifier"]) == ("E1", "Б")


@pytest.mark.parametrize("key", [{"identifier": "А"}, {"identifier": "а-2", "external_id": "E0"}])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_another_row_means_by_a_key_is_left_to_it(key: dict[str, Any], is_first: bool) -> None:
    entry = an_entry("А", external_id=key.get("external_id"))
    known, new = a_row(**key), a_row(external_id="E1", identifier="Б")
    rows = [known, new] if is_first else [new, known]

    outcomes = told(a_fleet(entry), *rows)

    assert outcomes[rows.index(new)] == "CREATED"
    assert entry.fields["identifier"] == key["identifier"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_row_without_an_identifier_means_what_another_row_names(is_first: bool) -> None:
    entry = an_entry("А")
    named, bare = a_row(identifier="А", model="СХВ-15"), a_row(brand="Бетар")

    outcomes = told(a_fleet(entry), *([named, bare] if is_first else [bare, named]))

    assert outcomes == ["UPDATED", "UPDATED"]
    assert (entry.fields["model"], entry.fields["brand"]) == ("СХВ-15", "Бетар")


def test_what_two_rows_could_mean_neither_gets() -> None:
    entry = an_entry("А")
    first, second = (a_row(external_id=f"E{each}", identifier=f"Б{each}") for each in (1, 2))

    assert told(a_fleet(entry), first, second) == ["METER_AMBIGUOUS", "METER_AMBIGUOUS"]
    assert entry.fields["identifier"] == "А"


def test_a_row_that_comes_twice_is_no_rival_of_itself() -> None:
    row = a_row(external_id="E1", identifier="Б")

    assert told(a_fleet(an_entry("А")), row, row) == ["UPDATED", "UNCHANGED"]


def test_a_row_that_is_wrong_anyway_is_no_rival() -> None:
    row = a_row(external_id="E1", identifier="Б")
    wrong = a_row(external_id="E2", identifier="В")._replace(errors=[TypeRequired(path=("type",))])

    assert told(a_fleet(an_entry("А")), wrong, row) == ["TYPE_REQUIRED", "UPDATED"]


def test_a_meter_that_the_call_has_made_is_taken_by_no_new_one() -> None:
    rows = [a_row(identifier="А"), a_row(identifier="Б", external_id="E1")]

    assert told(a_fleet(), *rows) == ["CREATED", "CREATED"]


def test_a_meter_that_the_call_has_made_may_be_meant_without_a_key() -> None:
    assert told(a_fleet(), a_row(identifier="А"), a_row(brand="Бетар")) == ["CREATED", "UPDATED"]


def test_a_meter_that_has_left_the_account_is_not_there_any_more() -> None:
    entry = an_entry("А")
    leaves = SentMeter(fields={"identifier": "А", "account_id": None})

    assert told(a_fleet(entry), leaves, a_row()) == ["UPDATED", "IDENTIFIER_REQUIRED"]


def test_a_row_without_a_place_asks_for_no_account() -> None:
    assert not may_mean_the_only_one(SentMeter(fields={"type": COLD}))
    assert may_mean_the_only_one(a_row())
