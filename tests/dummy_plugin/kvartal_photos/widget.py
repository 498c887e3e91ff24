"""The home widget «Фотографии»."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from kvartal import text
from kvartal.context import Context
from kvartal.home.api import HomeWidget
from kvartal.plugin import HomeWidgetKind
from kvartal_photos import queries

__all__ = ["WIDGET", "PhotosWidget"]


@strawberry.type(description="The home widget «Фотографии»: photos of one's own building.")
class PhotosWidget(HomeWidget):
    """The widget of one premise."""

    photos: int = strawberry.field(description="Photos of the building.")


async def _fetch(context: Context, premises: Sequence[UUID]) -> Mapping[UUID, Any]:
    found = await queries.photos_of_premises(context.actor, premises)
    title = text.say("PHOTOS_WIDGET_TITLE", context.locale)
    return {
        premise: PhotosWidget(key="photos", title=title, photos=count)
        for premise, count in found.items()
    }


WIDGET = HomeWidgetKind(key="photos", type=PhotosWidget, fetch=_fetch)
