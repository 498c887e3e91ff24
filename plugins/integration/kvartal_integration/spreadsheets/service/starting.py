"""Beginning an import or export of readings: who may, where, and with which file."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kvartal.audit.api import belongs_to
from kvartal.auth.api import Actor, ActorKind
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, Forbidden, NotFound
from kvartal.files.api import FileTooLarge, attach, require_upload
from kvartal.housing.api import GROUPS, PREMISES, QUARTERS, Source, by_ids
from kvartal_integration.operations.rules import OperationKind, Trigger
from kvartal_integration.operations.service import start
from kvartal_integration.operations.service.files import FILE_OWNER
from kvartal_integration.spreadsheets import queries
from kvartal_integration.spreadsheets.queries import Choice
from kvartal_integration.spreadsheets.rules.refusals import ExternalIdMissing, NotAWorkbook
from kvartal_integration.spreadsheets.uploads import XLSX, largest_workbook
from kvartal_meters.api import SUBMIT, MeterScope

__all__ = ["Asked", "start_export", "start_import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All buildings of an organization or one building, and which meters of them."""

    organization_id: UUID | None
    building_id: UUID | None
    scope: MeterScope
    locale: str


async def start_import(
    actor: Actor, asked: Asked, *, file_id: UUID, update_existing: bool, preview: bool
) -> UUID:
    """A new import of the actor's upload, or a trial of it; its id. The upload becomes its file."""
    choice = await _choice(actor, asked)
    if choice.external_id is None:
        is_building = choice.building_id is not None
        path = ("building_id",) if is_building else ("organization_id",)
        raise ExternalIdMissing(is_building=is_building, path=path)
    upload = await require_upload(actor, file_id, organization_id=choice.organization_id)
    if upload["media_type"] != XLSX:
        raise NotAWorkbook(path=("file_id",))
    limit = largest_workbook()
    if upload["size"] > limit:
        raise FileTooLarge(limit=limit, path=("file_id",))
    request = {
        **_place(choice, asked),
        "file_id": str(file_id),
        "file": upload["name"],
        "update_existing": update_existing,
        "preview": preview,
    }
    async with unit_of_work():
        operation_id = await _start(actor, choice, OperationKind.EXCEL_IMPORT, asked, request)
        if not preview:
            await attach(
                actor,
                [file_id],
                organization_id=choice.organization_id,
                owner_kind=FILE_OWNER,
                owner_id=operation_id,
            )
    return operation_id


async def start_export(
    actor: Actor, asked: Asked, *, where: Mapping[str, Any], template: bool
) -> UUID:
    """A new export; its id. ``where``: the filter in JSON, by the names of `MeterSelection`."""
    choice = await _choice(actor, asked)
    for name, source in _FILTERS.items():
        if name in where:
            # lint-skip: query-in-loop -- three places at most
            await _check_seen(actor, source, UUID(where[name]), choice)
    request = {**_place(choice, asked), "where": dict(where), "template": template}
    return await _start(actor, choice, OperationKind.EXCEL_EXPORT, asked, request)


async def _choice(actor: Actor, asked: Asked) -> Choice:
    """The place that is meant: NotFound if the actor does not see it, Forbidden without the right.

    Only people do this: a token has no day of work, and nobody to tell of what became of it.
    """
    if (asked.organization_id is None) == (asked.building_id is None):
        raise BadInput("ONE_PLACE_EXPECTED")
    if asked.building_id is not None:
        choice = await queries.building_choice(actor, asked.building_id)
    else:
        assert asked.organization_id is not None
        choice = await queries.organization_choice(actor, asked.organization_id)
    if choice is None:
        raise NotFound
    if not choice.is_permitted or actor.kind is not ActorKind.EMPLOYEE:
        raise Forbidden("FORBIDDEN_PERMISSION", permission=SUBMIT.code)
    return choice


_FILTERS: Mapping[str, Source] = MappingProxyType(
    {"group_id": GROUPS, "quarter_id": QUARTERS, "premise_id": PREMISES}
)


async def _check_seen(actor: Actor, source: Source, key: UUID, choice: Choice) -> None:
    """NotFound unless the organization has such a place, and the actor sees it."""
    found = (await by_ids(source, actor, [key])).get(key)
    if found is None or found["organization_id"] != choice.organization_id:
        raise NotFound


def _place(choice: Choice, asked: Asked) -> dict[str, Any]:
    building = choice.building_id
    return {"building_id": str(building) if building else None, "scope": asked.scope.value}


async def _start(
    actor: Actor, choice: Choice, kind: OperationKind, asked: Asked, request: Mapping[str, Any]
) -> UUID:
    belongs_to(choice.organization_id)
    return await start(
        choice.organization_id,
        kind,
        trigger=Trigger.PERSON,
        started_by_id=actor.user_id,
        locale=asked.locale,
        request=request,
    )
