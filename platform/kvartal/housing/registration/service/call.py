"""One call of registration: who may make it, alone in its organization, again if it lost a race."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import asyncpg

from kvartal.audit.api import nothing_changed
from kvartal.auth.actor import Actor
from kvartal.bulk import RowOutcome, require_few
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.housing.registration.ledger import Entry, Verdict
from kvartal.housing.registration.queries import hold_estate
from kvartal.housing.registration.rows import Rows
from kvartal.housing.service.access import require, require_all_buildings
from kvartal.housing.sources import ORGANIZATIONS
from kvartal.permissions import ESTATE_REGISTER

__all__ = ["registered", "stored"]

_CHANGES = frozenset({RowOutcome.CREATED, RowOutcome.UPDATED})

Register = Callable[[Record, Rows], Awaitable[list[Verdict]]]
"""Registers the rows of an organization."""


async def registered(
    actor: Actor, organization_id: UUID, rows: Rows, register: Register
) -> list[Verdict]:
    """The verdicts on the rows of a call."""
    require_few("rows", len(rows))
    try:
        return await _once(actor, organization_id, rows, register)
    except asyncpg.UniqueViolationError:
        # Somebody has taken a key by hand meanwhile: now it is known, and its row is judged anew.
        return await _once(actor, organization_id, rows, register)


async def _once(
    actor: Actor, organization_id: UUID, rows: Rows, register: Register
) -> list[Verdict]:
    async with unit_of_work():
        await require(actor, ORGANIZATIONS, organization_id, ESTATE_REGISTER)
        require_all_buildings(actor, organization_id, ESTATE_REGISTER)
        verdicts = await register(await hold_estate(organization_id), rows)
        if not any(each.outcome in _CHANGES for each in verdicts):
            nothing_changed()
        return verdicts


def stored(record: Record, columns: Iterable[str], **more: object) -> Entry:
    """An object as the database has it."""
    values = {**{name: record[name] for name in columns}, **more}
    return Entry.stored(record["id"], values, is_archived=record.get("archived_at") is not None)
