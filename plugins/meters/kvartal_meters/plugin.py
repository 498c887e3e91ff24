"""Meters and readings: the declaration.

Loads alone; migrations complete; every field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_meters import permissions
from kvartal_meters.catalog.graphql import CatalogQueries
from kvartal_meters.examples import EXAMPLES
from kvartal_meters.meters import graphql as meters
from kvartal_meters.meters.tasks import HANDLERS as METER_HANDLERS
from kvartal_meters.readings import graphql as readings
from kvartal_meters.resource_settings import graphql as resource_settings
from kvartal_meters.resource_settings.tasks import HANDLERS
from kvartal_meters.widget.graphql import WIDGET

plugin = Plugin(
    name="meters",
    title="Приборы учёта и показания",
    models=(
        "kvartal_meters.policy.models",
        "kvartal_meters.meters.models",
        "kvartal_meters.resource_settings.models",
        "kvartal_meters.readings.models",
    ),
    graphql=GraphQLPart(
        queries=(
            CatalogQueries,
            meters.MeterQueries,
            readings.ReadingQueries,
            resource_settings.ResourceSettingsQueries,
        ),
        mutations=(readings.ReadingMutations, resource_settings.ResourceSettingsMutations),
        extensions=(
            meters.PremiseMeters,
            meters.BuildingMeters,
            readings.MeterReadings,
            readings.MeterSubmissions,
            *resource_settings.EXTENSIONS,
        ),
        nodes=(*meters.NODES, *readings.NODES),
    ),
    handlers=(*METER_HANDLERS, *HANDLERS),
    permissions=permissions.ALL,
    widgets=(WIDGET,),
    examples=EXAMPLES,
    demo="kvartal_meters.demo",
)
