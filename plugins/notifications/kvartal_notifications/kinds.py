"""Kinds of notices, which any plugin declares: ``offers=(NotificationKind(…),)``.

The title is the sentence ``notification.<key>`` of the plugin's catalogues. The texts are Jinja2
templates of its package: ``templates/<key>.<language>.jinja`` for all channels, and
``templates/<key>.<channel>.<language>.jinja`` where a channel says it in another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kvartal.auth.api import SessionKind
from kvartal.registry import offered
from kvartal_notifications.channels.rules import NotificationChannel

__all__ = ["NotificationKind", "kind_of", "kinds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationKind:
    """What people can be told of.

    ``audience``: whether residents are told or employees; ``section``: the code of the heading
    under which the role's tick stands; ``package``: whose templates they are; ``permission``: the
    right without which an employee is not told; ``channels``: by which ones whoever it concerns
    is told without a role's tick, until they opt out. ``example``: facts for a look at its texts.
    """

    key: str
    audience: SessionKind
    section: str
    package: str
    permission: str | None = None
    channels: frozenset[NotificationChannel] = frozenset(NotificationChannel)
    example: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def title_code(self) -> str:
        """The code of its title."""
        return f"notification.{self.key}"


def kinds() -> Mapping[str, NotificationKind]:
    """All kinds of this process by key, in the order of their plugins."""
    return {each.key: each for each in offered(NotificationKind)}


def kind_of(key: str) -> NotificationKind | None:
    """A kind; none if its plugin is off."""
    return kinds().get(key)
