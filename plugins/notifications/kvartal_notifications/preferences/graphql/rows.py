"""Kinds of notices and quiet hours, as clients see them."""

import strawberry

from kvartal.auth.api import SessionKind
from kvartal.text import say
from kvartal_notifications import kinds
from kvartal_notifications.channels.graphql import NotificationChannel
from kvartal_notifications.preferences.rules import clock_time

__all__ = ["NotificationKind", "QuietHours", "QuietHoursInput", "in_order"]

_FROM = "From when on, like `22:00`, by the building's clock."
_UNTIL = "Until when, like `08:00`; before `from` if it is over midnight, equal to it for none."


@strawberry.type(description="A kind of notices that people can be told of.")
class NotificationKind:
    """A kind."""

    key: str = strawberry.field(description="Its key, e.g. `meters.readings_submitted`.")
    title: str = strawberry.field(description="What people call it, in their language.")
    section: str = strawberry.field(description="Key of the list that its ticks stand in.")
    section_title: str = strawberry.field(description="What that list is called.")
    audience: SessionKind = strawberry.field(
        description="Whether residents are told of it, or employees."
    )
    channels: list[NotificationChannel] = strawberry.field(
        description="By which ways whoever it concerns is told, until they opt out; employees are"
        " told by the ticks of their roles."
    )

    @classmethod
    def of(cls, kind: kinds.NotificationKind, locale: str) -> "NotificationKind":
        """The kind in the client's language."""
        return cls(
            key=kind.key,
            title=say(kind.title_code, locale),
            section=kind.section,
            section_title=say(f"notification.section.{kind.section}", locale),
            audience=kind.audience,
            channels=in_order(kind.channels),
        )


@strawberry.type(description="When no push rings; it waits until they end.")
class QuietHours:
    """Quiet hours."""

    start: str = strawberry.field(name="from", description=_FROM)
    until: str = strawberry.field(description=_UNTIL)

    @classmethod
    def of(cls, start: int, end: int) -> "QuietHours":
        """The hours between so many minutes after midnight."""
        return cls(start=clock_time(start), until=clock_time(end))


@strawberry.input(description="When no push is to ring.")
class QuietHoursInput:
    """Quiet hours in a form."""

    start: str = strawberry.field(name="from", description=_FROM)
    until: str = strawberry.field(description=_UNTIL)

    @property
    def plain(self) -> tuple[str, str]:
        """From and until."""
        return self.start, self.until


def in_order(channels: frozenset[NotificationChannel]) -> list[NotificationChannel]:
    """The channels in the order in which they are declared."""
    return [each for each in NotificationChannel if each in channels]
