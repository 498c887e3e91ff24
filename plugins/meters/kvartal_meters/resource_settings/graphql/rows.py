"""The rows of a place's settings, always one for each resource."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kvartal import clock
from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import encode_id, uuid_of
from kvartal.months import YearMonth
from kvartal.services.api import Service
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.loaders import ServiceById
from kvartal_meters.resource_settings.queries.reading import LevelSettings, RuleOwner
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Place,
    SettingsLevel,
    SettingsValues,
    state_on,
)

__all__ = [
    "CollectionPeriod",
    "Level",
    "PlaceId",
    "ResourceRule",
    "ResourceSettings",
    "place_of",
    "rows_of",
    "rule_of",
    "service_of",
]

describe_enum(
    SettingsLevel,
    "Where settings of a resource are made, the lowest level first.",
    BUILDING="A building (объект): its settings act at once.",
    QUARTER="A quarter (квартал): a draft until it is applied to the quarter's buildings.",
    GROUP="A group of buildings (группа объектов): a draft; its rule overrules a quarter's.",
)
describe_enum(
    ApplyMode,
    "How a quarter's or a group's settings are given to its buildings.",
    ONCE="Now and once, without locking anything («Применить однократно»).",
    RULE="As a rule: buildings are locked, new ones inherit («Применять правило»).",
)

_KINDS = {
    SettingsLevel.BUILDING: "Building",
    SettingsLevel.QUARTER: "Quarter",
    SettingsLevel.GROUP: "BuildingGroup",
}

Level = Annotated[SettingsLevel, strawberry.argument(description="The level of the settings.")]
PlaceId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The building, quarter or group, as the level says."),
]


@strawberry.type(description="A rule in force: it locks what it was applied to (правило).")
class ResourceRule:
    """Whose rule it is."""

    level: SettingsLevel = strawberry.field(description="QUARTER or GROUP.")
    id: strawberry.ID = strawberry.field(description="The quarter or the group whose rule it is.")
    name: str = strawberry.field(description="The name of the quarter or the group.")


@strawberry.type(
    description="The days on which readings of a month are collected (период сбора показаний)."
)
class CollectionPeriod:
    """A billing month and the window that collects for it."""

    billing_month: YearMonth = strawberry.field(
        description="The month whose readings are collected (расчётный месяц)."
    )
    opens_on: date = strawberry.field(description="The first day.")
    closes_on: date = strawberry.field(description="The last day.")
    is_open: bool = strawberry.field(
        description="Whether today is one of the days; the resource may be switched off all the"
        " same."
    )


@strawberry.type(description="How readings of a resource are taken (параметры вида ресурса).")
class ResourceSettings:
    """The settings of one resource at one place."""

    service_uuid: strawberry.Private[UUID | None]
    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    active: bool = strawberry.field(description="Whether readings are taken at all (Активен).")
    start_day: int | None = strawberry.field(
        description="First day of the window, 1 to 31; null if it is always open."
    )
    end_day: int | None = strawberry.field(
        description="Last day of the window; before `startDay`, it is a day of the next month."
    )
    fractions_allowed: bool = strawberry.field(
        description="Whether values may have decimals (дробные показания)."
    )
    accepts_expired: bool = strawberry.field(
        description="Whether readings are taken of meters whose verification has expired."
    )
    locked_by: ResourceRule | None = strawberry.field(
        description="The rule of a higher level that decides here; null if one may edit."
    )
    has_active_rule: bool = strawberry.field(
        description="Whether this quarter or group has a rule in force; false for a building."
    )
    has_unapplied_changes: bool = strawberry.field(
        description="Whether the draft differs from what the active rule was applied with"
        " («Есть непримененные изменения»)."
    )
    version: int = strawberry.field(
        description="The version of all settings of this place, 0 until any are saved; send it"
        " back as `expectedVersion`."
    )
    collection_period: CollectionPeriod | None = strawberry.field(
        description="A building's present period, by its own calendar; null for other levels."
    )

    @strawberry.field(
        description="The service of verification (услуга поверки) that residents are offered with"
        " a warning; they are not while it is switched off or in the archive."
    )
    async def service(self, info: Info) -> Service | None:
        """The linked service."""
        return await service_of(info, self.service_uuid)


async def service_of(info: Info, service_id: UUID | None) -> Service | None:
    """A linked service as the actor sees it."""
    found = await info.context.load(ServiceById, service_id) if service_id else None
    return Service.of(found) if found else None


def place_of(level: SettingsLevel, value: str) -> Place:
    """The place that an id means; BadInput if it is not of that level."""
    return Place(level, uuid_of(_KINDS[level], value))


def rule_of(owner: RuleOwner) -> ResourceRule:
    """The rule as clients see it."""
    place = owner.place
    return ResourceRule(
        level=place.level, id=encode_id(_KINDS[place.level], place.id), name=owner.name
    )


def rows_of(settings: LevelSettings) -> list[ResourceSettings]:
    """A row for each resource, in their order."""
    locked_by = rule_of(settings.locked_by) if settings.locked_by else None
    snapshot = settings.rule.snapshot if settings.rule else settings.table
    return [
        ResourceSettings(
            resource_kind=kind,
            active=values.active,
            start_day=values.window.start if values.window else None,
            end_day=values.window.end if values.window else None,
            fractions_allowed=values.fraction,
            accepts_expired=values.accept_expired,
            service_uuid=values.service_id,
            locked_by=locked_by,
            has_active_rule=settings.rule is not None,
            has_unapplied_changes=values != snapshot[kind],
            version=settings.version,
            collection_period=_period(settings, values),
        )
        for kind, values in settings.table.items()
    ]


def _period(settings: LevelSettings, values: SettingsValues) -> CollectionPeriod | None:
    if settings.place.level is not SettingsLevel.BUILDING:
        return None
    today = clock.today(settings.timezone)
    state = state_on(values.window, today, shift=settings.billing_month_shift)
    return CollectionPeriod(
        billing_month=state.period.billing_month,
        opens_on=state.period.opens_on,
        closes_on=state.period.closes_on,
        is_open=state.is_open,
    )
