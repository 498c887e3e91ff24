"""Integrators' tokens: made, listed and revoked by those who manage the staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from kvartal import clock
from kvartal.auth import models, tokens
from kvartal.auth.actor import Actor
from kvartal.auth.authority.service import manager_in, reader_in, require_buildings
from kvartal.auth.events import ServiceTokenChanged
from kvartal.auth.service_tokens import queries
from kvartal.auth.service_tokens.queries import KeptToken
from kvartal.auth.service_tokens.rules import check_service_token
from kvartal.auth.sessions.topics import staff_topic
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.events import emit
from kvartal.live import touch

__all__ = [
    "IssuedServiceToken",
    "create_service_token",
    "list_service_tokens",
    "revoke_service_token",
]

log = structlog.get_logger("kvartal.auth")


@dataclass(frozen=True, slots=True)
class IssuedServiceToken:
    """A new service token with its text, which is never shown again."""

    row: KeptToken
    token: str = field(repr=False)


async def list_service_tokens(
    actor: Actor, organization_id: UUID, *, with_revoked: bool = False
) -> list[KeptToken]:
    """The tokens of an organization, the newest first."""
    reader_in(actor, organization_id)
    return await queries.tokens_of(organization_id, with_revoked=with_revoked)


async def create_service_token(
    actor: Actor,
    *,
    organization_id: UUID,
    title: str,
    permissions: Sequence[str],
    building_ids: Sequence[UUID] | None = None,
    expires_at: datetime | None = None,
) -> IssuedServiceToken:
    """Make a token for an integrator, with no right that its maker does not have.

    ``building_ids``: the only buildings that it opens; None is all of them, those to come included.
    """
    maker = manager_in(actor, organization_id)
    now = clock.now()
    check_service_token(
        title=title,
        permissions=permissions,
        expires_at=expires_at,
        for_all_buildings=building_ids is None,
        held=maker.permissions,
        sees_all_buildings=maker.all_buildings,
        now=now,
    )
    token = tokens.new_service_token()
    async with unit_of_work():
        await require_buildings(actor, organization_id, building_ids or ())
        row = await models.ServiceToken.create(
            organization_id=organization_id,
            title=title.strip(),
            token_hash=tokens.fingerprint(token),
            all_buildings=building_ids is None,
            expires_at=expires_at,
        )
        await queries.add_rights(
            row.id,
            organization_id,
            permissions=sorted(set(permissions)),
            buildings=sorted(set(building_ids or ())),
            now=now,
        )
        emit(ServiceTokenChanged(organization_id, row.id, by=maker.employee_id))
        kept = await queries.token_by_id(row.id)
    log.info("auth.service_token_created", token=str(row.id), by=str(maker.employee_id))
    return IssuedServiceToken(kept, token)


async def revoke_service_token(actor: Actor, *, token_id: UUID) -> KeptToken:
    """Put an integrator's token out of use; doing so again changes nothing."""
    async with unit_of_work():
        organization_id = await queries.organization_of_token(token_id)
        if organization_id is None:
            raise NotFound
        manager = manager_in(actor, organization_id)
        if await queries.revoke(token_id, now=clock.now()):
            by = manager.employee_id
            touch(staff_topic(organization_id))
            emit(ServiceTokenChanged(organization_id, token_id, by=by, is_revoked=True))
        kept = await queries.token_by_id(token_id)
    log.info("auth.service_token_revoked", token=str(token_id), by=str(manager.employee_id))
    return kept
