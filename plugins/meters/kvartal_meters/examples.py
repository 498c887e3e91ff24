"""Ready operations of the demo's console: the journeys of metering, by role."""

from kvartal.demo.api import (
    EMPLOYEE,
    INTEGRATOR,
    RESIDENT,
    RESIDENT_LATER,
    RESIDENTS,
    HomeKey,
    HouseKey,
    account_number,
    demo_id,
)
from kvartal.graphql.node import encode_id
from kvartal.plugin import Example

__all__ = ["EXAMPLES"]


def _premise(home: HomeKey) -> str:
    return encode_id("Premise", demo_id("premise", *home))


def _identifier(home: HomeKey, mark: str) -> str:
    return f"{account_number(home)}-{mark}"


def _meter(home: HomeKey, mark: str) -> str:
    return encode_id("Meter", demo_id("meter", _identifier(home, mark)))


_HOME = RESIDENTS[0].homes[0]
_CLOSED = RESIDENTS[1].homes[0]
_NEAR_ROLLOVER = HomeKey(HouseKey.MOSCOW_1, 7)
# This month's reading of the hot water.
_READING = encode_id("Reading", demo_id("reading", _identifier(_HOME, "ГВ"), 0))
_BUILDING = encode_id("Building", demo_id("building", _HOME.house))

_WIDGET = """... on MeterWidget {
      state message progress submitted total submitBy opensOn daysUntilOpen
    }"""

_SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings {
      id billingMonth takenOn channel consumption unit needsReview
      values { label value previous consumption }
      meter { identifier typeTitle }
    }
    errors { code message path previous opensOn average consumption }
  }
}
"""

_SUBMISSION = """
query Meters($premise: ID!) {
  premise(id: $premise) {
    meters {
      id typeTitle identifier unit
      verification { severity dueOn message }
      submission {
        allowed billingMonth opensOn closesOn hasReading
        reasons { code message opensOn }
      }
      readings(first: 3) { nodes { billingMonth consumption values { label value } } }
    }
  }
}
"""

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

EXAMPLES = (
    Example(
        title="Виджет «Счетчики»",
        role=RESIDENT,
        query=f"""
query Widget($premise: ID!) {{
  premise(id: $premise) {{
    number
    building {{ address }}
    homeWidgets {{ title {_WIDGET} }}
  }}
}}
""",
        variables={"premise": _premise(_HOME)},
    ),
    Example(
        title="Подписка на виджет",
        role=RESIDENT,
        query=f"""
subscription Widget($premise: ID!) {{
  homeWidgetChanged(premiseId: $premise) {{ title {_WIDGET} }}
}}
""",
        variables={"premise": _premise(_HOME)},
    ),
    Example(
        title="Счетчики и прием показаний",
        role=RESIDENT,
        query=_SUBMISSION,
        variables={"premise": _premise(_HOME)},
    ),
    Example(
        title="Передать показание",
        role=RESIDENT,
        query=_SUBMIT,
        variables={
            "input": {
                "premiseId": _premise(_HOME),
                "readings": [{"meterId": _meter(_HOME, "ХВ"), "values": ["323,4"]}],
            }
        },
    ),
    Example(
        title="История и графики расхода",
        role=RESIDENT,
        query="""
query History($premise: ID!) {
  premise(id: $premise) {
    readingHistory(first: 3) {
      nodes { billingMonth readings { submittedAt consumption meter { displayName } } }
      pageInfo { hasNextPage endCursor }
    }
    monthlyConsumption(resourceKind: WATER) {
      unitTitle points { billingMonth consumption }
    }
  }
}
""",
        variables={"premise": _premise(_HOME)},
    ),
    Example(
        title="Назвать счетчик",
        role=RESIDENT,
        query="""
mutation Rename($input: RenameMeterInput!) {
  renameMeter(input: $input) { meter { displayName } errors { code message } }
}
""",
        variables={"input": {"meterId": _meter(_HOME, "ХВ"), "name": "Кухня"}},
    ),
    Example(
        title="Общедомовые счетчики («Общие»)",
        role=RESIDENT,
        query="""
query House($premise: ID!) {
  premise(id: $premise) {
    building {
      collectiveResources {
        title lastUpdatedAt
        meters {
          identifier condition isVerified
          readings(first: 1) { nodes { submittedAt consumption values { value previous } } }
          monthlyConsumption { billingMonth consumption }
        }
      }
    }
  }
}
""",
        variables={"premise": _premise(_HOME)},
    ),
    Example(
        title="Почему прием закрыт",
        role=RESIDENT_LATER,
        query=_SUBMISSION,
        variables={"premise": _premise(_CLOSED)},
    ),
    Example(
        title="Передать показание вне периода",
        role=RESIDENT_LATER,
        query=_SUBMIT,
        variables={
            "input": {
                "premiseId": _premise(_CLOSED),
                "readings": [{"meterId": _meter(_CLOSED, "ХВ"), "values": ["999"]}],
            }
        },
    ),
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
        query=_SUBMIT,
        variables={
            "input": {
                "premiseId": _premise(_NEAR_ROLLOVER),
                "readings": [
                    {"meterId": _meter(_NEAR_ROLLOVER, "ХВ"), "values": ["1,9"], "rollover": True}
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
            "input": {"id": _meter(_HOME, "ХВ"), "brand": "Бетар", "model": "СХВ-20 с антимагнитом"}
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
