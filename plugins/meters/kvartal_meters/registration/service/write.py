"""Writing what a bulk call saves, and telling of it once, however many readings it are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from kvartal import clock, live
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor
from kvartal.events import emit
from kvartal.home.api import organization_topic, premise_topic
from kvartal_meters.events import ReadingsRegistered
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.readings.queries import saving
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.readings.service.save import following_row, reading_row
from kvartal_meters.readings.topics import readings_topic
from kvartal_meters.registration.rules.readings import JudgedReading

__all__ = ["touch_premises", "write_readings"]

FEW_PREMISES = 20
"""More of them are not touched one by one: then all of the organization look again."""


async def write_readings(
    actor: Actor,
    organization_id: UUID,
    judged: Iterable[JudgedReading],
    *,
    by: AuthorKind = AuthorKind.SERVICE,
) -> None:
    """Write what is to be saved, with its event and its live changes."""
    saved = [each for each in judged if each.is_saved]
    if not saved:
        nothing_changed()
        return
    now = clock.now()
    by_channel: dict[SubmissionChannel, list[JudgedReading]] = {}
    for each in saved:
        by_channel.setdefault(each.sent.channel, []).append(each)
    for channel, rows in by_channel.items():
        # lint-skip: query-in-loop -- once for each of three channels at most
        await _write(actor, by, rows, channel, now)
    if following := [following_row(each.verdict) for each in saved if each.verdict.following]:
        await saving.write_following(following, now=now)
    _announce(organization_id, saved)


async def _write(
    actor: Actor,
    by: AuthorKind,
    rows: Sequence[JudgedReading],
    channel: SubmissionChannel,
    now: datetime,
) -> None:
    written = [reading_row(each.id, each.meter, each.verdict) for each in rows if each.id]
    await saving.write_readings(
        written, by=by, user_id=actor.user_id, channel=channel.value, now=now
    )


def _announce(organization_id: UUID, saved: Sequence[JudgedReading]) -> None:
    emit(
        ReadingsRegistered(
            organization_id=organization_id,
            accepted_ids=_ids(each for each in saved if each.verdict.existing is None),
            corrected_ids=_ids(each for each in saved if each.verdict.existing is not None),
            following_ids=tuple(
                each.verdict.following[0].id for each in saved if each.verdict.following
            ),
        )
    )
    live.touch(readings_topic(organization_id))
    touch_premises(organization_id, {each.meter.premise_id for each in saved})


def _ids(judged: Iterable[JudgedReading]) -> tuple[UUID, ...]:
    return tuple(each.id for each in judged if each.id is not None)


def touch_premises(organization_id: UUID, premises: Iterable[UUID | None]) -> None:
    """Let the widgets of these premises look again; of many, those of the organization do."""
    found = {each for each in premises if each is not None}
    if len(found) > FEW_PREMISES:
        live.touch(organization_topic(organization_id))
        return
    for premise in found:
        live.touch(premise_topic(premise))
