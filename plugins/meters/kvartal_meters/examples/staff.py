"""The journeys of staff and of integrators: form, lists, corrections, cards, balance, pull."""

from kvartal.demo.api import EMPLOYEE, INTEGRATOR, HomeKey, HouseKey, Tenant, demo_id
from kvartal.graphql.node import encode_id
from kvartal.plugin import Example
from kvartal_meters.examples.places import HOME, SUBMIT, identifier, meter_id, premise_id

__all__ = ["OF_STAFF"]

_NEAR_ROLLOVER = HomeKey(HouseKey.MOSCOW_1, 7)
# This month's reading of the hot water.
_READING = encode_id("Reading", demo_id("reading", identifier(HOME, "ГВ"), 0))
_BUILDING = encode_id("Building", demo_id("building", HOME.house))
_COMPANY = encode_id("Organization", demo_id("organization", Tenant.COMPANY))

_READINGS = """
query Readings($filter: ReadingFilterInput, $search: String, $after: String) {
  readings(filter: $filter, search: $search, first: 20, after: $after) {
    totalCount { count isExact }
    nodes {
      id billingMonth submittedAt channelTitle consumption unit needsReview version
      values { label value previous }
      meter {
        identifier serialNumber typeTitle
        building { address } premise { number } account { number }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

OF_STAFF = (
    Example(
        title="Показания: поиск",
        role=EMPLOYEE,
        query=_READINGS,
        variables={"filter": {"latestOnly": True}, "search": "Речников 77010015"},
    ),
    Example(
        title="Требуют проверки",
        role=EMPLOYEE,
        query=_READINGS,
        variables={"filter": {"needsReview": True}},
    ),
    Example(
        title="Исправить показание",
        role=EMPLOYEE,
        query="""
mutation Correct($input: CorrectReadingInput!) {
  correctReading(input: $input) {
    reading {
      id version consumption channelTitle values { label value previous }
      revisions { changedAt author channelTitle oldValues newValues }
    }
    errors { code message path previous average consumption }
  }
}
""",
        variables={"input": {"readingId": _READING, "values": ["204,9"]}},
    ),
    Example(
        title="Переход через ноль",
        role=EMPLOYEE,
        query=SUBMIT,
        variables={
            "input": {
                "premiseId": premise_id(_NEAR_ROLLOVER),
                "readings": [
                    {"meterId": meter_id(_NEAR_ROLLOVER, "ХВ"), "values": ["1,9"], "rollover": True}
                ],
            }
        },
    ),
    Example(
        title="Счетчики с истекшим сроком поверки",
        role=EMPLOYEE,
        query="""
query Meters($filter: MeterFilterInput, $search: String, $after: String) {
  meters(filter: $filter, search: $search, first: 20, after: $after) {
    totalCount { count isExact }
    nodes {
      id identifier serialNumber typeTitle status verificationReason version
      verification { severity dueOn daysLeft }
      building { address } premise { number } account { number }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
        variables={"filter": {"verificationSeverity": "EXPIRED"}},
    ),
    Example(
        title="Изменить карточку счетчика",
        role=EMPLOYEE,
        query="""
mutation Update($input: UpdateMeterInput!) {
  updateMeter(input: $input) {
    meter { id brand model nextVerificationOn version }
    errors { code message path }
  }
}
""",
        variables={
            "input": {
                "id": meter_id(HOME, "ХВ"),
                "brand": "Бетар",
                "model": "СХВ-20 с антимагнитом",
            }
        },
    ),
    Example(
        title="Общедомовые счетчики объекта",
        role=EMPLOYEE,
        query="""
query CollectiveMeters($building: ID!) {
  building(id: $building) {
    address
    meters(scope: COLLECTIVE, first: 20) {
      nodes {
        identifier typeTitle installationPlace condition transformationRatio
        verification { severity dueOn }
        readings(first: 2) { nodes { billingMonth consumption values { value } } }
      }
    }
  }
}
""",
        variables={"building": _BUILDING},
    ),
    Example(
        title="Небаланс объекта",
        role=EMPLOYEE,
        query="""
query Balance($building: ID!) {
  building(id: $building) {
    resourceBalance(resourceKind: WATER) {
      unitTitle
      months {
        billingMonth difference percent isSuspicious
        collective { consumption coverage } individual { consumption coverage }
      }
    }
  }
}
""",
        variables={"building": _BUILDING},
    ),
    Example(
        title="Передать карточки счетчиков",
        role=INTEGRATOR,
        query="""
mutation Register($input: RegisterMetersInput!) {
  registerMeters(input: $input) {
    registration {
      created updated unchanged rejected
      rows { outcome id errors { code message path } }
    }
    errors { code message }
  }
}
""",
        variables={
            "input": {
                "organizationId": _COMPANY,
                "meters": [{"identifier": identifier(HOME, "ХВ"), "brand": "Бетар"}],
            }
        },
    ),
    Example(
        title="Забрать изменения показаний",
        role=INTEGRATOR,
        query="""
query Pull($after: String) {
  readings(orderBy: UPDATED_AT, first: 100, after: $after) {
    nodes {
      id version billingMonth takenOn channel
      values { number value }
      meter { externalId account { number externalId } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
    ),
)
