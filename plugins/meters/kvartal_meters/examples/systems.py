"""The journeys of other systems: readings sent in bulk, changes of meters pulled."""

from kvartal.demo.api import INTEGRATOR, Tenant, demo_id
from kvartal.graphql.node import encode_id
from kvartal.plugin import Example
from kvartal_meters.examples.places import HOME, identifier

__all__ = ["OF_SYSTEMS"]

_COMPANY = encode_id("Organization", demo_id("organization", Tenant.COMPANY))

OF_SYSTEMS = (
    Example(
        title="Передать показания пачкой",
        role=INTEGRATOR,
        query="""
mutation Register($input: RegisterReadingsInput!) {
  registerReadings(input: $input) {
    registration {
      created updated unchanged rejected
      rows { outcome id errors { code message path } warnings { code message path } }
    }
    errors { code message }
  }
}
""",
        variables={
            "input": {
                "organizationId": _COMPANY,
                "mode": "APPEND",
                "readings": [
                    {"identifier": identifier(HOME, "ХВ"), "values": ["323,4"]},
                    {"meterExternalId": "нет такого", "values": ["1"]},
                ],
            }
        },
    ),
    Example(
        title="Забрать изменения счетчиков",
        role=INTEGRATOR,
        query="""
query Pull($after: String) {
  meters(orderBy: UPDATED_AT, filter: {includeArchived: true}, first: 100, after: $after) {
    nodes {
      id externalId identifier type status version updatedAt
      nextVerificationOn account { number externalId } premise { externalId }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
    ),
)
