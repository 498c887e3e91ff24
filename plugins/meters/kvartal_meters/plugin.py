"""Meters and readings: the declaration.

Loads alone; migrations complete; every field is described and has its access rule.
"""

from kvartal.plugin import GraphQLPart, Plugin
from kvartal_meters import permissions
from kvartal_meters.catalog.graphql import CatalogQueries
from kvartal_meters.examples import EXAMPLES
from kvartal_meters.feed.graphql import FeedSubscriptions
from kvartal_meters.history import graphql as history
from kvartal_meters.meters import graphql as meters
from kvartal_meters.meters.tasks import HANDLERS as METER_HANDLERS
from kvartal_meters.names.graphql import MeterNames, NameMutations
from kvartal_meters.policy import graphql as policy
from kvartal_meters.readings import graphql as readings
from kvartal_meters.registration.graphql import RegistrationMutations
from kvartal_meters.resource_settings import graphql as resource_settings
from kvartal_meters.resource_settings.tasks import HANDLERS
from kvartal_meters.verification import graphql as verification
from kvartal_meters.widget.graphql import WIDGET
from kvartal_meters.widget.tasks import HANDLERS as WIDGET_HANDLERS

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
            meters.MeterListQueries,
            readings.ReadingQueries,
            readings.FormQueries,
            resource_settings.ResourceSettingsQueries,
            history.ConsumptionQueries,
        ),
        mutations=(
            meters.MeterMutations,
            readings.ReadingMutations,
            *readings.CHANGES,
            resource_settings.ResourceSettingsMutations,
            resource_settings.VerificationLinkMutations,
            policy.PolicyMutations,
            verification.VerificationMutations,
            NameMutations,
            RegistrationMutations,
        ),
        subscriptions=(FeedSubscriptions, resource_settings.SettingsApplicationSubscriptions),
        extensions=(
            meters.PremiseMeters,
            meters.BuildingMeters,
            meters.MeterRecords,
            readings.MeterReadings,
            readings.MeterSubmissions,
            readings.PremiseReadings,
            readings.ReadingResident,
            readings.ResidentReadings,
            *readings.CHANGE_EXTENSIONS,
            *resource_settings.EXTENSIONS,
            policy.OrganizationMetersPolicy,
            *verification.EXTENSIONS,
            MeterNames,
            *history.EXTENSIONS,
        ),
        nodes=(*meters.NODES, *readings.NODES),
    ),
    handlers=(*METER_HANDLERS, *HANDLERS, *WIDGET_HANDLERS),
    tasks=("kvartal_meters.verification.tasks",),
    permissions=permissions.ALL,
    widgets=(WIDGET,),
    examples=EXAMPLES,
    demo="kvartal_meters.demo",
)
