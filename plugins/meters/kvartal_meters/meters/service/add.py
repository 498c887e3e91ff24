"""A new meter: an individual one of a premise, or a house meter of a building."""

from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.db.sql import refusing_duplicates
from kvartal.db.transaction import unit_of_work
from kvartal.errors import DomainError, Forbidden, NotFound, Refused
from kvartal.housing.api import PlaceArchived
from kvartal_meters.catalog.rules import CATALOG
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards, refresh_search
from kvartal_meters.meters.queries.cards import MeterPlace
from kvartal_meters.meters.rules import MeterChange, MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, Card, card_faults
from kvartal_meters.meters.rules.refusals import AccountElsewhere, ResourceOff
from kvartal_meters.meters.service.access import announce, permission_for, refusals
from kvartal_meters.meters.service.card import (
    MeterFields,
    account_of,
    cleaned_fields,
    columns_of,
    with_fields,
)

__all__ = ["add"]


async def add(
    actor: Actor, fields: MeterFields, *, premise_id: UUID | None, building_id: UUID | None
) -> UUID:
    """A new meter; with a premise an individual one (ИПУ), else a house meter (ОДПУ)."""
    async with unit_of_work():
        place = await _place(actor, premise_id, building_id)
        values, errors = cleaned_fields({"identifier": None, **fields})
        card = with_fields(Card(scope=place.scope, type=fields["type"], details={}), values)
        errors += card_faults(card, values, today=clock.today(place.timezone))
        errors += await _place_faults(place, card)
        account = await _account(actor, place, fields.get("account_id"))
        if isinstance(account, AccountElsewhere):
            errors.append(account)
        if errors:
            raise Refused(errors)
        meter = await _create(place, {**values, "account_id": account})
        announce(actor, meter, MeterChange.CREATED)
    return meter.id


async def _place(actor: Actor, premise_id: UUID | None, building_id: UUID | None) -> MeterPlace:
    scope = MeterScope.INDIVIDUAL if premise_id else MeterScope.COLLECTIVE
    chosen = premise_id or building_id
    place = await cards.place_to_add(actor, scope, chosen) if chosen else None
    if place is None or building_id not in {None, place.building_id}:
        raise NotFound
    if not place.permitted:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=permission_for(scope).code)
    return place


async def _place_faults(place: MeterPlace, card: Card) -> list[DomainError]:
    found: list[DomainError] = []
    if place.archived:
        found.append(PlaceArchived(path=("premise_id" if place.premise_id else "building_id",)))
    kind = CATALOG[card.type].kind
    if not card.is_collective and not await cards.resource_is_active(place, kind):
        found.append(ResourceOff(path=("type",)))
    return found


async def _account(
    actor: Actor, place: MeterPlace, account_id: UUID | None
) -> UUID | AccountElsewhere | None:
    """The account that is given, else the premise's only one."""
    if account_id is not None:
        return await account_of(actor, place.premise_id, account_id)
    return await cards.hold_account(place.premise_id, None) if place.premise_id else None


async def _create(place: MeterPlace, values: dict[str, Any]) -> models.Meter:
    status = values.get("status", MeterStatus.ACTIVE)
    with refusing_duplicates(**refusals()):
        meter = await models.Meter.create(
            organization_id=place.organization_id,
            building_id=place.building_id,
            premise_id=place.premise_id,
            scope=place.scope,
            status=status,
            archived_at=clock.now() if status is MeterStatus.ARCHIVED else None,
            **columns_of(values),
        )
    if place.scope is MeterScope.COLLECTIVE:
        await models.CollectiveDetails.create(
            organization_id=place.organization_id,
            meter_id=meter.id,
            **{name: values[name] for name in COLLECTIVE_FIELDS if name in values},
        )
    # After the row holds its place: a name that is changing is read when it has changed.
    await refresh_search(meters=[meter.id])
    return meter
