"""What a client can ask before an import: whether it may be, why not, and how it is done."""

from typing import Annotated
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.extend import extends
from kvartal.housing.api import Building, Organization
from kvartal.settings import settings_of
from kvartal.text import say
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.spreadsheets.rules.refusals import ExternalIdMissing
from kvartal_integration.spreadsheets.service.wording import instruction
from kvartal_meters.api import SUBMIT, MeterScope

__all__ = [
    "BuildingReadingsImport",
    "OrganizationReadingsImport",
    "ReadingsImport",
    "ReadingsImportReason",
]

Scope = Annotated[
    MeterScope,
    strawberry.argument(description="Flats' meters (ИПУ: INDIVIDUAL) or houses' (ОДПУ)."),
]
_WHAT = "What is to be known before readings are imported from a workbook"


@strawberry.type(description="Why readings cannot be imported from a workbook.")
class ReadingsImportReason:
    """A reason."""

    code: str = strawberry.field(description="`EXTERNAL_ID_MISSING` or `FORBIDDEN_PERMISSION`.")
    message: str = strawberry.field(description="The same for people, in the client's language.")


@strawberry.type(description=f"{_WHAT}.")
class ReadingsImport:
    """An offer to import."""

    allowed: bool = strawberry.field(description="Whether it can be chosen.")
    reasons: list[ReadingsImportReason] = strawberry.field(
        description="Why it cannot; empty if it can."
    )
    instruction: list[str] = strawberry.field(
        description="How it is done, step by step, in the client's language."
    )
    max_rows: int = strawberry.field(description="Rows that a workbook may have.")
    max_megabytes: int = strawberry.field(
        description="Megabytes of a workbook; so large ones can be uploaded."
    )


@extends(Organization)
class OrganizationReadingsImport:
    """What an organization gains."""

    @strawberry.field(description=f"{_WHAT} for all of its buildings.")
    async def readings_import(
        self, info: Info, parent: strawberry.Parent[Organization], scope: Scope
    ) -> ReadingsImport:
        """The offer for all buildings."""
        missing = None if parent.external_id else ExternalIdMissing(is_building=False)
        return _offer(info.context, parent.uuid, missing, scope)


@extends(Building)
class BuildingReadingsImport:
    """What a building gains."""

    @strawberry.field(description=f"{_WHAT} for it alone.")
    async def readings_import(
        self, info: Info, parent: strawberry.Parent[Building], scope: Scope
    ) -> ReadingsImport:
        """The offer for one building."""
        missing = None if parent.external_id else ExternalIdMissing(is_building=True)
        return _offer(info.context, parent.organization_uuid, missing, scope)


def _offer(
    context: Context, organization_id: UUID, missing: ExternalIdMissing | None, scope: MeterScope
) -> ReadingsImport:
    settings, locale = settings_of(IntegrationSettings), context.locale
    reasons = []
    if not context.actor.may(SUBMIT.code, organization_id):
        code = "FORBIDDEN_PERMISSION"
        sentence = say(code, locale, permission=SUBMIT.code)
        reasons.append(ReadingsImportReason(code=code, message=sentence))
    if missing is not None:
        sentence = say(missing.message_code, locale)
        reasons.append(ReadingsImportReason(code=missing.code, message=sentence))
    return ReadingsImport(
        allowed=not reasons,
        reasons=reasons,
        instruction=instruction(scope, locale),
        max_rows=settings.spreadsheet_rows,
        max_megabytes=settings.spreadsheet_megabytes,
    )
