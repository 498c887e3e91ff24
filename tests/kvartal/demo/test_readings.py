"""The demo's readings are those that people could have sent: the rules find no fault with them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from kvartal import clock
from kvartal.db.connection import fetch
from kvartal.demo.estate import plan_estate
from kvartal.housing.models import Building
from kvartal.months import YearMonth
from kvartal.testing.host import Committed, TestHost
from kvartal_meters.catalog.rules import CATALOG
from kvartal_meters.demo.seed import tell_stories
from kvartal_meters.demo.windows import closed_on, open_on
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.readings.queries.saving import settings_values
from kvartal_meters.readings.rules import Values, check_values
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.resource_settings.rules import (
    SettingsValues,
    WindowDays,
    state_on,
    window_of,
)

OTHER_DAYS = ("2026-02-28T23:30+03:00", "2027-01-01T00:05+03:00")


async def test_the_stored_readings_are_what_the_rules_allow(demo: Committed) -> None:
    settings = {
        (row["building_id"], row["resource_kind"]): settings_values(row)
        for row in await fetch(
            "SELECT s.*, s.id AS settings_id FROM meters_resource_settings s"
            " WHERE level = 'BUILDING'"
        )
    }
    zones = {building.id: building.timezone for building in await Building.all()}
    readings: dict[object, list[Reading]] = {}
    for reading in await Reading.all().order_by("billing_month"):
        readings.setdefault(reading.meter_id, []).append(reading)

    checked = 0
    for meter in await Meter.all():
        own = readings.get(meter.id, [])
        values = settings.get((meter.building_id, meter.resource_kind), SettingsValues())
        check(meter, own, values, zones[meter.building_id], clock.now())
        checked += len(own)

    assert checked > 12_000


async def test_the_latest_readings_have_their_history(demo: Committed) -> None:
    rows = await fetch(
        """
        SELECT r.t1 = v.new_t1 AND r.t2 IS NOT DISTINCT FROM v.new_t2
                AND r.channel = v.channel AND r.author_kind = v.author_kind
                AND r.submitted_by_id IS NOT DISTINCT FROM v.changed_by_id AS agree, v.old_t1
        FROM meters_reading r LEFT JOIN LATERAL (
            SELECT * FROM meters_reading_revision v WHERE v.reading_id = r.id
            ORDER BY v.created_at DESC LIMIT 1) v ON true
        WHERE r.billing_month >= '2026-10-01'
        """
    )

    assert len(rows) > 1000
    assert {row["agree"] for row in rows} == {True}
    assert {row["old_t1"] for row in rows} == {None, Decimal(8352)}


@pytest.mark.parametrize("moment", OTHER_DAYS)
async def test_made_on_another_day_they_are_as_good(host: TestHost, moment: str) -> None:
    now = datetime.fromisoformat(moment)
    estate = plan_estate(now, ["meters.reading.submit"])

    stories = tell_stories(estate)

    waiting = {
        story.meter.identifier: story.device.calendar.days(0) is not None
        and story.meter.latest_month == story.device.calendar.month(0).first_day
        for story in stories
        if story.meter.identifier.startswith("77010015")
    }
    assert len(stories) == 752
    assert waiting == {"77010015-ХВ": False, "77010015-ГВ": True, "77010015-ЭЛ": True}
    for story in stories[::3]:
        calendar = story.device.calendar
        settings = calendar.settings or SettingsValues()
        check(story.meter, story.readings, settings, calendar.timezone, now)


def check(
    meter: Meter,
    readings: Sequence[Reading],
    settings: SettingsValues,
    timezone: str,
    now: datetime,
) -> None:
    """Judge a meter's readings, oldest first, as if each were submitted after the others."""
    today = now.astimezone(clock.timezone(timezone)).date()
    stored: list[StoredReading] = []
    for reading in readings:
        month = YearMonth.of(reading.billing_month)
        facts = facts_of(meter, settings, timezone, stored)
        values = of_registers(meter, reading.t1, reading.t2, reading.t3)
        neighbours = facts.neighbours(month)
        outcome = check_values(
            [str(value) for value in values],
            by=reading.author_kind,
            billing_month=month,
            limits=facts.limits(),
            neighbours=neighbours,
        )
        previous = of_registers(
            meter, reading.previous_t1, reading.previous_t2, reading.previous_t3
        )
        assert outcome.errors == (), (meter.identifier, month)
        assert neighbours.previous == (previous or None)
        assert reading.consumption == (outcome.consumption and outcome.consumption.total)
        assert reading.needs_review == bool(outcome.anomalies), (meter.identifier, month)
        check_days(meter, reading, settings, today)
        assert reading.submitted_at < now
        stored.insert(0, stored_of(reading, values, previous))
    latest = readings[-1] if readings else None
    assert meter.latest_reading_id == (latest.id if latest else None)
    assert meter.latest_month == (latest.billing_month if latest else None)
    assert meter.latest_submitted_at == (latest.submitted_at if latest else None)


def check_days(meter: Meter, reading: Reading, settings: SettingsValues, today: date) -> None:
    month = YearMonth.of(reading.billing_month)
    assert (meter.commissioned_on or date.min) <= reading.taken_on <= today
    if meter.scope is MeterScope.COLLECTIVE:
        assert YearMonth.of(reading.taken_on) == month
    else:
        assert settings.active
        assert window_of(settings.window, month).includes(reading.taken_on)
    if meter.status is MeterStatus.VERIFICATION and not settings.accept_expired:
        assert month < state_on(settings.window, today).billing_month


def facts_of(
    meter: Meter, settings: SettingsValues, timezone: str, stored: Iterable[StoredReading]
) -> MeterFacts:
    return MeterFacts(
        id=meter.id,
        organization_id=meter.organization_id,
        building_id=meter.building_id,
        premise_id=meter.premise_id,
        type=meter.type,
        scope=meter.scope,
        status=meter.status,
        commissioned_on=meter.commissioned_on,
        int_digits=meter.int_digits,
        ratio=meter.transformation_ratio,
        initial=of_registers(meter, meter.initial_t1, meter.initial_t2, meter.initial_t3) or None,
        timezone=timezone,
        settings=settings,
        readings=tuple(stored),
    )


def stored_of(reading: Reading, values: Values, previous: Values) -> StoredReading:
    return StoredReading(
        id=reading.id,
        billing_month=YearMonth.of(reading.billing_month),
        taken_on=reading.taken_on,
        values=values,
        previous=previous or None,
        saved_by=reading.author_kind,
        version=reading.version,
        ratio=Decimal(reading.transformation_ratio),
    )


def of_registers(meter: Meter, *values: Decimal | None) -> Values:
    registers = len(CATALOG[meter.type].registers)
    return tuple(value for value in values[:registers] if value is not None)


def test_some_window_is_open_and_another_closed_on_any_day() -> None:
    for back in range(800):
        day = date(2028, 3, 1) - timedelta(days=back)
        state = state_on(open_on(day), day)

        assert state.is_open
        assert state.billing_month == YearMonth.of(day)
        assert not state_on(closed_on(day), day).is_open
    assert open_on(date(2026, 11, 24)) == WindowDays(15, 25)
