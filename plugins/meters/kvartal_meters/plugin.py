"""Meters and readings: the declaration.

Loads alone; migrations complete; every field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_meters import permissions
from kvartal_meters.catalog.graphql import CatalogQueries
from kvartal_meters.meters import graphql as meters
from kvartal_meters.readings import graphql as readings
from kvartal_meters.widget.graphql import WIDGET

plugin = Plugin(
    name="meters",
    title="Приборы учёта и показания",
    models=(
        "kvartal_meters.meters.models",
        "kvartal_meters.resource_settings.models",
        "kvartal_meters.readings.models",
    ),
    graphql=GraphQLPart(
        queries=(CatalogQueries, meters.MeterQueries, readings.ReadingQueries),
        mutations=(readings.ReadingMutations,),
        extensions=(
            meters.PremiseMeters,
            meters.BuildingMeters,
            readings.MeterReadings,
            readings.MeterSubmissions,
        ),
        nodes=(*meters.NODES, *readings.NODES),
    ),
    permissions=permissions.ALL,
    widgets=(WIDGET,),
)
