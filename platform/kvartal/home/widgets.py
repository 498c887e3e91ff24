"""The interface that every widget of the resident's home screen implements."""

from dataclasses import field
from datetime import datetime

import strawberry

__all__ = ["HomeWidget"]


@strawberry.interface(description="A widget of the resident's home screen (виджет экрана «Дом»).")
class HomeWidget:
    """What all widgets have; ``next_change`` is for the subscription alone, and shown to nobody.

    Those are equal that look the same.
    """

    key: str = strawberry.field(description="Which widget it is, e.g. `meters`.")
    title: str = strawberry.field(description="Its heading, in the client's language.")
    pinned: bool = strawberry.field(
        default=True, description="Whether the organization shows it on the home screen."
    )
    position: int = strawberry.field(
        default=0, description="Its place on the home screen, counted from 0."
    )
    next_change: strawberry.Private[datetime | None] = field(default=None, compare=False)
