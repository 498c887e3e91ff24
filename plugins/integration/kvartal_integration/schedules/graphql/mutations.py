"""Setting the exchange up."""

import strawberry

from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.schedules import service
from kvartal_integration.schedules.graphql.inputs import (
    UpdateExportSettingsInput,
    UpdateImportSettingsInput,
)
from kvartal_integration.schedules.graphql.rows import ExportSettings, ImportSettings
from kvartal_integration.schedules.rules import (
    EmailInvalid,
    EmailsTooMany,
    NameTemplateInvalid,
    PathInvalid,
    PathsMissing,
    PathsTooMany,
    ScheduleFieldInvalid,
    ScheduleNever,
)

__all__ = ["ExchangeMutations"]

_WHOLE = " Takes an employee who works with all buildings of the organization."


@strawberry.type
class ExchangeMutations:
    """Fields of Mutation about the exchange's settings."""

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Change how files are imported, and when; all that is wrong is told at once."
        + _WHOLE,
        raises=(
            ScheduleFieldInvalid,
            ScheduleNever,
            EmailInvalid,
            EmailsTooMany,
            PathInvalid,
            PathsTooMany,
            PathsMissing,
            VersionConflict,
        ),
    )
    async def update_import_settings(
        self, info: Info, input: UpdateImportSettingsInput
    ) -> ImportSettings:
        """The import after the change."""
        context, key = info.context, uuid_of("Organization", input.organization_id)
        found = await service.update(
            context.actor, key, input.change(), expected_version=input.expected_version
        )
        return ImportSettings.of(found, context.locale)

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Change how readings are exported, and when; all that is wrong is told at once."
        + _WHOLE,
        raises=(
            ScheduleFieldInvalid,
            ScheduleNever,
            EmailInvalid,
            EmailsTooMany,
            PathInvalid,
            NameTemplateInvalid,
            VersionConflict,
        ),
    )
    async def update_export_settings(
        self, info: Info, input: UpdateExportSettingsInput
    ) -> ExportSettings:
        """The export after the change."""
        context, key = info.context, uuid_of("Organization", input.organization_id)
        found = await service.update(
            context.actor, key, input.change(), expected_version=input.expected_version
        )
        return ExportSettings.of(found, context.locale)
