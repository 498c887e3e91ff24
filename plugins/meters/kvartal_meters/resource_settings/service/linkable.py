"""Which services may be linked to a resource: those of verification that are on offer now."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.connection import Record
from kvartal.errors import DomainError, NotFound, Refused
from kvartal.housing.api import by_ids
from kvartal.services.api import SERVICES, ServiceKind, ServiceUnavailable
from kvartal_meters.errors import ServiceNotVerification

__all__ = ["linkable_services"]

Path = tuple[str | int, ...]


async def linkable_services(
    actor: Actor, asked: Iterable[tuple[UUID, Path]], *, organization_id: UUID | None = None
) -> Mapping[UUID, Record]:
    """The services that are about to be linked, each with the input field that names it.

    NotFound if the actor does not see one, or if it is another organization's than the place;
    Refused with every one that is about something else, switched off or in the archive.
    """
    wanted = list(asked)
    found = await by_ids(SERVICES, actor, [service_id for service_id, _ in wanted])
    owners = {row["organization_id"] for row in found.values()}
    strangers = {service_id for service_id, _ in wanted} - found.keys()
    if strangers or (organization_id is not None and owners - {organization_id}):
        raise NotFound
    faults = [fault for service_id, path in wanted for fault in _faults(found[service_id], path)]
    if faults:
        raise Refused(faults)
    return found


def _faults(service: Record, path: Path) -> list[DomainError]:
    if service["kind"] != ServiceKind.VERIFICATION:
        return [ServiceNotVerification(path=path)]
    if not service["is_active"] or service["archived_at"] is not None:
        return [ServiceUnavailable(path=path)]
    return []
