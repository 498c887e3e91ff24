"""Whether a meter takes a reading from the actor now, and if not, why."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.errors import DomainError
from kvartal.graphql.extend import extends
from kvartal.months import YearMonth
from kvartal_meters.errors import PeriodClosed
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.loaders import FactsByMeter
from kvartal_meters.readings.rules import confirmation_thresholds
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import refusals_today
from kvartal_meters.readings.service.save import author_of

__all__ = ["MeterSubmission", "MeterSubmissions", "SubmissionRefusal"]


@strawberry.type(description="Why a reading would be refused now.")
class SubmissionRefusal:
    """One reason, as the mutation would give it."""

    code: str = strawberry.field(
        description="Machine-readable reason, e.g. PERIOD_CLOSED or METER_ARCHIVED."
    )
    message: str = strawberry.field(description="The reason in the client's language.")
    opens_on: date | None = strawberry.field(
        description="With PERIOD_CLOSED: the first day on which readings are taken again."
    )


@strawberry.type(description="Whether a meter takes a reading from the actor now.")
class MeterSubmission:
    """What the form shows: enabled or disabled, and the reason."""

    allowed: bool = strawberry.field(
        description="Whether the actor may submit or correct the month's reading now."
    )
    reasons: list[SubmissionRefusal] = strawberry.field(description="Why not; empty if allowed.")
    billing_month: YearMonth = strawberry.field(
        description="The month that a reading of today belongs to."
    )
    opens_on: date | None = strawberry.field(
        description="First day of the window that is open or opens next; null for house meters."
    )
    closes_on: date | None = strawberry.field(
        description="Last day of that window; null for house meters."
    )
    has_reading: bool = strawberry.field(
        description="Whether the month's reading is there already: another one corrects it."
    )
    fractions_allowed: bool = strawberry.field(description="Whether values may have decimals.")
    confirmation_thresholds: list[Decimal | None] = strawberry.field(
        description="Per register, T1 first: the consumption above which a confirmation is asked;"
        " null where none is."
    )


@extends(Meter)
class MeterSubmissions:
    """What a meter lets the actor do."""

    @strawberry.field(
        description="Whether the actor may submit a reading now; null without the right to."
    )
    async def submission(
        self, info: Info, parent: strawberry.Parent[Meter]
    ) -> MeterSubmission | None:
        """The answer of the rules, today in the building's time zone."""
        actor = info.context.actor
        facts = await info.context.load(FactsByMeter, parent.uuid)
        if not (actor.is_resident or actor.may(SUBMIT.code, facts.organization_id)):
            return None
        author = author_of(actor, facts)
        month, reasons = refusals_today(facts, author)
        window = None if facts.is_collective else facts.standing(author.today).window.upcoming
        return MeterSubmission(
            allowed=not reasons,
            reasons=_reasons(reasons, info.context.locale),
            billing_month=month,
            opens_on=window.opens_on if window else None,
            closes_on=window.closes_on if window else None,
            has_reading=facts.reading_of(month) is not None,
            fractions_allowed=facts.limits().fraction,
            confirmation_thresholds=_thresholds(facts, month),
        )


def _reasons(refusals: Sequence[DomainError], locale: str) -> list[SubmissionRefusal]:
    return [
        SubmissionRefusal(
            code=each.code,
            message=text.say(each.message_code, locale, **each.facts()),
            opens_on=each.opens_on if isinstance(each, PeriodClosed) else None,
        )
        for each in refusals
    ]


def _thresholds(facts: MeterFacts, month: YearMonth) -> list[Decimal | None]:
    registers = len(facts.specification.registers)
    neighbours = facts.neighbours(month)
    if neighbours.previous is None:
        return [None] * registers
    return list(
        confirmation_thresholds(
            registers,
            billing_month=month,
            months=neighbours.months,
            past=neighbours.past,
            limits=facts.limits().anomaly,
        )
    )
