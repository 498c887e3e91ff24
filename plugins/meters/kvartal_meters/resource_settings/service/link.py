"""Linking a service of verification to a resource of buildings, and taking the link away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, Forbidden
from kvartal.events import emit
from kvartal.permissions import BUILDING_EDIT
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.events import ResourceSettingsChanged, VerificationServiceLinked
from kvartal_meters.resource_settings.queries import linking, writing
from kvartal_meters.resource_settings.queries.linking import LinkJudgement
from kvartal_meters.resource_settings.queries.reading import LevelSettings
from kvartal_meters.resource_settings.rules import (
    Link,
    LinkOutcome,
    LinkScope,
    Place,
    SettingsLevel,
)
from kvartal_meters.resource_settings.service.access import changing, refuse_if_locked
from kvartal_meters.resource_settings.service.linkable import linkable_services
from kvartal_meters.resource_settings.service.update import change_settings

__all__ = ["LinkRequest", "link", "unlink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """The dialog «Привязать к услуге»; ``building_id``: with THIS_BUILDING alone."""

    resource_kind: ResourceKind
    service_id: UUID
    scope: LinkScope
    building_id: UUID | None = None


async def link(actor: Actor, asked: LinkRequest, *, preview: bool = False) -> LinkJudgement:
    """Link a service in one building, or in all that the actor may change (``preview``: in none).

    Another service that a building has is replaced; of all, those under a rule are left alone.
    What residents see on their home screens does not hang on it: no live change.
    """
    if (asked.building_id is None) is (asked.scope is LinkScope.THIS_BUILDING):
        raise BadInput("LINK_SCOPE_UNCLEAR")
    async with _linking(actor, asked) as wanted:
        judgement = await linking.judge_link(actor, wanted)
        if not judgement.changes:
            nothing_changed()
        elif not preview:
            await linking.write_link(actor, wanted, now=clock.now())
            _tell(actor, wanted, judgement)
    return judgement


async def unlink(actor: Actor, building_id: UUID, resource_kind: ResourceKind) -> LevelSettings:
    """Take the service of a resource away from a building; nothing to do if it has none."""
    return await change_settings(
        actor,
        Place(SettingsLevel.BUILDING, building_id),
        lambda before: {resource_kind: replace(before[resource_kind], service_id=None)},
    )


@asynccontextmanager
async def _linking(actor: Actor, asked: LinkRequest) -> AsyncIterator[Link]:
    """A unit of work with what is to be linked where, as soon as nobody else changes settings."""
    services = [(asked.service_id, ("service_id",))]
    if asked.building_id is not None:
        place = Place(SettingsLevel.BUILDING, asked.building_id)
        async with changing(actor, place) as settings:
            refuse_if_locked(settings)
            organization_id = settings.organization_id
            await linkable_services(actor, services, organization_id=organization_id)
            yield _link(asked, organization_id)
        return
    async with unit_of_work():
        found = await linkable_services(actor, services)
        organization_id = found[asked.service_id]["organization_id"]
        if not actor.may(BUILDING_EDIT.code, organization_id):
            raise Forbidden("FORBIDDEN_PERMISSION", permission=BUILDING_EDIT.code)
        await writing.hold_settings(organization_id)
        yield _link(asked, organization_id)


def _link(asked: LinkRequest, organization_id: UUID) -> Link:
    return Link(
        organization_id=organization_id,
        resource_kind=asked.resource_kind,
        service_id=asked.service_id,
        building_id=asked.building_id,
    )


def _tell(actor: Actor, link: Link, judgement: LinkJudgement) -> None:
    if link.building_id is not None:
        emit(ResourceSettingsChanged(link.organization_id, link.building_id, actor.user_id))
        return
    emit(
        VerificationServiceLinked(
            organization_id=link.organization_id,
            resource_kind=link.resource_kind,
            service_id=link.service_id,
            changed=judgement.changes,
            replaced=judgement.counts[LinkOutcome.REPLACED],
            skipped_locked=judgement.counts[LinkOutcome.LOCKED],
            user_id=actor.user_id,
        )
    )
