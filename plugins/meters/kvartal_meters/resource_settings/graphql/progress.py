"""The progress of an application of settings, live."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import strawberry

from kvartal import clock, live
from kvartal.context import Info
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import subscription
from kvartal.permissions import BUILDING_EDIT
from kvartal.progress import Progress, ProgressState, progress_of
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.graphql.rows import Level, PlaceId, place_of
from kvartal_meters.resource_settings.topics import application_topic

__all__ = ["SettingsApplicationSubscriptions"]

# Whoever is killed while applying says nothing any more.
LOOK = timedelta(seconds=5)

describe_enum(
    ProgressState,
    "Whether a long change goes on.",
    RUNNING="It goes on; nothing of it is to be seen yet.",
    DONE="All of it is to be seen.",
    FAILED="Nothing of it has been done.",
)


@strawberry.type(description="How far an application of settings is; it is all or nothing.")
class SettingsApplicationProgress:
    """The bar beside the button «Применить»."""

    state: ProgressState | None = strawberry.field(
        description="Whether it goes on; null until one has begun."
    )
    done: int = strawberry.field(description="Buildings that have got the settings.")
    total: int = strawberry.field(description="Buildings that are to get them.")
    started_at: datetime | None = strawberry.field(
        description="When the first of them was begun with."
    )

    @classmethod
    def of(cls, progress: Progress | None) -> "SettingsApplicationProgress":
        """The progress as clients see it; None: nothing has begun yet."""
        if progress is None:
            return cls(state=None, done=0, total=0, started_at=None)
        return cls(
            state=progress.state,
            done=progress.done,
            total=progress.total,
            started_at=progress.started_at,
        )


@strawberry.type
class SettingsApplicationSubscriptions:
    """Live changes of what is applied."""

    @subscription(
        access=BUILDING_EDIT,
        description="How far `applyResourceSettings` of a quarter or a group is: subscribe, and at"
        " the first answer send the mutation, which answers at the end. It tells of the application"
        " that goes on or comes next, and ends with it; one without a change tells nothing.",
    )
    async def settings_application_progress(
        self, info: Info, level: Level, id: PlaceId
    ) -> AsyncGenerator[SettingsApplicationProgress, None]:
        """Each step of the next application, or of the one that goes on."""
        place, actor = place_of(level, id), info.context.actor
        service.require_level_above(place)
        topic = application_topic(place)
        await service.require_right(actor, place)
        past = await progress_of(topic)
        shown = None if past is None or past.is_over else past
        yield SettingsApplicationProgress.of(shown)
        async for _ in live.changes(topic, next_change=lambda: clock.now() + LOOK):
            await service.require_right(actor, place)
            progress = await progress_of(topic)
            if progress == shown or (progress is not None and progress == past):
                continue
            if progress is None:
                return  # whoever was applying them is gone
            shown = progress
            yield SettingsApplicationProgress.of(shown)
            if shown.is_over:
                return
