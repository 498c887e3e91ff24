"""Ready operations of the demo's console: the journeys of metering, by role."""

from kvartal_meters.examples.cards import OF_CARDS
from kvartal_meters.examples.residents import OF_RESIDENTS
from kvartal_meters.examples.staff import OF_STAFF
from kvartal_meters.examples.systems import OF_SYSTEMS

__all__ = ["EXAMPLES"]

EXAMPLES = (*OF_RESIDENTS, *OF_STAFF, *OF_CARDS, *OF_SYSTEMS)
