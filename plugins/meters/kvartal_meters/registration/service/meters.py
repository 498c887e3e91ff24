"""Registration of meters: find the places, lock what rows may mean, judge, write; all at once."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, cast
from uuid import UUID

import asyncpg

from kvartal import clock, live
from kvartal.audit.api import nothing_changed
from kvartal.auth.api import Actor, require_right
from kvartal.bulk import require_few
from kvartal.db.models import uuid7s
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal.home.api import building_topic, organization_topic
from kvartal_meters.events import MetersRegistered
from kvartal_meters.meters.queries import refresh_search
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS
from kvartal_meters.meters.service import MeterFields
from kvartal_meters.meters.service.card import cleaned_fields, columns_of
from kvartal_meters.permissions import METER_REGISTER
from kvartal_meters.registration.queries.meters import (
    hold_meters,
    insert_meters,
    meters_like,
    update_meters,
    write_details,
)
from kvartal_meters.registration.queries.places import find_places
from kvartal_meters.registration.rules.entries import MeterEntry, MeterVerdict, SentMeter
from kvartal_meters.registration.rules.fleet import Fleet
from kvartal_meters.registration.rules.meters import apply_row
from kvartal_meters.registration.rules.places import FoundPlace, PlaceReference, place_of
from kvartal_meters.registration.service.write import FEW_PREMISES, touch_premises

__all__ = ["MeterRowInput", "register_meters"]

_SEARCHED = ("identifier", "serial_number", "account_id")


class MeterRowInput(NamedTuple):
    """A row as it came: how it names its meter and its place, and the fields that are there.

    ``fields``: those of `MeterFields`, the account aside; one that is left out stays as it is,
    None clears it. ``clears_account``: the meter is to belong to no account.
    """

    id: UUID | None = None
    is_malformed: bool = False
    scope: MeterScope | None = None
    place: PlaceReference = PlaceReference()
    clears_account: bool = False
    fields: Mapping[str, Any] = MappingProxyType({})


async def register_meters(
    actor: Actor, organization_id: UUID, rows: Sequence[MeterRowInput]
) -> list[MeterVerdict]:
    """Make and change meters, 1000 rows at most: what becomes of each, in their order.

    A row's meter is found in this order: by id, external id, identifier, account with
    type and serial number, and at last as the only one of its type on the account. The same rows
    again change nothing. All is one transaction; `METER_REGISTER` and the buildings are the
    actor's.
    """
    require_few("meters", len(rows))
    require_right(actor, organization_id, METER_REGISTER)
    try:
        return await _once(actor, organization_id, rows)
    except asyncpg.UniqueViolationError:
        # Somebody has taken a key by hand meanwhile: now it is known, and its row is judged anew.
        return await _once(actor, organization_id, rows)


async def _once(
    actor: Actor, organization_id: UUID, rows: Sequence[MeterRowInput]
) -> list[MeterVerdict]:
    async with unit_of_work():
        await hold_meters(organization_id)
        named = {n: row.place for n, row in enumerate(rows) if not row.place.is_empty}
        places = await find_places(actor, organization_id, named)
        sent = [_sent(row, places.get(n)) for n, row in enumerate(rows)]
        fleet = Fleet(partial(next, uuid7s()))
        fleet.add(await meters_like(actor, organization_id, sent))
        fleet.expect(sent)
        verdicts = [apply_row(fleet, row, clock.today) for row in sent]
        await _write(organization_id, fleet)
        return verdicts


def _sent(row: MeterRowInput, found: FoundPlace | None) -> SentMeter:
    """A row in the words of the rules: its texts as people meant them, its place found."""
    values, errors = cleaned_fields(cast(MeterFields, row.fields))
    if "initial_values" in values:
        values["initial_values"] = tuple(values["initial_values"] or ())
    placed = place_of(row.place, found)
    if placed.account_id is not None or row.clears_account:
        values["account_id"] = placed.account_id
    return SentMeter(
        id=row.id,
        is_malformed=row.is_malformed,
        scope=row.scope,
        site=placed.site,
        fields=values,
        errors=[*errors, *placed.errors],
        warnings=placed.warnings,
    )


async def _write(organization_id: UUID, fleet: Fleet) -> None:
    new = [each for each in fleet.entries.values() if each.before is None]
    changed = [each for each in fleet.entries.values() if each.is_changed]
    if not new and not changed:
        nothing_changed()
        return
    now = clock.now()
    # What is archived gives its identifier up before a new meter takes it.
    await update_meters(organization_id, [(each, _columns(each)) for each in changed], now=now)
    await insert_meters(organization_id, [(each, _columns(each)) for each in new], now=now)
    detailed = [
        each
        for each in (*new, *changed)
        if each.scope is MeterScope.COLLECTIVE and each.has_changed(*COLLECTIVE_FIELDS)
    ]
    ids = list(islice(uuid7s(), len(detailed)))
    await write_details(organization_id, ids, detailed, now=now)
    searched = [each.id for each in (*new, *changed) if each.has_changed(*_SEARCHED)]
    if searched:
        await refresh_search(meters=searched)
    _announce(organization_id, new, changed)


def _columns(entry: MeterEntry) -> dict[str, Any]:
    return {**columns_of(entry.fields), "status": entry.fields["status"]}


def _announce(
    organization_id: UUID, new: Sequence[MeterEntry], changed: Sequence[MeterEntry]
) -> None:
    archived = [each for each in changed if each.is_archived and each.has_changed("status")]
    emit(
        MetersRegistered(
            organization_id=organization_id,
            created_ids=tuple(each.id for each in new),
            updated_ids=tuple(each.id for each in changed if each not in archived),
            archived_ids=tuple(each.id for each in archived),
        )
    )
    entries = (*new, *changed)
    touch_premises(organization_id, (each.site.premise_id for each in entries))
    houses = {each.site.building_id for each in entries if each.site.premise_id is None}
    if len(houses) > FEW_PREMISES:
        live.touch(organization_topic(organization_id))
        return
    for building in houses:
        live.touch(building_topic(building))
