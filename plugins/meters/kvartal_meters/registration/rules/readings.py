"""What becomes of the rows of readings about one meter, in whatever order their months come.

Each month's reading is the predecessor of the next one's, those of the same call included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from uuid import UUID

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.months import YearMonth
from kvartal_meters.errors import AnomalyConfirmationRequired
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.rules import Rights, parse_value, truncate
from kvartal_meters.readings.rules.history import MeterFacts, StoredReading
from kvartal_meters.readings.rules.judgement import (
    Author,
    Judgement,
    SubmittedValues,
    judge_correction,
    judge_month,
    judge_submission,
)
from kvartal_meters.readings.rules.values import SYSTEMS_DECIMALS
from kvartal_meters.registration.errors import (
    FractionTruncated,
    NeedsReview,
    ReadingDuplicated,
    ReadingExists,
)
from kvartal_meters.registration.rules.sent import ReadingsMode, SentReading

__all__ = ["HISTORY", "JudgedReading", "judge_meter"]

# A month that does not fit its neighbours may fit them once they are changed too: a shift of many
# months upwards settles from the last one backwards, one downwards from the first one on.
PASSES = 4

# A month, and the three before it that its average is of, and one more to count a gap from: each
# reading is of a month or more.
HISTORY = 5


@dataclass(slots=True)
class JudgedReading:
    """A row with its verdict, and the id of the reading that it is about.

    ``superseded_by``: the row of the same month that counts in its stead.
    """

    sent: SentReading
    meter: MeterFacts
    verdict: Judgement
    warnings: list[DomainError] = field(default_factory=list)
    id: UUID | None = None
    superseded_by: "JudgedReading | None" = None

    @property
    def is_saved(self) -> bool:
        """There is something to write."""
        return self.superseded_by is None and not (self.verdict.errors or self.verdict.unchanged)

    @property
    def outcome(self) -> RowOutcome:
        """What the client is told."""
        if self.errors:
            return RowOutcome.REJECTED
        if self.superseded_by or self.verdict.unchanged:
            return RowOutcome.UNCHANGED
        return RowOutcome.UPDATED if self.verdict.existing else RowOutcome.CREATED

    @property
    def errors(self) -> Sequence[DomainError]:
        """Why it is rejected; a row whose successor is rejected has nothing to show either."""
        if self.superseded_by is not None:
            return [ReadingDuplicated()] if self.superseded_by.verdict.errors else []
        return self.verdict.errors


def judge_meter(
    meter: MeterFacts,
    rows: Sequence[SentReading],
    by: Author,
    mode: ReadingsMode,
    new_id: Callable[[], UUID],
) -> list[JudgedReading]:
    """The verdicts on the rows about a meter, in their order."""
    if len(rows) == 1:
        judged = [_judged(meter, rows[0], by, mode)]
    else:
        judged = [
            JudgedReading(
                row,
                meter,
                judge_month(meter, by, taken_on=row.taken_on, billing_month=row.billing_month),
            )
            for row in rows
        ]
        _settle(meter, _winners(judged), by, mode, new_id)
    for each in judged:
        if each.id is None and not each.verdict.errors:
            existing = each.verdict.existing
            each.id = existing.id if existing else new_id()
    for each in judged:
        if each.superseded_by is not None:
            each.id = each.superseded_by.id
            each.warnings = [] if each.errors else [ReadingDuplicated()]
    return judged


def _judged(
    meter: MeterFacts,
    sent: SentReading,
    by: Author,
    mode: ReadingsMode,
    placed: Judgement | None = None,
) -> JudgedReading:
    values, truncated = _whole(meter, sent.values)

    def judge(submitted: SubmittedValues) -> Judgement:
        return judge_submission(
            meter,
            submitted,
            by,
            taken_on=sent.taken_on,
            billing_month=sent.billing_month,
            placed=placed,
        )

    verdict, anomalies = _unasked(judge, SubmittedValues(values=values, rollover=sent.rollover))
    if verdict.existing and not verdict.unchanged and mode is ReadingsMode.APPEND:
        verdict = verdict._replace(errors=(_kept(verdict.existing, values),))
    warnings = [] if verdict.errors else [*truncated, *anomalies]
    return JudgedReading(sent, meter, verdict, warnings)


def _unasked(
    judge: Callable[[SubmittedValues], Judgement], submitted: SubmittedValues
) -> tuple[Judgement, list[DomainError]]:
    """The verdict where nobody can be asked: an anomaly is saved, and the staff look at it."""
    verdict = judge(submitted)
    anomalies = [each for each in verdict.errors if isinstance(each, AnomalyConfirmationRequired)]
    if not anomalies:
        return verdict, []
    return judge(submitted._replace(confirmed=True)), [
        NeedsReview(
            path=each.path, consumption=each.consumption, average=each.average, unit=each.unit
        )
        for each in anomalies
    ]


def _whole(
    meter: MeterFacts, values: Sequence[str]
) -> tuple[Sequence[str | Decimal], list[DomainError]]:
    """The values as they are to be saved: whole ones where the building takes no fractions."""
    if meter.settings.fraction or meter.is_collective:
        return values, []
    saved: list[str | Decimal] = []
    warnings: list[DomainError] = []
    for register, raw in enumerate(values):
        value = parse_value(raw, decimals=SYSTEMS_DECIMALS)
        if isinstance(value, Decimal) and value % 1:
            [whole] = truncate([value])
            path = ("values", register)
            warnings.append(FractionTruncated(path=path, given=value, saved=whole))
            saved.append(whole)
        else:
            saved.append(raw)
    return saved, warnings


def _kept(existing: StoredReading, values: Sequence[str | Decimal]) -> ReadingExists:
    """The refusal to change a reading; it tells the first value that is another one."""
    month = existing.billing_month
    for register, (stored, raw) in enumerate(zip(existing.values, values, strict=False)):
        if parse_value(raw, decimals=SYSTEMS_DECIMALS) != stored:
            return ReadingExists(path=("values", register), billing_month=month, existing=stored)
    return ReadingExists(path=("values",), billing_month=month, existing=existing.values[0])


def _winners(judged: Sequence[JudgedReading]) -> dict[YearMonth, JudgedReading]:
    """The last row of each month; of a day that cannot be, nobody knows the month."""
    found: dict[YearMonth, JudgedReading] = {}
    for each in reversed(judged):
        if each.verdict.errors:
            continue
        last = found.setdefault(each.verdict.billing_month, each)
        if last is not each:
            each.superseded_by = last
    return found


def _settle(
    meter: MeterFacts,
    rows: Mapping[YearMonth, JudgedReading],
    by: Author,
    mode: ReadingsMode,
    new_id: Callable[[], UUID],
) -> None:
    """Judge the months one after another, each against what the others have made."""
    facts, pending = meter, sorted(rows)
    readings: list[StoredReading] = []
    # Each month after all that is known has seen all it asks for when its turn came.
    appends = not meter.readings or not pending or meter.readings[0].billing_month < pending[0]
    saved: list[JudgedReading] = []
    for turn in range(PASSES):
        refused: list[YearMonth] = []
        for month in pending if turn % 2 == 0 else reversed(pending):
            row = rows[month]
            # Of the first turn the verdict is still that of the month alone.
            placed = row.verdict if turn == 0 else None
            again = _judged(_around(facts, month), row.sent, by, mode, placed)
            row.verdict, row.warnings = again.verdict, again.warnings
            if row.verdict.errors:
                refused.append(month)
            elif not row.verdict.unchanged:
                existing = row.verdict.existing
                row.id = existing.id if existing else new_id()
                if facts is meter:
                    readings = list(meter.readings)
                    facts = meter._replace(readings=readings)
                before = row.verdict.following is not None
                _put(readings, _stored(meter, row.verdict, row.id), before=before)
                saved.append(row)
        if not refused or len(refused) == len(pending):
            break
        pending, appends = sorted(refused), False
    if not appends:
        _count_anew(facts, saved, by)


def _around(meter: MeterFacts, month: YearMonth) -> MeterFacts:
    """The meter with the readings alone that a month asks for: all would cost their square."""
    if len(meter.readings) <= HISTORY:
        return meter
    later = sum(each.billing_month > month for each in meter.readings)
    return meter._replace(readings=meter.readings[max(later - 1, 0) : later + HISTORY])


def _stored(meter: MeterFacts, verdict: Judgement, reading_id: UUID) -> StoredReading:
    """The reading as it will be once it is saved."""
    existing = verdict.existing
    return StoredReading(
        id=reading_id,
        billing_month=verdict.billing_month,
        taken_on=verdict.taken_on,
        values=verdict.values,
        previous=verdict.previous,
        saved_by=AuthorKind.SERVICE,
        version=existing.version if existing else 1,
        ratio=existing.ratio if existing else meter.ratio,
    )


def _put(readings: list[StoredReading], saved: StoredReading, *, before: bool) -> None:
    """Let a reading be among the others; ``before`` one that is counted from it."""
    month = saved.billing_month
    place = sum(each.billing_month > month for each in readings)
    if before:
        readings[place - 1] = readings[place - 1]._replace(previous=saved.values)
    is_there = place < len(readings) and readings[place].billing_month == month
    readings[place : place + is_there] = [saved]


def _count_anew(meter: MeterFacts, saved: Sequence[JudgedReading], by: Author) -> None:
    """Count each saved reading from the one before it, now that all of them are known.

    Whether the author may save it has been settled before the later ones were there.
    """
    ids = {each.id for each in saved}
    by = by._replace(rights=Rights(outside_period=True, correct_past=True))
    for row in saved:
        month = row.verdict.billing_month
        facts = _around(meter, month)
        reading = facts.reading_of(month)
        assert reading is not None  # it was put there
        values, truncated = _whole(meter, row.sent.values)
        final, anomalies = _unasked(
            partial(judge_correction, facts, by=by, existing=reading),
            SubmittedValues(values=values, rollover=row.sent.rollover),
        )
        row.warnings = [*truncated, *anomalies]
        following = final.following
        if following is not None and following[0].id in ids:
            following = None  # it is written itself
        row.verdict = final._replace(existing=row.verdict.existing, following=following)
