"""Exchange with other systems: the declaration.

Stands on meters; migrations complete; every field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_integration import permissions
from kvartal_integration.settings import IntegrationSettings

plugin = Plugin(
    name="integration",
    title="Обмен данными",
    requires=frozenset({"meters"}),
    models=(
        "kvartal_integration.operations.models",
        "kvartal_integration.connections.models",
        "kvartal_integration.schedules.models",
        "kvartal_integration.webhooks.models",
    ),
    graphql=GraphQLPart(),
    permissions=permissions.ALL,
    settings=IntegrationSettings,
)
