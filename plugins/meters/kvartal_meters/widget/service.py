"""The widget's answers: what the rules say of each premise today."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from operator import itemgetter
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.months import YearMonth
from kvartal_meters.meters.rules import MeterScope, MeterStatus
from kvartal_meters.readings.queries.saving import settings_values
from kvartal_meters.readings.rules import MeterStanding, accepts
from kvartal_meters.resource_settings.rules import state_on
from kvartal_meters.widget import queries
from kvartal_meters.widget.rules import WidgetAnswer, WidgetMeter, widget_on

__all__ = ["PremiseWidget", "widgets_of"]

_FACTS = itemgetter(
    "timezone",
    "billing_month_shift",
    "place_archived",
    "scope",
    "status",
    "active",
    "start_day",
    "end_day",
    "fractions_allowed",
    "accepts_expired",
)


@dataclass(frozen=True, slots=True)
class PremiseWidget:
    """A premise's answer, and the instant at which it may change by itself."""

    answer: WidgetAnswer
    next_change: datetime | None


async def widgets_of(actor: Actor, premises: Sequence[UUID]) -> dict[UUID, PremiseWidget]:
    """The answers for those of the premises that the actor sees."""
    rows: dict[UUID, list[Record]] = {}
    for row in await queries.meters_of_premises(actor, premises):
        rows.setdefault(row["premise_id"], []).append(row)
    # Most premises of a house stand alike: they are answered with one and the same.
    known: dict[Hashable, PremiseWidget] = {}
    found: dict[UUID, PremiseWidget] = {}
    for premise, meters in rows.items():
        standing = _standing(meters)
        if standing not in known:
            known[standing] = _widget(meters)
        found[premise] = known[standing]
    return found


def _standing(rows: Sequence[Record]) -> Hashable:
    """All that the answer is made of: which meters they are, and whose, is no part of it."""
    return tuple(
        (
            row["meter_id"] is None,
            row["settings_id"] is None,
            _FACTS(row),
            tuple(row["months"] or ()),
        )
        for row in rows
    )


def _widget(rows: Sequence[Record]) -> PremiseWidget:
    zone = rows[0]["timezone"]
    today = clock.today(zone)
    meters = []
    for row in rows:
        if row["meter_id"] is None:
            continue
        settings = settings_values(row)
        window = state_on(settings.window, today, shift=row["billing_month_shift"])
        standing = MeterStanding(
            scope=MeterScope(row["scope"]),
            status=MeterStatus(row["status"]),
            settings=settings,
            window=window,
            place_archived=row["place_archived"],
        )
        months = {YearMonth.of(month) for month in row["months"] or ()}
        meters.append(WidgetMeter(accepts(standing), window.billing_month in months, window))
    answer = widget_on(meters, today)
    if answer.changes_on is None:
        return PremiseWidget(answer, None)
    midnight = datetime.combine(answer.changes_on, time(), tzinfo=clock.timezone(zone))
    return PremiseWidget(answer, midnight)
