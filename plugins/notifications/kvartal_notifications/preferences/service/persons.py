"""What a person chooses for themselves, in the capacity that they are signed in with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import changed, nothing_changed, own_act
from kvartal.auth.api import Actor, SessionKind
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, Refused
from kvartal.text import LOCALES
from kvartal_notifications.kinds import NotificationKind, kinds
from kvartal_notifications.preferences import queries
from kvartal_notifications.preferences.queries import Person
from kvartal_notifications.preferences.queries.persons import Choice
from kvartal_notifications.preferences.rules import (
    LocaleUnknown,
    check_kinds,
    clock_time,
    read_hours,
)

__all__ = ["Choices", "choose", "chosen", "kinds_for", "owner_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is being set; a language that is None stays as it is.

    ``quiet``: from and until, like 22:00, or None for those of the organization, if it
    ``sets_quiet`` hours at all.
    """

    channels: Sequence[tuple[Choice, bool]] = ()
    locale: str | None = None
    quiet: tuple[str, str] | None = None
    sets_quiet: bool = False


def owner_of(actor: Actor) -> UUID:
    """Whose inbox and choices they are; Forbidden to an integrator's token."""
    if actor.user_id is None:
        raise Forbidden("FORBIDDEN_WITHOUT_SESSION")
    return actor.user_id


def kinds_for(actor: Actor) -> list[NotificationKind]:
    """What the actor can be told of, in the capacity of their session."""
    audience = SessionKind.RESIDENT if actor.is_resident else SessionKind.EMPLOYEE
    return [kind for kind in kinds().values() if kind.audience is audience]


async def chosen(actor: Actor) -> Person:
    """What the actor has chosen."""
    return await queries.person(owner_of(actor))


async def choose(actor: Actor, wanted: Choices) -> Person:
    """Change what the actor has chosen; the choices afterwards."""
    owner = owner_of(actor)
    quiet = _checked(actor, wanted)
    async with unit_of_work():
        own_act()
        await queries.hold_person(owner)
        # Read after the wait: what stood there before it may have been changed meanwhile.
        before = await queries.person(owner)
        off = {choice for choice, is_on in wanted.channels if not is_on}
        on = {choice for choice, is_on in wanted.channels if is_on}
        after = replace(
            before,
            locale=wanted.locale or before.locale,
            quiet=quiet if wanted.sets_quiet else before.quiet,
            opted_out=(before.opted_out | off) - on,
        )
        if after == before:
            nothing_changed()
            return before
        now = clock.now()
        await queries.write_choices(
            owner,
            on=sorted(before.opted_out - after.opted_out),
            off=sorted(after.opted_out - before.opted_out),
            now=now,
        )
        await queries.write_person(owner, locale=after.locale, quiet=after.quiet, now=now)
        changed(_facts(before), _facts(after))
    return after


def _checked(actor: Actor, wanted: Choices) -> tuple[int, int] | None:
    """The quiet hours in minutes after midnight; Refused with all that is wrong."""
    known = {kind.key for kind in kinds_for(actor)}
    faults = check_kinds([choice for choice, _ in wanted.channels], known, "channels")
    if wanted.locale is not None and wanted.locale not in LOCALES:
        faults.append(LocaleUnknown(path=("locale",), locales=", ".join(LOCALES)))
    quiet, wrong = read_hours(wanted.quiet)
    if faults or wrong:
        raise Refused([*faults, *wrong])
    return quiet


def _facts(person: Person) -> dict[str, object]:
    """A person's choices as the audit log tells them."""
    return {
        "locale": person.locale,
        "quiet_hours": "–".join(map(clock_time, person.quiet)) if person.quiet else None,
        "opted_out": sorted(f"{kind} {channel}" for kind, channel in person.opted_out),
    }
