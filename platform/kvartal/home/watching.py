"""The home screens that are being watched, read for all who watch them at once.

Who sees a premise is asked for each viewer; what its widgets show is the same for all of them, and
read on behalf of the premise's organization.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from kvartal.auth.api import Actor, ActorKind, work_of
from kvartal.context import Context
from kvartal.db.connection import Record
from kvartal.gathered import Gathered
from kvartal.home.loaders import HomePremise, WidgetsByPremise
from kvartal.home.queries import premises_of_residents
from kvartal.home.widgets import HomeWidget
from kvartal.housing.api import PREMISES, by_ids

__all__ = ["SHOWN", "Look", "home_of", "look_of"]


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at a premise's home screen, in a language; the same for who sees the same."""

    viewer: Actor
    premise: UUID
    locale: str
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Thousands are looked up again and again, and the hash of a viewer is made of much.
        object.__setattr__(self, "_hash", hash((self.viewer, self.premise, self.locale)))

    def __hash__(self) -> int:
        return self._hash


def look_of(context: Context, premise: UUID) -> Look:
    """The look that an operation is about."""
    viewer = replace(context.actor, session_id=None, channel="", expires_at=None)
    return Look(viewer, premise, context.locale)


async def home_of(look: Look) -> Record | None:
    """The premise with its building and organization; None if the viewer does not see it."""
    return await _homes.get(look)


async def _seen(looks: Sequence[Look]) -> dict[Look, Record]:
    """The premises of those who see them: one statement for all residents together."""
    residents: dict[tuple[UUID, UUID], list[Look]] = {}
    staff: dict[Actor, list[Look]] = {}
    for look in looks:
        user = look.viewer.user_id
        if not look.viewer.is_resident:
            staff.setdefault(look.viewer, []).append(look)
        elif user is not None:
            residents.setdefault((user, look.premise), []).append(look)
    lived_in = await premises_of_residents(residents)
    found = {look: row for pair, row in lived_in.items() for look in residents[pair]}
    worked_in = await asyncio.gather(
        *(by_ids(PREMISES, actor, [each.premise for each in own]) for actor, own in staff.items())
    )
    for own, rows in zip(staff.values(), worked_in, strict=True):
        found |= {look: rows[look.premise] for look in own if look.premise in rows}
    return found


async def _widgets(looks: Sequence[Look]) -> dict[Look, list[HomeWidget]]:
    """The widgets of the premises that their viewers see."""
    seen = await _seen(looks)
    homes = {look: HomePremise(look.premise, row["organization_id"]) for look, row in seen.items()}
    locales = {look.locale for look in homes}
    shown = await asyncio.gather(
        *(
            _read({home for look, home in homes.items() if look.locale == locale}, locale)
            for locale in locales
        )
    )
    in_locale = dict(zip(locales, shown, strict=True))
    return {look: in_locale[look.locale].get(home, []) for look, home in homes.items()}


async def _read(
    homes: Collection[HomePremise], locale: str
) -> Mapping[HomePremise, list[HomeWidget]]:
    """What the organizations themselves see: it has been asked who else does."""
    organizations = {home.organization for home in homes}
    memberships = [each for own in organizations for each in work_of(own, ()).memberships]
    reader = Actor(kind=ActorKind.SERVICE, memberships=tuple(memberships))
    return await WidgetsByPremise(Context(actor=reader, locale=locale)).batch(list(homes))


_homes = Gathered(_seen)
SHOWN = Gathered(_widgets)
"""The widgets as they are now; none if the viewer does not see the premise (any more).

Those who look at once get the same objects.
"""
