"""What can be read of the exchange's settings."""

from typing import Annotated

import strawberry

from kvartal.context import Info
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.schedules import service
from kvartal_integration.schedules.graphql.inputs import ExchangeScheduleInput
from kvartal_integration.schedules.graphql.rows import (
    NAME_TEMPLATE,
    ExchangePreview,
    ExchangeSettings,
)

__all__ = ["ExchangeQueries"]

Organization = Annotated[
    strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
]


@strawberry.type
class ExchangeQueries:
    """Fields of Query about the exchange."""

    @query(
        access=EXCHANGE_MANAGE,
        description="How an organization imports and exports files by itself (обмен данными); as"
        " long as nobody has saved it, with the usual values, switched off. For employees who work"
        " with all buildings of the organization.",
    )
    async def exchange_settings(
        self, info: Info, organization_id: Organization
    ) -> ExchangeSettings:
        """The settings of both directions."""
        context, key = info.context, uuid_of("Organization", organization_id)
        found = await service.exchange_of(context.actor, key)
        return ExchangeSettings.of(found, context.locale)

    @query(
        access=EXCHANGE_MANAGE,
        description="What a schedule and a template of a file's name would do, before they are"
        " saved: the fields of a schedule that are left out are stars.",
    )
    async def exchange_preview(
        self,
        info: Info,
        organization_id: Organization,
        schedule: Annotated[
            ExchangeScheduleInput | None, strawberry.argument(description="A schedule.")
        ] = None,
        name_template: Annotated[str | None, strawberry.argument(description=NAME_TEMPLATE)] = None,
    ) -> ExchangePreview:
        """A schedule and a template, tried out."""
        context = info.context
        found = await service.preview(
            context.actor,
            uuid_of("Organization", organization_id),
            schedule=schedule.typed() if schedule else None,
            name_template=name_template,
        )
        return ExchangePreview.of(found, context.locale)
