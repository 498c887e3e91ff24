"""The widget's answers: what the rules say of each premise today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
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
    return {premise: _widget(meters) for premise, meters in rows.items()}


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
        )
        months = {YearMonth.of(month) for month in row["months"] or ()}
        meters.append(WidgetMeter(accepts(standing), window.billing_month in months, window))
    answer = widget_on(meters, today)
    if answer.changes_on is None:
        return PremiseWidget(answer, None)
    midnight = datetime.combine(answer.changes_on, time(), tzinfo=clock.timezone(zone))
    return PremiseWidget(answer, midnight)
