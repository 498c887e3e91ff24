"""The home widget «Счетчики» over GraphQL."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from kvartal import text
from kvartal.context import Context
from kvartal.graphql.enums import describe_enum
from kvartal.home.api import HomeWidget
from kvartal.plugin import HomeWidgetKind
from kvartal_meters.widget.rules import WidgetAnswer, WidgetState
from kvartal_meters.widget.service import PremiseWidget, widgets_of

__all__ = ["WIDGET", "MeterWidget"]

KEY = "meters"

describe_enum(
    WidgetState,
    "What the widget «Счетчики» asks of the resident.",
    SUBMIT="Readings are awaited: a window is open.",
    SUBMITTED="All readings of the period are there.",
    OPENS_LATER="Readings are missing, and no window is open for them.",
    NONE="No meter takes readings: the widget has no status.",
)


@strawberry.type(description="The home widget «Счетчики»: how many meters are read (k/N).")
class MeterWidget(HomeWidget):
    """The widget of one premise, today in its building's time zone."""

    state: WidgetState = strawberry.field(description="What it asks of the resident.")
    submitted: int = strawberry.field(
        description="Meters with a reading of their own present period."
    )
    total: int = strawberry.field(description="N: meters of the premise that take readings.")
    submit_by: date | None = strawberry.field(
        description="With SUBMIT: the nearest last day of an open window that still waits."
    )
    opens_on: date | None = strawberry.field(
        description="With OPENS_LATER: the first day on which a missing reading is taken."
    )
    days_until_open: int | None = strawberry.field(
        description="With OPENS_LATER: days until then, 1 or more."
    )
    message: str | None = strawberry.field(
        description="The status in the client's language; null with NONE."
    )
    progress: str | None = strawberry.field(
        description="The count as people read it, e.g. «Передано 2/3»; null if nothing counts."
    )


def _made(widget: PremiseWidget, locale: str) -> MeterWidget:
    answer = widget.answer
    return MeterWidget(
        key=KEY,
        title=text.say("WIDGET_TITLE", locale),
        next_change=widget.next_change,
        state=answer.state,
        submitted=answer.submitted,
        total=answer.total,
        submit_by=answer.submit_by,
        opens_on=answer.opens_on,
        days_until_open=answer.days_until_open,
        message=_message(answer, locale),
        progress=_progress(answer, locale),
    )


def _message(answer: WidgetAnswer, locale: str) -> str | None:
    if answer.state is WidgetState.NONE:
        return None
    return text.say(
        f"WidgetState.{answer.state.name}",
        locale,
        submit_by=answer.submit_by,
        count=answer.days_until_open,
    )


def _progress(answer: WidgetAnswer, locale: str) -> str | None:
    shown = answer.state is WidgetState.SUBMIT or (
        answer.state is WidgetState.OPENS_LATER and answer.submitted > 0
    )
    if not shown:
        return None
    return text.say("WIDGET_PROGRESS", locale, submitted=answer.submitted, total=answer.total)


async def _fetch(context: Context, premises: Sequence[UUID]) -> Mapping[UUID, Any]:
    found = await widgets_of(context.actor, premises)
    made = {widget: _made(widget, context.locale) for widget in set(found.values())}
    return {premise: made[widget] for premise, widget in found.items()}


WIDGET = HomeWidgetKind(key=KEY, type=MeterWidget, fetch=_fetch)
