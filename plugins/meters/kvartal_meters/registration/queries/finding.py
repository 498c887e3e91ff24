"""Finding and locking the meters that readings are about, in the order of all who lock meters."""
# ruff: noqa: S608 -- made of constants; values are parameters

from collections.abc import Sequence
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record, fetch
from kvartal.db.sql import Args
from kvartal.plugin import Permission
from kvartal_meters.meters.queries import visible
from kvartal_meters.registration.rules.matching import KnownMeter, KnownMeters, MeterReference

__all__ = ["lock_named_meters"]


async def lock_named_meters(
    actor: Actor,
    permission: Permission,
    organization_id: UUID,
    named: Sequence[MeterReference],
) -> KnownMeters:
    """The meters that rows may mean, of those that the actor may register for, locked."""
    known = KnownMeters()
    args = Args()
    organization = args.add(organization_id)
    branches = _branches(args, organization, named)
    if branches:
        known.add(await _locked(actor, permission, args, organization, branches))
    return known


def _branches(args: Args, organization: str, named: Sequence[MeterReference]) -> list[str]:
    """A select for each way to name a meter that is used, so that each has its index."""
    own = f"SELECT k.id FROM meters_meter k WHERE k.organization_id = {organization}"
    ids = {each.id for each in named if each.id is not None}
    others = [each for each in named if each.id is None]
    external_ids = {each.external_id for each in others if each.external_id is not None}
    identifiers = {each.identifier for each in others if each.identifier is not None}
    found = []
    if ids:
        found.append(f"{own} AND k.id = ANY({args.add(list(ids))}::uuid[])")
    if external_ids:
        found.append(f"{own} AND k.external_id = ANY({args.add(list(external_ids))}::text[])")
    if identifiers:
        named_so = f"{own} AND k.identifier = ANY({args.add(list(identifiers))}::text[])"
        found += [f"{named_so} AND k.status {those} 'ARCHIVED'" for those in ("<>", "=")]
    return found


async def _locked(
    actor: Actor, permission: Permission, args: Args, organization: str, branches: Sequence[str]
) -> list[KnownMeter]:
    rows = await fetch(
        "SELECT m.id, m.external_id, m.identifier, m.status, a.number AS account_number"
        " FROM meters_meter m LEFT JOIN kvartal_account a"
        " ON a.organization_id = m.organization_id AND a.id = m.account_id"
        f" WHERE m.organization_id = {organization} AND m.id IN ({' UNION '.join(branches)})"
        f" AND {visible(actor, args, permission=permission)}"
        " ORDER BY m.id FOR NO KEY UPDATE OF m",
        *args,
    )
    return [_known(row) for row in rows]


def _known(row: Record) -> KnownMeter:
    return KnownMeter(
        id=row["id"],
        external_id=row["external_id"],
        identifier=row["identifier"],
        account_number=row["account_number"],
        is_archived=row["status"] == "ARCHIVED",
    )
