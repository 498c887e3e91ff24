"""Handing the settings of a quarter or a group to its buildings, and ending a rule."""

from dataclasses import dataclass, replace

from kvartal import clock
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.models import uuid7
from kvartal.errors import Forbidden
from kvartal.events import emit
from kvartal.live import touch
from kvartal.progress import telling
from kvartal_meters.errors import RuleLocked
from kvartal_meters.events import ResourceRuleCancelled, ResourceSettingsApplied
from kvartal_meters.resource_settings.queries import applying, reading, writing
from kvartal_meters.resource_settings.queries.applying import Judgement
from kvartal_meters.resource_settings.queries.reading import ActiveRule, LevelSettings
from kvartal_meters.resource_settings.rules import (
    Application,
    ApplyMode,
    Outcome,
    Place,
    SettingsLevel,
)
from kvartal_meters.resource_settings.service.access import (
    changing,
    refuse_if_locked,
    require_level_above,
)
from kvartal_meters.resource_settings.topics import application_topic

__all__ = ["Applied", "apply", "cancel_rule"]

PORTION = 500
"""Buildings written between two words about how far it is; all are one transaction."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an application does to the buildings, and how the level stands with it."""

    judgement: Judgement
    settings: LevelSettings

    def count(self, outcome: Outcome) -> int:
        """How many buildings meet that outcome."""
        return self.judgement.counts.get(outcome, 0)


async def apply(actor: Actor, place: Place, mode: ApplyMode, *, preview: bool = False) -> Applied:
    """Replace all settings of the buildings with the level's; as a rule, lock them too.

    Buildings that the actor may not change are left alone. ``preview``: nothing is written.
    """
    require_level_above(place)
    async with changing(actor, place) as before:
        refuse_if_locked(before)
        application = _application(before, mode)
        judgement = await applying.judge(actor, place, application)
        if application.locks and place.level is SettingsLevel.GROUP and judgement.locked:
            owner = reading.owner_of(judgement.locked[0])
            raise RuleLocked(level=owner.place.level, name=owner.name, building_taken=True)
        applied = Applied(judgement, before)
        if not preview:
            applied = replace(applied, settings=await _write(actor, before, application))
            _tell(actor, applied, mode)
    return applied


async def cancel_rule(actor: Actor, place: Place) -> LevelSettings:
    """End the rule of a quarter or a group; the buildings keep their settings.

    Nothing to do if no rule is in force. Who may not change all the buildings that it locks cannot
    set them free.
    """
    require_level_above(place)
    async with changing(actor, place) as before:
        rule = before.rule
        if rule is None:
            nothing_changed()
            return before
        if await reading.locks_beyond_access(actor, rule.id):
            raise Forbidden("FORBIDDEN_BUILDINGS_OF_RULE")
        if await writing.cancel_rule(rule.id, place.level, now=clock.now()):
            touch(f"organization:{before.organization_id}")
        emit(
            ResourceRuleCancelled(
                before.organization_id, place.level, place.id, rule.id, actor.user_id
            )
        )
    return replace(before, rule=None)


def _application(settings: LevelSettings, mode: ApplyMode) -> Application:
    locks = mode is ApplyMode.RULE
    rule_id = settings.rule.id if settings.rule else uuid7() if locks else None
    return Application(
        level=settings.place.level, table=settings.table, rule_id=rule_id, locks=locks
    )


async def _write(actor: Actor, before: LevelSettings, application: Application) -> LevelSettings:
    place, rule_id, now = before.place, application.rule_id, clock.now()
    rule = before.rule
    if application.locks and rule_id is not None:
        table = application.table
        await writing.keep_rule(place, before.organization_id, rule_id, table, now=now)
        rule = ActiveRule(rule_id, table)
    buildings = await applying.changing(actor, place, application)
    async with telling(application_topic(place), len(buildings)) as tell:
        for begin in range(0, len(buildings), PORTION):
            portion = buildings[begin : begin + PORTION]
            # lint-skip: query-in-loop -- parts
            await applying.write(before.organization_id, application, portion, now=now)
            await tell(begin + len(portion))
    return replace(before, rule=rule)


def _tell(actor: Actor, applied: Applied, mode: ApplyMode) -> None:
    settings = applied.settings
    emit(
        ResourceSettingsApplied(
            organization_id=settings.organization_id,
            level=settings.place.level,
            place_id=settings.place.id,
            mode=mode,
            rule_id=settings.rule.id if settings.rule and mode is ApplyMode.RULE else None,
            changed=applied.count(Outcome.CHANGED),
            unchanged=applied.count(Outcome.UNCHANGED),
            skipped_locked=applied.count(Outcome.LOCKED),
            skipped_inaccessible=applied.count(Outcome.INACCESSIBLE),
            user_id=actor.user_id,
        )
    )
    if applied.count(Outcome.CHANGED):
        touch(f"organization:{settings.organization_id}")
