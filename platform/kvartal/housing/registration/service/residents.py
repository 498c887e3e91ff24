"""Registration of residents: people, and where they live."""

from functools import partial
from uuid import UUID

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.housing.registration.ledger import Verdict
from kvartal.housing.registration.places import known_premises
from kvartal.housing.registration.queries import (
    insert_residents,
    let_live,
    residents_like,
    update_residents,
)
from kvartal.housing.registration.residents import Residents
from kvartal.housing.registration.rows import Rows, judged, keys_of, read, texts_of
from kvartal.housing.registration.rules import resident_values
from kvartal.housing.registration.service.call import registered, stored

__all__ = ["register_residents"]


async def register_residents(
    actor: Actor, organization_id: UUID, rows: Rows, *, preview: bool = False
) -> list[Verdict]:
    """Make or change residents, known by telephone, else by name in their premise."""
    return await registered(actor, organization_id, rows, partial(_register, preview=preview))


async def _register(organization: Record, rows: Rows, *, preview: bool) -> list[Verdict]:
    owner = organization["id"]
    premises = await known_premises(owner, rows)
    read_rows = read(rows, lambda row, faults: resident_values(row, faults, premises.find(row)))
    sound = [values for values, faults in read_rows if not faults]
    found = await residents_like(
        owner, phones=texts_of(sound, "phone"), premises=keys_of(sound, "premise_id")
    )
    residents = Residents(
        {row["id"]: stored(row, ("full_name", "phone")) for row in found},
        [(row["id"], premise) for row in found for premise in row["premises"]],
        uuid7,
    )
    verdicts = judged(read_rows, residents.apply)
    if not preview:
        await _write(owner, residents)
    return verdicts


async def _write(owner: UUID, residents: Residents) -> None:
    now, entries = clock.now(), list(residents.entries.values())
    await insert_residents(owner, [each for each in entries if each.is_new], now)
    await update_residents(owner, [each for each in entries if each.is_changed], now)
    await let_live(owner, residents.new_homes, now)
