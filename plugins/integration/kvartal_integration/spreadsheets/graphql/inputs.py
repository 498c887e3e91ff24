"""What is asked of an import or export of readings."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from kvartal.errors import BadInput
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import search_words
from kvartal_integration.spreadsheets.service import Asked
from kvartal_meters.api import MeterScope, MeterType, ResourceKind

__all__ = ["ExportReadingsInput", "ImportReadingsInput", "ReadingsExportFilterInput"]

_ORGANIZATION = "All buildings of an organization (юрлицо) that the employee works with; else"
_BUILDING = "One building (объект) instead of all."
_SCOPE = "Readings of flats' meters (ИПУ: INDIVIDUAL) or of houses' (ОДПУ: COLLECTIVE)."


@strawberry.input(
    description="Readings of a workbook, for all buildings of an organization or for one of them:"
    " `organizationId` or `buildingId`, which must have an external id."
)
class ImportReadingsInput:
    """Input of importReadings and previewReadingsImport."""

    scope: MeterScope = strawberry.field(description=_SCOPE)
    file_id: strawberry.ID = strawberry.field(
        description="The workbook (.xlsx): the employee's own upload by `uploadFile`."
    )
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description=f"{_ORGANIZATION} `buildingId`."
    )
    building_id: strawberry.ID | None = strawberry.field(default=None, description=_BUILDING)
    update_existing: bool = strawberry.field(
        default=False,
        description="Change readings that a month has already («Обновлять уже внесенные»);"
        " otherwise they are left as they are (W305).",
    )

    def plain(self, locale: str) -> Asked:
        """What is asked for."""
        return _asked(self.organization_id, self.building_id, self.scope, locale)


@strawberry.input(description="Which meters are exported; all that is given must hold.")
class ReadingsExportFilterInput:
    """The filters of the CRM's lists."""

    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="In a group of buildings."
    )
    quarter_id: strawberry.ID | None = strawberry.field(default=None, description="In a quarter.")
    premise_id: strawberry.ID | None = strawberry.field(default=None, description="In a premise.")
    resource_kind: ResourceKind | None = strawberry.field(
        default=None, description="Of a resource (группа учёта)."
    )
    meter_type: MeterType | None = strawberry.field(
        default=None, description="Of meters of one type."
    )
    submitted_from: date | None = strawberry.field(
        default=None,
        description="With a latest reading submitted on this day or later, in the organization's"
        " time zone.",
    )
    submitted_to: date | None = strawberry.field(
        default=None, description="With one submitted on this day or earlier."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Words that must all be found in address, premise, account or number.",
    )

    def plain(self) -> dict[str, Any]:
        """What is given, in JSON, by the names of the meters' selection."""
        first, last = self.submitted_from, self.submitted_to
        if first is not None and last is not None and first > last:
            raise BadInput("DAYS_INVALID", first=first, last=last)
        found = {
            "group_id": _key("BuildingGroup", self.group_id),
            "quarter_id": _key("Quarter", self.quarter_id),
            "premise_id": _key("Premise", self.premise_id),
            "resource_kind": self.resource_kind and self.resource_kind.value,
            "meter_type": self.meter_type and self.meter_type.value,
            "submitted_from": first and first.isoformat(),
            "submitted_to": last and last.isoformat(),
            "words": search_words(self.search or "") or None,
        }
        return {
            name: str(value) if isinstance(value, UUID) else value
            for name, value in found.items()
            if value is not None
        }


@strawberry.input(
    description="A workbook of readings, of all buildings of an organization or of one of them:"
    " `organizationId` or `buildingId`."
)
class ExportReadingsInput:
    """Input of exportReadings."""

    scope: MeterScope = strawberry.field(description=_SCOPE)
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description=f"{_ORGANIZATION} `buildingId`."
    )
    building_id: strawberry.ID | None = strawberry.field(default=None, description=_BUILDING)
    filter: ReadingsExportFilterInput | None = strawberry.field(
        default=None, description="Only these meters."
    )
    template: bool = strawberry.field(
        default=False,
        description="As a template to be filled in: the columns of the reading are empty, and what"
        " it will be compared with stands before them.",
    )

    def plain(self, locale: str) -> Asked:
        """What is asked for."""
        return _asked(self.organization_id, self.building_id, self.scope, locale)


def _asked(
    organization: strawberry.ID | None,
    building: strawberry.ID | None,
    scope: MeterScope,
    locale: str,
) -> Asked:
    if scope not in {MeterScope.INDIVIDUAL, MeterScope.COLLECTIVE}:
        raise BadInput("SHEET_SCOPE_UNKNOWN", scope=scope)
    return Asked(
        organization_id=_key("Organization", organization),
        building_id=_key("Building", building),
        scope=scope,
        locale=locale,
    )


def _key(kind: str, value: strawberry.ID | None) -> UUID | None:
    return None if value is None else uuid_of(kind, value)
