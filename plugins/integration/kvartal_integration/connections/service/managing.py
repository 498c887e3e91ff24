"""Setting up the connection of an organization."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import belongs_to, changed, nothing_changed
from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.db.models import uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Refused, VersionConflict
from kvartal.sealing import seal
from kvartal_integration.access import require_exchange
from kvartal_integration.connections import queries
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.rules import (
    ConnectionValues,
    ExchangePasswordRequired,
    faults_of,
    leads_elsewhere,
    merged,
    password_faults,
)
from kvartal_integration.connections.service.opening import judged, password_place, values_of

__all__ = ["Wanted", "update", "wanted_of"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The settings that are asked for: those that are kept, with what was given in their place.

    ``password``: the given one; None if it is to be cleared, or was left out as
    ``keeps_password`` tells.
    """

    values: ConnectionValues
    known: ConnectionValues | None
    keeps_password: bool
    password: str | None = field(repr=False)


async def update(
    actor: Actor,
    organization_id: UUID,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Record:
    """Set the connection up, or change it; what is not given stays as it is.

    A password that was left out stays too, unless it would be sent to another server by that.
    """
    require_exchange(actor, organization_id)
    found = await queries.sealed_connection_of(organization_id)
    wanted = wanted_of(found, given)
    if wanted.known is None or leads_elsewhere(wanted.values, wanted.known):
        # Names are looked up outside of the transaction: that may take its time.
        await judged(wanted.values.host, wanted.values.port)
    async with unit_of_work():
        belongs_to(organization_id)
        await queries.lock_organization(organization_id)
        before = await queries.sealed_connection_of(organization_id)
        version = before["version"] if before is not None else 0
        if expected_version not in {None, version}:
            raise VersionConflict(version=version, path=("expected_version",))
        await _write(organization_id, before, wanted_of(before, given))
        after = await queries.connection_managed(actor, organization_id)
        assert after is not None
    return after


def wanted_of(row: Record | None, given: Mapping[str, Any]) -> Wanted:
    """What a connection will be; Refused with all that is wrong with it."""
    known = values_of(row) if row is not None else None
    values = merged(known or ConnectionValues(), given)
    password = given.get("password") or None
    keeps = "password" not in given
    faults = [*faults_of(values), *password_faults(password)]
    has_password = row is not None and row["password_sealed"] is not None
    if keeps and has_password and known is not None and leads_elsewhere(values, known):
        faults.append(ExchangePasswordRequired(path=("password",)))
    if faults:
        raise Refused(faults)
    return Wanted(values, known, keeps, password)


async def _write(organization_id: UUID, before: Record | None, wanted: Wanted) -> None:
    columns: dict[str, Any] = asdict(wanted.values)
    if before is None:
        connection_id = uuid7()
        await ExchangeConnection.create(
            id=connection_id,
            organization_id=organization_id,
            password_sealed=_sealed(connection_id, wanted.password),
            **columns,
        )
        changed({}, columns)
        return
    had = before["password_sealed"] is not None
    is_idle = wanted.keeps_password or (wanted.password is None and not had)
    if is_idle and wanted.values == wanted.known:
        nothing_changed()
        return
    if not wanted.keeps_password:
        columns["password_sealed"] = _sealed(before["id"], wanted.password)
        # The log masks both: that it has changed is all that is told.
        changed({"password": "old" if had else None}, {"password": wanted.password and "new"})
    # lint-skip: tenant-filter -- the row was found by the organization
    await ExchangeConnection.filter(id=before["id"]).update(
        **columns, version=before["version"] + 1, updated_at=clock.now()
    )
    assert wanted.known is not None
    changed(asdict(wanted.known), asdict(wanted.values))


def _sealed(connection_id: UUID, password: str | None) -> bytes | None:
    return seal().seal(password, password_place(connection_id)) if password is not None else None
