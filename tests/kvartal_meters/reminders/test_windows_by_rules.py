"""Whom a window's first or last day concerns: SQL against the rules, for a year of days."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from kvartal.housing.models import Organization, Premise
from kvartal.months import YearMonth
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus
from kvartal_meters.readings.models import Reading
from kvartal_meters.readings.rules import MeterStanding, SubmissionChannel, accepts
from kvartal_meters.reminders.rules import WindowEdge
from kvartal_meters.reminders.service import premises_of_window_day
from kvartal_meters.resource_settings.rules import SettingsValues, WindowDays, state_on
from kvartal_meters.testing import resource_settings

MOSCOW = "Europe/Moscow"
TYPES = {
    ResourceKind.WATER: MeterType.COLD_WATER,
    ResourceKind.ELECTRICITY: MeterType.ELECTRICITY_1T,
    ResourceKind.GAS: MeterType.GAS,
}
# Those of domain rules, 6.1.
WINDOWS = [(15, 25), (25, 5), (31, 5), (30, 31), (29, 31), (31, 31), (31, 30), (20, 28), None]
NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)

Told = dict[ResourceKind, tuple[date, bool]]


@dataclass
class Fleet:
    """Meters of many windows with what is known of each, to be judged by the rules alone."""

    organizations: dict[UUID, Organization] = field(default_factory=dict)
    settings: dict[tuple[UUID, ResourceKind], SettingsValues] = field(default_factory=dict)
    meters: list[Meter] = field(default_factory=list)
    months: dict[UUID, set[YearMonth]] = field(default_factory=dict)

    def expected(self, day: date, edge: WindowEdge) -> dict[UUID, Told]:
        """By premise and resource: the window's last day, and whether a meter waits."""
        found: dict[UUID, Told] = {}
        for meter in self.meters:
            assert meter.premise_id
            shift = self.organizations[meter.organization_id].billing_month_shift
            settings = self.settings[meter.building_id, meter.resource_kind]
            state = state_on(settings.window, day, shift=shift)
            standing = MeterStanding(
                scope=meter.scope, status=meter.status, settings=settings, window=state
            )
            period = state.period
            opens, closes = period.opens_on == day, period.closes_on == day
            at_edge = opens if edge is WindowEdge.FIRST else closes and not opens
            if settings.window and at_edge and accepts(standing):
                waits = state.billing_month not in self.months[meter.id]
                of_premise = found.setdefault(meter.premise_id, {})
                _, known = of_premise.get(meter.resource_kind, (None, False))
                of_premise[meter.resource_kind] = (period.closes_on, waits or known)
        return found


async def a_fleet(dice: random.Random) -> Fleet:
    fleet = Fleet()
    for number in range(24):
        organization = await an_organization(billing_month_shift=-(number % 2))
        building = await a_building(organization=organization, timezone=MOSCOW)
        fleet.organizations[organization.id] = organization
        for kind in TYPES:
            days = dice.choice(WINDOWS)
            active, accepts_expired = dice.random() < 0.9, dice.random() < 0.5
            await resource_settings(
                building, kind, days=days, active=active, accepts_expired=accepts_expired
            )
            fleet.settings[building.id, kind] = SettingsValues(
                active=active,
                window=WindowDays(*days) if days else None,
                accept_expired=accepts_expired,
            )
        for flat in range(2):
            premise = await a_premise(building=building, number=str(flat + 1))
            fleet.meters += [new_meter(premise, dice) for _ in range(dice.randrange(5))]
    for meter in fleet.meters:
        months = [YearMonth(2026, 9).shift(n) for n in range(18) if dice.random() < 0.5]
        fleet.months[meter.id] = set(months)
        meter.latest_month = max(months).first_day if months else None
    await Meter.bulk_create(fleet.meters)
    await Reading.bulk_create(
        [a_row(meter, month) for meter in fleet.meters for month in fleet.months[meter.id]]
    )
    return fleet


def new_meter(premise: Premise, dice: random.Random) -> Meter:
    kind = dice.choice(list(TYPES))
    status = dice.choice(
        [*[MeterStatus.ACTIVE] * 4, MeterStatus.VERIFICATION, MeterStatus.ARCHIVED]
    )
    return Meter(
        organization_id=premise.organization_id,
        building_id=premise.building_id,
        premise_id=premise.id,
        scope=dice.choice([MeterScope.INDIVIDUAL, MeterScope.ROOM]),
        type=TYPES[kind],
        resource_kind=kind,
        identifier=f"{premise.id}-{dice.random()}",
        status=status,
        archived_at=NOON if status is MeterStatus.ARCHIVED else None,
    )


async def test_a_year_of_days_is_told_as_the_rules_tell_it(db: None) -> None:
    fleet = await a_fleet(random.Random(2027))
    compared = 0

    for number in range(366):
        day = date(2027, 1, 1) + timedelta(days=number)
        for edge in WindowEdge:
            expected = fleet.expected(day, edge)
            premises = await premises_of_window_day(
                MOSCOW, day, edge=edge, after=None, limit=10_000
            )
            found = {
                premise.premise_id: {
                    kind: (window.closes_on, kind in window.unsent)
                    for window in premise.windows
                    for kind in window.kinds
                }
                for premise in premises
            }
            assert found == expected, (day, edge)
            compared += len(found)

    assert compared > 1000


def a_row(meter: Meter, month: YearMonth) -> Reading:
    return Reading(
        organization_id=meter.organization_id,
        building_id=meter.building_id,
        premise_id=meter.premise_id,
        meter_id=meter.id,
        scope=meter.scope,
        resource_kind=meter.resource_kind,
        billing_month=month.first_day,
        taken_on=month.first_day,
        submitted_at=NOON,
        author_kind=AuthorKind.RESIDENT,
        channel=SubmissionChannel.RESIDENT_APP,
        t1=1,
    )
