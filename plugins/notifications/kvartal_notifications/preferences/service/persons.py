"""What a person chooses for themselves, in the capacity that they are signed in with."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kvartal import clock
from kvartal.audit.api import nothing_changed, own_act
from kvartal.auth.api import Actor, SessionKind
from kvartal.db.transaction import unit_of_work
from kvartal.errors import Forbidden, Refused
from kvartal.text import LOCALES
from kvartal_notifications.kinds import NotificationKind, kinds
from kvartal_notifications.preferences import queries
from kvartal_notifications.preferences.queries import Person
from kvartal_notifications.preferences.queries.persons import Choice
from kvartal_notifications.preferences.rules import LocaleUnknown, check_kinds, minutes_of

__all__ = ["Choices", "choose", "chosen", "kinds_for", "owner_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is being set; what is None stays as it is.

    ``quiet``: from and until, like 22:00; ``follows_organization``: its quiet hours hold again.
    """

    channels: Sequence[tuple[Choice, bool]] = ()
    locale: str | None = None
    quiet: tuple[str, str] | None = None
    follows_organization: bool = False


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
    known = {kind.key for kind in kinds_for(actor)}
    faults = check_kinds([choice for choice, _ in wanted.channels], known, "channels")
    if wanted.locale is not None and wanted.locale not in LOCALES:
        faults.append(LocaleUnknown(path=("locale",), locales=", ".join(LOCALES)))
    if faults:
        raise Refused(faults)
    quiet = None
    if wanted.quiet is not None:
        start, end = wanted.quiet
        quiet = (
            minutes_of(start, ("quiet_hours", "from")),
            minutes_of(end, ("quiet_hours", "until")),
        )
    async with unit_of_work():
        own_act()
        before = await queries.person(owner)
        now = clock.now()
        await queries.write_choices(
            owner,
            on=[choice for choice, is_on in wanted.channels if is_on],
            off=[choice for choice, is_on in wanted.channels if not is_on],
            now=now,
        )
        kept = None if wanted.follows_organization else before.quiet
        await queries.write_person(
            owner, locale=wanted.locale or before.locale, quiet=quiet or kept, now=now
        )
        after = await queries.person(owner)
        if after == before:
            nothing_changed()
    return after
