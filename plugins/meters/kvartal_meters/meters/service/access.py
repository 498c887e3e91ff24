"""The way to a meter for whoever wants to change it, and what is told of the change."""

from collections.abc import Mapping
from uuid import UUID

from kvartal.audit.api import watch
from kvartal.auth.api import Actor
from kvartal.db.sql import refusing_duplicates
from kvartal.errors import DomainError, Forbidden, NotFound, VersionConflict
from kvartal.events import emit
from kvartal.home.api import building_topic, premise_topic
from kvartal.housing.api import ExternalIdTaken
from kvartal.live import touch
from kvartal.permissions import BUILDING_EDIT, PREMISE_EDIT
from kvartal.plugin import Permission
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards
from kvartal_meters.meters.rules import MeterChange, MeterScope
from kvartal_meters.meters.rules.refusals import IdentifierTaken

__all__ = ["announce", "announce_follower", "held", "permission_for", "refusals", "save"]


def permission_for(scope: MeterScope) -> Permission:
    """The right to change a meter: it is part of its premise, or of its building."""
    return BUILDING_EDIT if scope is MeterScope.COLLECTIVE else PREMISE_EDIT


async def held(
    actor: Actor, meter_id: UUID, *, expected_version: int | None = None
) -> models.Meter:
    """A meter that the actor may change, locked; the audit log will tell what becomes of it."""
    permitted = await cards.lock_meter(actor, meter_id)
    if permitted is None:
        raise NotFound
    # Read after the wait for the lock: what stood there before may be another meanwhile.
    meter = await models.Meter.get(id=meter_id)
    if not permitted:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission_for(meter.scope).code)
    if expected_version not in {None, meter.version}:
        raise VersionConflict(version=meter.version, path=("expected_version",))
    watch(meter)
    return meter


def refusals(
    identifier: tuple[str, ...] = ("identifier",),
) -> Mapping[str, DomainError]:
    """Why a meter cannot be kept, by the unique key that another one holds."""
    return {
        "meters_meter_identifier": IdentifierTaken(path=identifier),
        "meters_meter_external_id": ExternalIdTaken(path=("external_id",)),
    }


async def save(
    actor: Actor,
    meter: models.Meter,
    change: MeterChange,
    *,
    identifier: tuple[str, ...] = ("identifier",),
) -> None:
    """Write a changed meter and tell of it; ``identifier``: where its identifier is refused."""
    meter.version += 1
    with refusing_duplicates(**refusals(identifier)):
        await meter.save(force_update=True)
    announce(actor, meter, change)


def announce(actor: Actor, meter: models.Meter, change: MeterChange) -> None:
    """Tell handlers and open screens that a meter has changed."""
    emit(
        MeterChanged(
            meter_id=meter.id,
            organization_id=meter.organization_id,
            building_id=meter.building_id,
            premise_id=meter.premise_id,
            scope=meter.scope,
            change=change,
            status=meter.status,
            user_id=actor.user_id,
        )
    )
    if meter.premise_id:
        touch(premise_topic(meter.premise_id))
    else:
        touch(building_topic(meter.building_id))


async def announce_follower(actor: Actor, meter_id: UUID | None) -> None:
    """Tell of a meter, if there is one, that replaces another one than before, or none."""
    if meter_id is not None:
        announce(actor, await models.Meter.get(id=meter_id), MeterChange.UPDATED)
