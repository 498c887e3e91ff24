"""``registerReadings``: an outcome for each row, and the same call again changes nothing."""

from decimal import Decimal
from typing import Any

import pytest
from tests.kvartal_meters.registration.conftest import Integrator

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.connection import fetch
from kvartal.db.transaction import on_commit
from kvartal.graphql.node import decode_id, encode_id
from kvartal.testing.auth_factories import a_service_token, actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_account
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.events import ReadingAccepted, ReadingsRegistered
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterStatus
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER, SUBMIT
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.testing import (
    Home,
    a_collective_meter,
    a_home,
    a_meter,
    a_reading,
    resource_settings,
)

NOON = "2026-11-20T12:00+03:00"


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


def row(meter: Meter, *values: str, **more: Any) -> dict[str, Any]:
    return {"meterId": encode_id("Meter", meter.id), "values": list(values), **more}


async def stored(meter: Meter) -> list[tuple[str, Decimal, Decimal | None, Decimal | None]]:
    """Month, value, previous value and consumption of the meter's readings."""
    readings = await Reading.filter(meter_id=meter.id).order_by("billing_month")
    return [
        (f"{each.billing_month:%Y-%m}", each.t1, each.previous_t1, each.consumption)
        for each in readings
    ]


def dec(*values: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


async def test_readings_are_registered_and_a_repetition_changes_nothing(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    account = await an_account(premise=home.premise, number="7700 415")
    light = await a_meter(
        premise=home.premise,
        account=account,
        type=MeterType.ELECTRICITY_2T,
        identifier="ЭЛ-15",
        external_id="E-1",
    )
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    house = await a_collective_meter(building=home.building, identifier="ОДПУ-1")
    rows = [
        row(home.meter, "104,5", takenOn="2026-11-19", billingMonth="2026-11"),
        {"meterExternalId": " E-1 ", "values": ["10", "20"]},
        {"identifier": " ОДПУ-1", "values": ["007"], "channel": "AUTO"},
        {"identifier": "ЭЛ-15", "accountNumber": "7700415", "values": ["10.0", "20"]},
    ]

    first = await integrator.rows("readings", *rows)
    seen = list(events)
    again = await integrator.readings(*rows)

    assert [each["outcome"] for each in first] == ["CREATED", "UNCHANGED", "CREATED", "CREATED"]
    assert first[1]["id"] == first[3]["id"]
    assert again == [
        ("UNCHANGED",),
        ("UNCHANGED", ("READING_DUPLICATED",)),
        ("UNCHANGED",),
        ("UNCHANGED",),
    ]
    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert (reading.t1, reading.previous_t1, reading.consumption) == dec("104.5", "100.5", "4")
    assert (f"{reading.taken_on}", reading.author_kind, reading.channel) == (
        "2026-11-19",
        AuthorKind.SERVICE,
        SubmissionChannel.API,
    )
    assert decode_id(first[0]["id"]) == ("Reading", reading.id)
    assert (await Reading.get(meter_id=house.id)).channel is SubmissionChannel.AUTO
    assert (await Meter.get(id=light.id)).latest_reading_id == decode_id(first[1]["id"])[1]
    created = {decode_id(first[n]["id"])[1] for n in (0, 1, 2)}
    [registered] = [each for each in seen if isinstance(each, ReadingsRegistered)]
    assert set(registered.accepted_ids) == created
    assert registered.corrected_ids == ()
    assert registered.organization_id == home.organization.id
    assert events.of(ReadingAccepted) == []
    assert len(events.of(ReadingsRegistered)) == 1
    assert await ReadingRevision.all().count() == 3


async def test_what_nothing_comes_of_leaves_no_trace(integrator: Integrator, home: Home) -> None:
    await integrator.readings(row(home.meter, "104"))
    entries = await AuditEntry.all().count()

    await integrator.readings(row(home.meter, "104"))
    await integrator.readings({"identifier": "НЕТ", "values": ["1"]})

    assert entries == 1
    assert await AuditEntry.all().count() == 1


async def test_a_month_without_consumption_is_stored(integrator: Integrator, home: Home) -> None:
    outcome = await integrator.readings(row(home.meter, "100.5"))

    assert outcome == [("CREATED",)]
    assert (await stored(home.meter))[-1] == ("2026-11", *dec("100.5", "100.5", "0"))


async def test_existing_readings_are_kept_unless_told_otherwise(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    existing = await a_reading(home.meter, "2026-11", "104")

    answer = await integrator.rows("readings", row(home.meter, "105"))
    kept = await stored(home.meter)
    overwritten = await integrator.rows("readings", row(home.meter, "105"), mode="OVERWRITE")

    assert answer[0]["errors"] == [
        {
            "code": "READING_EXISTS",
            "path": ["readings", "0", "values", "0"],
            "message": "За ноябрь 2026 уже есть показание 104 — оставлено без изменений",
        }
    ]
    assert answer[0]["id"] is None
    assert kept[-1][:2] == ("2026-11", Decimal(104))
    assert overwritten[0]["outcome"] == "UPDATED"
    assert decode_id(overwritten[0]["id"])[1] == existing.id
    after = await Reading.get(id=existing.id)
    assert (after.t1, after.version, after.author_kind) == (105, 2, AuthorKind.SERVICE)
    revision = await ReadingRevision.get(reading_id=existing.id)
    assert (revision.old_t1, revision.new_t1) == dec("104", "105")
    [registered] = events.of(ReadingsRegistered)
    assert (registered.accepted_ids, registered.corrected_ids) == ((), (existing.id,))


async def test_months_of_one_meter_come_in_any_order(integrator: Integrator, home: Home) -> None:
    months = {"2026-11": "110", "2026-07": "90", "2026-09": "97"}

    outcome = await integrator.readings(
        *(row(home.meter, value, billingMonth=month) for month, value in months.items())
    )

    assert outcome == [("CREATED",)] * 3
    assert await stored(home.meter) == [
        ("2026-07", *dec("90", None, None)),
        ("2026-09", *dec("97", "90", "7")),
        ("2026-10", *dec("100.5", "97", "3.5")),
        ("2026-11", *dec("110", "100.5", "9.5")),
    ]
    meter = await Meter.get(id=home.meter.id)
    assert f"{meter.latest_month:%Y-%m}" == "2026-11"
    newest = await Reading.get(meter_id=meter.id, billing_month="2026-11-01")
    assert (meter.latest_reading_id, meter.latest_submitted_at) == (newest.id, clock.now())


async def test_past_months_leave_the_latest_reading_alone(
    integrator: Integrator, home: Home, events: EmittedEvents
) -> None:
    before = await Meter.get(id=home.meter.id)

    await integrator.readings(
        row(home.meter, "80", billingMonth="2026-08"), row(home.meter, "70", billingMonth="2026-07")
    )

    after = await Meter.get(id=home.meter.id)
    assert (after.latest_reading_id, after.latest_month) == (
        before.latest_reading_id,
        before.latest_month,
    )
    # Its consumption is counted from August now: it has changed, though nobody sent it.
    [told] = events.of(ReadingsRegistered)
    assert (len(told.accepted_ids), told.following_ids) == (2, (before.latest_reading_id,))


@pytest.mark.parametrize(
    ("case", "october", "november"), [("up", "200", "250"), ("down", "50", "60")]
)
async def test_a_shift_of_several_months_is_one_call(
    integrator: Integrator, home: Home, case: str, october: str, november: str
) -> None:
    await a_reading(home.meter, "2026-11", "104")

    outcome = await integrator.readings(
        row(home.meter, october, billingMonth="2026-10"),
        row(home.meter, november, billingMonth="2026-11"),
        mode="OVERWRITE",
    )

    assert [each[0] for each in outcome] == ["UPDATED", "UPDATED"]
    consumed = Decimal(november) - Decimal(october)
    assert [each[1:] for each in await stored(home.meter)] == [
        (Decimal(october), None, None),
        (Decimal(november), Decimal(october), consumed),
    ]


async def test_the_last_row_about_a_month_counts(integrator: Integrator, home: Home) -> None:
    rows = await integrator.rows(
        "readings",
        row(home.meter, "101"),
        row(home.meter, "102", billingMonth="2026-11"),
        row(home.meter, "103", takenOn="2026-11-18"),
    )
    refused = await integrator.readings(
        row(home.meter, "111", billingMonth="2026-10"), row(home.meter, "x", billingMonth="2026-10")
    )

    assert [each["outcome"] for each in rows] == ["UNCHANGED", "UNCHANGED", "CREATED"]
    assert len({each["id"] for each in rows}) == 1
    assert [w["code"] for each in rows for w in each["warnings"]] == ["READING_DUPLICATED"] * 2
    assert (await stored(home.meter))[-1][:2] == ("2026-11", Decimal(103))
    assert refused == [
        ("REJECTED", ("READING_DUPLICATED",)),
        ("REJECTED", ("READING_EXISTS", "values", "0")),
    ]


async def test_one_bad_row_stops_no_other(integrator: Integrator, home: Home) -> None:
    bad = ["-1", "Infinity", "NaN", "1e5", "", "много", "1.23456", "100000"]
    meters = [
        await a_meter(premise=home.premise, identifier=f"М{n}", int_digits=5) for n in range(9)
    ]
    three = await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_3T)
    await resource_settings(home.building, ResourceKind.ELECTRICITY)

    outcome = await integrator.readings(
        *(row(meter, value) for meter, value in zip(meters, [*bad, "7"], strict=True)),
        row(three, "1", "2"),
        row(three, "1", "2", "3", takenOn="2026-11-21"),
        row(three, "1", "2", "3", billingMonth="2026-12"),
        row(home.meter, "99"),
        {"identifier": "НЕТ ТАКОГО", "values": ["1"]},
        {"values": ["1"]},
        {"meterId": encode_id("Premise", home.premise.id), "values": ["1"]},
        {"meterId": "каша", "values": ["1"]},
    )

    assert outcome[:7] == [("REJECTED", ("INVALID_VALUE", "values", "0"))] * 7
    assert outcome[7:] == [
        ("REJECTED", ("DIGITS_EXCEEDED", "values", "0")),
        ("CREATED",),
        ("REJECTED", ("REGISTERS_MISMATCH", "values")),
        ("REJECTED", ("TAKEN_ON_INVALID", "takenOn")),
        ("REJECTED", ("BILLING_MONTH_INVALID", "billingMonth")),
        ("REJECTED", ("READING_BELOW_PREVIOUS", "values", "0")),
        ("REJECTED", ("METER_UNKNOWN", "identifier")),
        ("REJECTED", ("METER_UNKNOWN",)),
        ("REJECTED", ("METER_UNKNOWN", "meterId")),
        ("REJECTED", ("METER_UNKNOWN", "meterId")),
    ]
    assert await Reading.filter(meter_id__in=[each.id for each in meters]).count() == 1


async def test_the_window_is_not_asked_for_but_the_resource_and_the_status_are(
    integrator: Integrator, home: Home, frozen_clock: Any
) -> None:
    off = await a_meter(premise=home.premise, type=MeterType.GAS)
    due = await a_meter(premise=home.premise, status=MeterStatus.VERIFICATION)
    gone = await a_meter(premise=home.premise, status=MeterStatus.ARCHIVED, identifier="АРХИВ")
    await a_reading(gone, "2026-11", "5")

    with frozen_clock("2026-11-28T12:00+03:00"):
        outcome = await integrator.readings(
            row(home.meter, "104"),
            row(off, "1"),
            row(due, "1"),
            {"identifier": "АРХИВ", "values": ["6"]},
            {"identifier": "АРХИВ", "values": ["6"], "billingMonth": "2026-10"},
        )
        equal = await integrator.readings({"identifier": "АРХИВ", "values": ["5"]})

    assert outcome == [
        ("CREATED",),
        ("REJECTED", ("RESOURCE_DISABLED",)),
        ("REJECTED", ("VERIFICATION_EXPIRED",)),
        ("REJECTED", ("READING_EXISTS", "values", "0")),
        ("REJECTED", ("METER_ARCHIVED",)),
    ]
    # An equal reading says nothing new, whatever else is wrong.
    assert equal == [("UNCHANGED",)]


async def test_fractions_are_cut_off_where_none_are_taken(integrator: Integrator) -> None:
    home = await a_home(
        organization=integrator.organization, identifier="ЦЕЛЫЙ", fractions_allowed=False
    )

    rows = await integrator.rows("readings", row(home.meter, "12,9"))
    again = await integrator.readings(row(home.meter, "12.4"))
    malformed = await integrator.readings(row(home.meter, "12.4x"))

    assert rows[0]["warnings"] == [
        {
            "code": "FRACTION_TRUNCATED",
            "path": ["readings", "0", "values", "0"],
            "message": "Дробные значения не принимаются: 12,9 сохранено как 12",
        }
    ]
    assert (await stored(home.meter))[0][1] == 12
    assert again == [("UNCHANGED", ("FRACTION_TRUNCATED", "values", "0"))]
    assert malformed == [("REJECTED", ("READING_EXISTS", "values", "0"))]


async def test_an_anomaly_is_saved_and_flagged(integrator: Integrator, home: Home) -> None:
    single = await integrator.rows("readings", row(home.meter, "200"))
    flagged = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    other = await a_meter(premise=home.premise, int_digits=5, initial=["0"])
    several = await integrator.readings(
        row(other, "3", billingMonth="2026-09"),
        row(other, "6", billingMonth="2026-10"),
        row(other, "99", billingMonth="2026-11"),
    )

    [warning] = single[0]["warnings"]
    assert (single[0]["outcome"], warning["code"]) == ("CREATED", "NEEDS_REVIEW")
    assert "99,5 м³" in warning["message"]
    assert flagged.needs_review
    assert several == [("CREATED",), ("CREATED",), ("CREATED", ("NEEDS_REVIEW", "values", "0"))]
    reviewed = await Reading.filter(meter_id=other.id).order_by("billing_month")
    assert [each.needs_review for each in reviewed] == [False, False, True]


async def test_a_dial_may_pass_zero_if_the_row_says_so(integrator: Integrator, home: Home) -> None:
    meter = await a_meter(premise=home.premise, int_digits=5, initial=["99990"])

    silent = await integrator.readings(row(meter, "5"))
    said = await integrator.readings(
        row(meter, "99995", billingMonth="2026-10"),
        row(meter, "5", billingMonth="2026-11", rollover=True),
    )

    assert silent == [("REJECTED", ("READING_BELOW_PREVIOUS", "values", "0"))]
    assert said == [("CREATED",), ("CREATED",)]
    assert [each[1:] for each in await stored(meter)] == [
        dec("99995", "99990", "5"),
        dec("5", "99995", "10"),
    ]


async def test_meters_are_found_by_the_first_that_is_given(
    integrator: Integrator, home: Home
) -> None:
    other = await an_account(premise=home.premise, number="Б-2")
    twin = await a_meter(premise=home.premise, identifier="ДВА", external_id="D-2")
    old = [
        await a_meter(
            premise=home.premise, identifier="СТАРЫЙ", status=MeterStatus.ARCHIVED, account=account
        )
        for account in (home.account, other)
    ]
    both = await a_meter(premise=home.premise, identifier="ОБА", status=MeterStatus.ARCHIVED)
    await a_meter(premise=home.premise, identifier="ОБА", external_id="O-1")

    outcome = await integrator.readings(
        {"meterExternalId": "D-2", "identifier": "ХВС-15", "values": ["1"]},
        {"meterExternalId": "НЕТ", "identifier": "ХВС-15", "values": ["104"]},
        {"meterExternalId": "НЕТ", "identifier": "ДВА", "values": ["1"]},
        {"meterExternalId": "НЕТ", "values": ["1"]},
        {"identifier": "ДВА", "accountNumber": home.account.number, "values": ["1"]},
        {"identifier": "ОБА", "values": ["1"]},
        {"identifier": "СТАРЫЙ", "values": ["1"]},
        {"identifier": "СТАРЫЙ", "accountNumber": "б-2", "values": ["1"]},
    )

    assert outcome == [
        ("CREATED",),
        ("CREATED",),
        ("REJECTED", ("METER_UNKNOWN", "identifier")),
        ("REJECTED", ("METER_UNKNOWN", "meterExternalId")),
        ("REJECTED", ("METER_UNKNOWN", "identifier")),
        ("CREATED",),
        ("REJECTED", ("METER_AMBIGUOUS", "identifier")),
        ("REJECTED", ("METER_ARCHIVED",)),
    ]
    assert await Reading.filter(meter_id=twin.id).count() == 1
    assert await Reading.filter(meter_id__in=[both.id, *(each.id for each in old)]).count() == 0


async def test_a_strangers_meter_does_not_exist(integrator: Integrator, home: Home) -> None:
    foreign = await a_home(identifier="ЧУЖОЙ")
    foreign.meter.external_id = "F-1"
    await foreign.meter.save()
    elsewhere = await a_building(organization=home.organization)
    token = await a_service_token(
        home.organization, permissions={READING_REGISTER.code}, buildings=[elsewhere]
    )
    partial = await actor_of(token)
    near = await a_meter(premise=await a_premise(building=elsewhere), identifier="СВОЙ")
    await resource_settings(elsewhere)
    rows = [
        row(foreign.meter, "1"),
        {"meterExternalId": "F-1", "values": ["1"]},
        {"identifier": "ЧУЖОЙ", "values": ["1"]},
    ]

    outcome = await integrator.readings(*rows)
    of_partial = await integrator.readings(
        row(home.meter, "104"),
        {"identifier": "ХВС-15", "values": ["104"]},
        row(near, "1"),
        actor=partial,
    )

    assert [each[1][0] for each in outcome] == ["METER_UNKNOWN"] * 3
    assert of_partial == [
        ("REJECTED", ("METER_UNKNOWN", "meterId")),
        ("REJECTED", ("METER_UNKNOWN", "identifier")),
        ("CREATED",),
    ]
    assert await Reading.filter(meter_id=foreign.meter.id).count() == 0


async def test_an_employee_with_the_right_registers_as_another_system(
    integrator: Integrator, home: Home
) -> None:
    employee = await an_employee(home.organization, permissions={READING_REGISTER.code})

    outcome = await integrator.readings(
        row(home.meter, "104", channel="CRM"), actor=await actor_of(employee)
    )

    reading = await Reading.get(meter_id=home.meter.id, billing_month="2026-11-01")
    assert outcome == [("CREATED",)]
    assert (reading.author_kind, reading.channel) == (AuthorKind.SERVICE, SubmissionChannel.API)
    [kept] = await fetch("SELECT submitted_by_id FROM meters_reading WHERE id = $1", reading.id)
    assert kept["submitted_by_id"] == employee.user_id


async def test_who_may_not_register(integrator: Integrator, home: Home, gql: GraphQLClient) -> None:
    foreign = await a_home()
    stranger = await a_service_token(foreign.organization, permissions={READING_REGISTER.code})
    both = await an_employee(foreign.organization, permissions={READING_REGISTER.code})
    await an_employee(home.organization, permissions={SUBMIT.code}, user=await both.user)
    unlearned = await an_employee(home.organization, permissions={SUBMIT.code, METER_REGISTER.code})
    actors: list[Actor] = [
        ANONYMOUS,
        home.resident,
        await actor_of(unlearned),
        await actor_of(both),
        await actor_of(stranger),
    ]

    answers = [
        await integrator.call("readings", [row(home.meter, "104")], actor=actor) for actor in actors
    ]

    assert [each["errors"][0]["extensions"]["code"] for each in answers] == [
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "FORBIDDEN",
        "FORBIDDEN",
        "NOT_FOUND",
    ]
    assert len(await stored(home.meter)) == 1


async def test_too_many_rows_are_refused_as_a_whole(integrator: Integrator, home: Home) -> None:
    answer = await integrator.call("readings", [row(home.meter, "104")] * 1001)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert (error["extensions"]["limit"], error["extensions"]["value"]) == (1000, 1001)
    assert len(await stored(home.meter)) == 1


@pytest.mark.parametrize(
    "malformed",
    [
        {"takenOn": "2026-11-20 "},
        {"takenOn": "20.11.2026"},
        {"takenOn": "2026-11"},
        {"takenOn": "2026-11-31"},
        {"billingMonth": "11.2026"},
        {"billingMonth": "2026-13"},
        {"channel": "FAX"},
        {"values": None},
    ],
)
async def test_what_is_no_date_is_the_callers_mistake(
    integrator: Integrator, home: Home, malformed: dict[str, Any]
) -> None:
    answer = await integrator.call(
        "readings", [row(home.meter, "104"), row(home.meter, "104") | malformed]
    )

    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert len(await stored(home.meter)) == 1


async def test_every_place_that_is_of_no_type_is_named_at_once(
    integrator: Integrator, home: Home
) -> None:
    malformed: list[dict[str, Any]] = [
        {"takenOn": "2026-02-30"},
        {"billingMonth": "2026-13"},
        {"channel": "FAX"},
        {},
    ]

    answer = await integrator.call("readings", [row(home.meter, "104") | m for m in malformed])

    assert "data" not in answer
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"] * 3
    assert [each["extensions"]["variable"] for each in answer["errors"]] == [
        "input.readings[0].takenOn",
        "input.readings[1].billingMonth",
        "input.readings[2].channel",
    ]
    assert len(await stored(home.meter)) == 1


async def test_a_value_that_is_no_number_is_its_rows_own_fault(
    integrator: Integrator, home: Home
) -> None:
    other = await a_meter(premise=home.premise)

    rows = await integrator.readings(row(home.meter, "сто"), row(other, "7"))

    assert rows == [("REJECTED", ("INVALID_VALUE", "values", "0")), ("CREATED",)]


async def test_an_empty_call_is_answered(integrator: Integrator) -> None:
    assert await integrator.readings() == []


@pytest.mark.parametrize("size", [2, 40])
async def test_statements_do_not_grow_with_the_rows(
    integrator: Integrator, home: Home, queries: QueryCounter, size: int
) -> None:
    meters = [
        await a_meter(premise=home.premise, identifier=f"М{n}", external_id=f"M-{n}")
        for n in range(size)
    ]
    by_external_id = [
        {"meterExternalId": f"M-{n}", "values": ["1"], "takenOn": "2026-11-20"} for n in range(size)
    ]
    await integrator.readings(row(home.meter, "104"))  # the connection knows the types by now

    with queries.exactly(4):
        created = await integrator.readings(*by_external_id)
    with queries.exactly(2):
        unchanged = await integrator.readings(*by_external_id)
    with queries.exactly(4):
        corrected = await integrator.readings(
            *(row(meter, "2") for meter in meters), mode="OVERWRITE"
        )
    with queries.exactly(5):
        earlier = await integrator.readings(
            *(row(meter, "1", billingMonth="2026-09") for meter in meters)
        )
    with queries.exactly(1):
        unknown = await integrator.readings({"identifier": "НЕТ", "values": ["1"]})

    assert [
        {each[0] for each in found} for found in (created, unchanged, corrected, earlier, unknown)
    ] == [{"CREATED"}, {"UNCHANGED"}, {"UPDATED"}, {"CREATED"}, {"REJECTED"}]


@pytest.mark.parametrize(("count", "topics"), [(20, {"premise"}), (21, {"organization"})])
async def test_many_premises_are_touched_as_one_organization(
    integrator: Integrator, home: Home, count: int, topics: set[str]
) -> None:
    meters = []
    for n in range(count):
        flat = await a_premise(building=home.building, number=f"к{n}")
        meters.append(await a_meter(premise=flat))
    touched: list[str] = []

    async def note(work: Any) -> None:
        touched.extend(work.touched)

    async with on_commit(note):
        await integrator.readings(*(row(meter, "1") for meter in meters))

    assert {each.partition(":")[0] for each in touched} == topics | {"readings"}
    assert len(touched) == (count + 1 if topics == {"premise"} else 2)


async def test_the_event_is_one_row_of_the_outbox(integrator: Integrator, home: Home) -> None:
    meters = [await a_meter(premise=home.premise) for _ in range(5)]
    await integrator.readings(*(row(meter, "1") for meter in meters))

    names = [each["name"] for each in await fetch("SELECT name FROM kvartal_event")]
    assert names == ["meters.readings_registered"]
