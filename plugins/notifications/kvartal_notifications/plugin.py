"""Notifications: the declaration.

Stands on meters and the integration, whose events it tells people of; migrations complete; every
field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_notifications import permissions
from kvartal_notifications.delivery.graphql import GRAPHQL as DELIVERIES
from kvartal_notifications.delivery.tasks import HANDLERS as DELIVERY_HANDLERS
from kvartal_notifications.examples import EXAMPLES
from kvartal_notifications.messages.graphql import GRAPHQL as MESSAGES
from kvartal_notifications.preferences.devices.graphql import GRAPHQL as DEVICES
from kvartal_notifications.preferences.graphql import GRAPHQL as PREFERENCES
from kvartal_notifications.running import running
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.sources.kinds import KINDS
from kvartal_notifications.sources.tasks import HANDLERS as SOURCE_HANDLERS

plugin = Plugin(
    name="notifications",
    title="Уведомления",
    requires=frozenset({"integration", "meters"}),
    models=(
        "kvartal_notifications.preferences.models",
        "kvartal_notifications.messages.models",
        "kvartal_notifications.sources.models",
    ),
    graphql=GraphQLPart.of(DELIVERIES, DEVICES, MESSAGES, PREFERENCES),
    tasks=("kvartal_notifications.delivery.tasks", "kvartal_notifications.sources.tasks"),
    handlers=(*DELIVERY_HANDLERS, *SOURCE_HANDLERS),
    permissions=permissions.ALL,
    offers=KINDS,
    settings=NotificationsSettings,
    lifespan=running,
    examples=EXAMPLES,
    demo="kvartal_notifications.demo",
)
