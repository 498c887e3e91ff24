"""Notifications: the declaration.

Stands on meters and the integration, whose events it tells people of; migrations complete; every
field is described and has its access rule.
"""

from kvartal.plugin import Plugin
from kvartal_notifications import permissions
from kvartal_notifications.settings import NotificationsSettings

plugin = Plugin(
    name="notifications",
    title="Уведомления",
    requires=frozenset({"integration", "meters"}),
    models=(
        "kvartal_notifications.preferences.models",
        "kvartal_notifications.messages.models",
        "kvartal_notifications.sources.models",
    ),
    permissions=permissions.ALL,
    settings=NotificationsSettings,
)
