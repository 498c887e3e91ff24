"""What an application of settings does, or would do, to buildings."""

from uuid import UUID

import orjson
import strawberry

from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.housing.api import Building
from kvartal.services.api import Service
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.graphql.rows import (
    ResourceRule,
    ResourceSettings,
    rows_of,
    rule_of,
    service_of,
)
from kvartal_meters.resource_settings.queries.reading import owner_of
from kvartal_meters.resource_settings.rules import Outcome, SettingsValues, Table, table_of
from kvartal_meters.resource_settings.service import Applied

__all__ = ["SettingsApplication", "SkippedBuilding", "application_of", "skipped_of"]


@strawberry.type(description="The parameters of a resource, without their place.")
class SettingsParameters:
    """One state of a resource's settings."""

    service_uuid: strawberry.Private[UUID | None]
    active: bool = strawberry.field(description="Whether readings are taken at all.")
    start_day: int | None = strawberry.field(description="First day of the window.")
    end_day: int | None = strawberry.field(description="Last day of the window.")
    fractions_allowed: bool = strawberry.field(description="Whether values may have decimals.")
    accepts_expired: bool = strawberry.field(
        description="Whether readings are taken of meters whose verification has expired."
    )

    @strawberry.field(description="The linked service of verification (услуга поверки).")
    async def service(self, info: Info) -> Service | None:
        """The linked service."""
        return await service_of(info, self.service_uuid)

    @classmethod
    def of(cls, values: SettingsValues) -> "SettingsParameters":
        """The parameters as clients see them."""
        return cls(
            active=values.active,
            start_day=values.window.start if values.window else None,
            end_day=values.window.end if values.window else None,
            fractions_allowed=values.fraction,
            accepts_expired=values.accept_expired,
            service_uuid=values.service_id,
        )


@strawberry.type(description="A resource whose settings change in a building.")
class ResourceSettingsChange:
    """Before and after."""

    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    before: SettingsParameters = strawberry.field(description="Its settings in the building.")
    after: SettingsParameters = strawberry.field(description="Those it is given.")


@strawberry.type(description="A building that an application changes.")
class ChangedBuilding:
    """What changes in it."""

    building: Building = strawberry.field(description="The building.")
    changes: list[ResourceSettingsChange] = strawberry.field(
        description="The resources whose settings change; empty if it only comes under the rule."
    )


@strawberry.type(description="A building that is left alone because of a rule.")
class SkippedBuilding:
    """Which rule protects it."""

    building: Building = strawberry.field(description="The building.")
    locked_by: ResourceRule = strawberry.field(description="The rule that decides over it.")


@strawberry.type(
    description="What applying a quarter's or a group's settings does to its buildings."
)
class SettingsApplication:
    """Counts, and the first buildings by address."""

    preview: bool = strawberry.field(description="Nothing was written: it would be so.")
    changed: int = strawberry.field(
        description="Buildings that get other settings or come under the rule."
    )
    unchanged: int = strawberry.field(description="Buildings that have all that already.")
    skipped_locked: int = strawberry.field(
        description="Buildings under another rule of the same or a higher level."
    )
    skipped_inaccessible: int = strawberry.field(
        description="Buildings that the employee has no access to; they are not locked either."
    )
    changed_buildings: list[ChangedBuilding] = strawberry.field(
        description="The first 20 of those that change."
    )
    skipped_buildings: list[SkippedBuilding] = strawberry.field(
        description="The first 20 of those under another rule."
    )
    resource_settings: list[ResourceSettings] = strawberry.field(
        description="The settings of the quarter or the group, after it."
    )


def application_of(applied: Applied, *, preview: bool) -> SettingsApplication:
    """The application as clients see it."""
    table = applied.settings.table
    return SettingsApplication(
        preview=preview,
        changed=applied.count(Outcome.CHANGED),
        unchanged=applied.count(Outcome.UNCHANGED),
        skipped_locked=applied.count(Outcome.LOCKED),
        skipped_inaccessible=applied.count(Outcome.INACCESSIBLE),
        changed_buildings=[_changed(row, table) for row in applied.judgement.changed],
        skipped_buildings=[skipped_of(row) for row in applied.judgement.locked],
        resource_settings=rows_of(applied.settings),
    )


def skipped_of(row: Record) -> SkippedBuilding:
    """A building with the rule over it (``building_``, ``lock_``) as clients see it."""
    return SkippedBuilding(building=Building.of(row, "building_"), locked_by=rule_of(owner_of(row)))


def _changed(row: Record, table: Table) -> ChangedBuilding:
    before = table_of(orjson.loads(row["records"]))
    return ChangedBuilding(
        building=Building.of(row, "building_"),
        changes=[
            ResourceSettingsChange(
                resource_kind=kind,
                before=SettingsParameters.of(before[kind]),
                after=SettingsParameters.of(after),
            )
            for kind, after in table.items()
            if before[kind] != after
        ],
    )
