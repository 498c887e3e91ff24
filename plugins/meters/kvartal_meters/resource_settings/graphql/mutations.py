"""Changing settings over GraphQL."""

import strawberry
from strawberry import UNSET

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.permissions import BUILDING_EDIT
from kvartal.services.api import ServiceUnavailable
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import (
    RuleLocked,
    ServiceNotVerification,
    WindowDayInvalid,
    WindowDaysIncomplete,
)
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.graphql.application import (
    SettingsApplication,
    application_of,
)
from kvartal_meters.resource_settings.graphql.rows import ResourceSettings, place_of, rows_of
from kvartal_meters.resource_settings.rules import ApplyMode, Entry, SettingsLevel

__all__ = ["ResourceSettingsMutations"]

LEVEL = "The level of the settings."
PLACE = "The quarter or the group, as the level says."


@strawberry.input(description="The settings that a resource is given.")
class ResourceSettingsInput:
    """A row of the form."""

    resource_kind: ResourceKind = strawberry.field(description="The resource.")
    active: bool = strawberry.field(description="Whether readings are taken at all.")
    start_day: int | None = strawberry.field(
        default=None, description="First day of the window; without both days it is always open."
    )
    end_day: int | None = strawberry.field(default=None, description="Last day of the window.")
    fractions_allowed: bool = strawberry.field(description="Whether values may have decimals.")
    accepts_expired: bool = strawberry.field(
        description="Whether readings are taken of meters whose verification has expired."
    )
    service_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="The service of verification that residents are offered; null takes the link"
        " away, left out it stays as it is.",
    )

    def entry(self) -> Entry:
        """The row as the rules read it."""
        return Entry(
            resource_kind=self.resource_kind,
            active=self.active,
            start_day=self.start_day,
            end_day=self.end_day,
            fractions_allowed=self.fractions_allowed,
            accepts_expired=self.accepts_expired,
            service_id=uuid_of("Service", self.service_id) if self.service_id else None,
            names_service=self.service_id is not UNSET,
        )


@strawberry.input(description="New settings of a building, a quarter or a group.")
class UpdateResourceSettingsInput:
    """The form of a place's settings."""

    level: SettingsLevel = strawberry.field(description=LEVEL)
    id: strawberry.ID = strawberry.field(
        description="The building, quarter or group, as the level says."
    )
    settings: list[ResourceSettingsInput] = strawberry.field(
        description="A row per resource that changes; the others stay as they are."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was edited; refused if it is no longer so."
    )


@strawberry.input(description="Whose settings are applied to its buildings, and how.")
class ApplyResourceSettingsInput:
    """The dialog «Применить»."""

    level: SettingsLevel = strawberry.field(description="QUARTER or GROUP.")
    id: strawberry.ID = strawberry.field(description=PLACE)
    mode: ApplyMode = strawberry.field(description="Once, or as a rule.")
    preview: bool = strawberry.field(
        default=False, description="Only tell what would happen; nothing is written."
    )


@strawberry.input(description="Whose rule ends.")
class CancelResourceRuleInput:
    """The button «Отменить правило»."""

    level: SettingsLevel = strawberry.field(description="QUARTER or GROUP.")
    id: strawberry.ID = strawberry.field(description=PLACE)


@strawberry.type
class ResourceSettingsMutations:
    """Fields of Mutation about settings."""

    @mutation(
        access=BUILDING_EDIT,
        description="Change settings. A building's act at once; a quarter's or a group's are a"
        " draft that touches no building until it is applied.",
        raises=(
            WindowDayInvalid,
            WindowDaysIncomplete,
            RuleLocked,
            ServiceNotVerification,
            ServiceUnavailable,
            VersionConflict,
        ),
        payload="resource_settings",
    )
    async def update_resource_settings(
        self,
        info: Info,
        input: UpdateResourceSettingsInput,
    ) -> list[ResourceSettings]:
        """The settings of the place after the change."""
        settings = await service.update(
            info.context.actor,
            place_of(input.level, input.id),
            [row.entry() for row in input.settings],
            expected_version=input.expected_version,
        )
        return rows_of(settings)

    @mutation(
        access=BUILDING_EDIT,
        description="Give a quarter's or a group's settings to its buildings, all parameters"
        " replaced. As a rule they also lock the buildings, and new ones inherit them.",
        raises=(RuleLocked,),
        payload="application",
    )
    async def apply_resource_settings(
        self,
        info: Info,
        input: ApplyResourceSettingsInput,
    ) -> SettingsApplication:
        """What it did to the buildings."""
        applied = await service.apply(
            info.context.actor,
            place_of(input.level, input.id),
            input.mode,
            preview=input.preview,
        )
        return application_of(applied, preview=input.preview)

    @mutation(
        access=BUILDING_EDIT,
        description="End the rule of a quarter or a group. Buildings keep their settings and are"
        " free, or under their quarter's rule again. Nothing happens if there is no rule.",
        payload="resource_settings",
    )
    async def cancel_resource_rule(
        self,
        info: Info,
        input: CancelResourceRuleInput,
    ) -> list[ResourceSettings]:
        """The settings of the quarter or the group."""
        settings = await service.cancel_rule(info.context.actor, place_of(input.level, input.id))
        return rows_of(settings)
