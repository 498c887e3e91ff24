"""A person's own choices over GraphQL."""

import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.mutation import mutation
from kvartal_notifications.channels.graphql import NotificationChannel
from kvartal_notifications.preferences.graphql.rows import (
    NotificationKind,
    QuietHours,
    QuietHoursInput,
)
from kvartal_notifications.preferences.queries import Person
from kvartal_notifications.preferences.rules import (
    LocaleUnknown,
    NotificationKindRepeated,
    NotificationKindUnknown,
    QuietHoursInvalid,
)
from kvartal_notifications.preferences.service import Choices, choose, chosen
from kvartal_notifications.preferences.service.persons import kinds_for

__all__ = ["PreferenceMutations", "PreferenceQueries"]

_LOCALE = "The language of letters: `ru` or `en`; a device has its own."


@strawberry.type(description="What a person has chosen of a kind of notices.")
class NotificationPreference:
    """A row of the person's settings."""

    kind: NotificationKind = strawberry.field(description="What they can be told of.")
    channels: list[NotificationChannel] = strawberry.field(
        description="The ways that they have not switched off."
    )


@strawberry.type(description="How the person signed in wants to be told, in this capacity.")
class NotificationPreferences:
    """A person's settings."""

    kinds: list[NotificationPreference] = strawberry.field(
        description="A row for each kind that they can be told of."
    )
    locale: str = strawberry.field(description=_LOCALE)
    quiet_hours: QuietHours | None = strawberry.field(
        description="Their own quiet hours; null if those of the organization hold."
    )

    @classmethod
    def of(cls, person: Person, context: Context) -> "NotificationPreferences":
        """The settings as clients see them."""
        return cls(
            kinds=[
                NotificationPreference(
                    kind=NotificationKind.of(kind, context.locale),
                    channels=[
                        each
                        for each in NotificationChannel
                        if (kind.key, each) not in person.opted_out
                    ],
                )
                for kind in kinds_for(context.actor)
            ],
            locale=person.locale,
            quiet_hours=QuietHours.of(*person.quiet) if person.quiet is not None else None,
        )


@strawberry.type
class PreferenceQueries:
    """Fields of Query about a person's own choices."""

    @query(
        access=SIGNED_IN,
        description="How the person signed in wants to be told, in the capacity of their session.",
    )
    async def notification_preferences(self, info: Info) -> NotificationPreferences:
        """The person's choices."""
        return NotificationPreferences.of(await chosen(info.context.actor), info.context)


@strawberry.input(description="Whether a kind is told by a way.")
class NotificationChoiceInput:
    """A switch of the form."""

    kind: str = strawberry.field(description="Key of the kind.")
    channel: NotificationChannel = strawberry.field(description="The way.")
    is_on: bool = strawberry.field(description="Whether to be told so.")


@strawberry.input(description="What a person chooses; a field left out stays as it is.")
class UpdateNotificationPreferencesInput:
    """Input of updateNotificationPreferences."""

    channels: list[NotificationChoiceInput] | None = strawberry.field(
        default=None, description="A row for each switch that changes; each once."
    )
    locale: str | None = strawberry.field(default=None, description=_LOCALE)
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Quiet hours of their own; null: those of the organization hold again.",
    )

    def plain(self) -> Choices:
        """What is being set."""
        return Choices(
            channels=[((each.kind, each.channel), each.is_on) for each in self.channels or ()],
            locale=self.locale,
            quiet=self.quiet_hours.plain if self.quiet_hours else None,
            sets_quiet=self.quiet_hours is not strawberry.UNSET,
        )


@strawberry.type
class PreferenceMutations:
    """Fields of Mutation about a person's own choices."""

    @mutation(
        access=SIGNED_IN,
        description="Choose how to be told, in the capacity of the session.",
        raises=(
            NotificationKindUnknown,
            NotificationKindRepeated,
            LocaleUnknown,
            QuietHoursInvalid,
        ),
    )
    async def update_notification_preferences(
        self, info: Info, input: UpdateNotificationPreferencesInput
    ) -> NotificationPreferences:
        """The choices after the change."""
        person = await choose(info.context.actor, input.plain())
        return NotificationPreferences.of(person, info.context)
