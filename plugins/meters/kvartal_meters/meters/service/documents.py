"""Documents of house meters (документы по ОДПУ): staff attach, see and remove them."""

from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.errors import NotFound
from kvartal.files.api import attach, files_of, remove
from kvartal_meters.meters.rules import MeterScope
from kvartal_meters.meters.rules.refusals import CollectiveOnly, TooManyDocuments
from kvartal_meters.meters.service.access import held

__all__ = ["DOCUMENT_OWNER", "MAX_DOCUMENTS", "attach_document", "remove_document"]

DOCUMENT_OWNER = "Meter"
MAX_DOCUMENTS = 50


async def attach_document(actor: Actor, meter_id: UUID, file_id: UUID) -> None:
    """Let an upload of the actor's own be a document of a house meter."""
    async with unit_of_work():
        meter = await held(actor, meter_id)
        if meter.scope is not MeterScope.COLLECTIVE:
            raise CollectiveOnly(path=("meter_id",))
        if len((await files_of(DOCUMENT_OWNER, [meter_id])).get(meter_id, ())) >= MAX_DOCUMENTS:
            raise TooManyDocuments(limit=MAX_DOCUMENTS, path=("file_id",))
        await attach(
            actor,
            [file_id],
            organization_id=meter.organization_id,
            owner_kind=DOCUMENT_OWNER,
            owner_id=meter_id,
        )


async def remove_document(actor: Actor, meter_id: UUID, file_id: UUID) -> None:
    """Delete a document of a meter, content and all."""
    async with unit_of_work():
        await held(actor, meter_id)
        found = (await files_of(DOCUMENT_OWNER, [meter_id])).get(meter_id, [])
        if file_id not in {each["id"] for each in found}:
            raise NotFound
        await remove([file_id])
