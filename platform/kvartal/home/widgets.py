"""The interface that every widget of the resident's home screen implements."""

from datetime import datetime

import strawberry

__all__ = ["HomeWidget"]


@strawberry.interface(description="A widget of the resident's home screen (виджет экрана «Дом»).")
class HomeWidget:
    """What all widgets have; ``next_change`` is for the subscription alone."""

    key: str = strawberry.field(description="Which widget it is, e.g. `meters`.")
    title: str = strawberry.field(description="Its heading, in the client's language.")
    next_change: strawberry.Private[datetime | None] = None
