"""Registration of accounts."""

from functools import partial
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.events import emit
from kvartal.housing.events import AccountsMoved, PlacesRenamed
from kvartal.housing.queries.changing import refresh_search
from kvartal.housing.registration.ledger import Entry, Ledger, Verdict
from kvartal.housing.registration.places import known_premises
from kvartal.housing.registration.queries import (
    ACCOUNT_COLUMNS,
    accounts_like,
    insert_rows,
    update_rows,
)
from kvartal.housing.registration.rows import Rows, judged, read, texts_of
from kvartal.housing.registration.rules import ACCOUNTS, account_values
from kvartal.housing.registration.service.call import registered, stored

__all__ = ["register_accounts"]

_TABLE = "kvartal_account"


async def register_accounts(
    actor: Actor, organization_id: UUID, rows: Rows, *, preview: bool = False
) -> list[Verdict]:
    """Make or change accounts, known by external id, else by number."""
    return await registered(actor, organization_id, rows, partial(_register, preview=preview))


async def _register(organization: Record, rows: Rows, *, preview: bool) -> list[Verdict]:
    owner = organization["id"]
    premises = await known_premises(owner, rows)
    found = await accounts_like(
        owner,
        external_ids=texts_of(rows, "external_id"),
        numbers=texts_of(rows, "number"),
    )
    ledger = Ledger(ACCOUNTS, (stored(row, ACCOUNT_COLUMNS) for row in found), uuid7)
    read_rows = read(rows, lambda row, faults: account_values(row, faults, premises.find(row)))
    verdicts = judged(read_rows, ledger.apply)
    if not preview:
        await _write(owner, ledger)
    return verdicts


async def _write(owner: UUID, ledger: Ledger) -> None:
    now, new, changed = clock.now(), ledger.new, ledger.changed
    await insert_rows(_TABLE, ACCOUNT_COLUMNS, owner, new, now)
    await update_rows(_TABLE, ACCOUNT_COLUMNS, owner, changed, now)
    moved = [entry for entry in changed if entry.has_changed("premise_id")]
    renamed = [entry for entry in changed if entry.has_changed("number")]
    places = {key for entry in (*new, *moved, *renamed) for key in _premises(entry)}
    if places:
        await refresh_search(premises=places)
    if moved:
        emit(AccountsMoved(organization_id=owner, account_ids=tuple(each.id for each in moved)))
    if renamed:
        emit(PlacesRenamed.of_accounts(owner, *(each.id for each in renamed)))


def _premises(entry: Entry) -> list[UUID]:
    """The premise that an account belongs to, and the one that it has left."""
    keys = (entry.values["premise_id"], (entry.before or {}).get("premise_id"))
    return [key for key in keys if isinstance(key, UUID)]
