"""Exchange with other systems: the declaration.

Stands on meters; migrations complete; every field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_integration import permissions
from kvartal_integration.connections.graphql import GRAPHQL as CONNECTIONS
from kvartal_integration.examples import EXAMPLES
from kvartal_integration.exporting.graphql import GRAPHQL as EXPORTS
from kvartal_integration.importing.graphql import GRAPHQL as IMPORTS
from kvartal_integration.operations.graphql import GRAPHQL as OPERATIONS
from kvartal_integration.operations.tasks import HANDLERS as OPERATION_HANDLERS
from kvartal_integration.schedules.graphql import GRAPHQL as SCHEDULES
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.spreadsheets.graphql import GRAPHQL as SPREADSHEETS
from kvartal_integration.spreadsheets.uploads import UPLOADS
from kvartal_integration.webhooks.graphql import GRAPHQL as WEBHOOKS
from kvartal_integration.webhooks.tasks import HANDLERS as WEBHOOK_HANDLERS

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
    graphql=GraphQLPart.of(
        CONNECTIONS, EXPORTS, IMPORTS, OPERATIONS, SCHEDULES, SPREADSHEETS, WEBHOOKS
    ),
    tasks=(
        "kvartal_integration.exporting.tasks",
        "kvartal_integration.importing.tasks",
        "kvartal_integration.operations.tasks",
        "kvartal_integration.spreadsheets.tasks",
        "kvartal_integration.webhooks.tasks",
    ),
    handlers=(*OPERATION_HANDLERS, *WEBHOOK_HANDLERS),
    offers=(UPLOADS,),
    permissions=permissions.ALL,
    settings=IntegrationSettings,
    examples=EXAMPLES,
    demo="kvartal_integration.demo",
)
