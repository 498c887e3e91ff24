"""The resident's journeys: widget, form, history, names, house meters."""

from kvartal.demo.api import RESIDENT, RESIDENT_LATER, RESIDENTS
from kvartal.plugin import Example
from kvartal_meters.examples.places import HOME, SUBMIT, meter_id, premise_id

__all__ = ["OF_RESIDENTS"]

_CLOSED = RESIDENTS[1].homes[0]

_WIDGET = """... on MeterWidget {
      state message progress submitted total submitBy opensOn daysUntilOpen
    }"""

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

OF_RESIDENTS = (
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
        variables={"premise": premise_id(HOME)},
    ),
    Example(
        title="Подписка на виджет",
        role=RESIDENT,
        query=f"""
subscription Widget($premise: ID!) {{
  homeWidgetChanged(premiseId: $premise) {{ title {_WIDGET} }}
}}
""",
        variables={"premise": premise_id(HOME)},
    ),
    Example(
        title="Счетчики и прием показаний",
        role=RESIDENT,
        query=_SUBMISSION,
        variables={"premise": premise_id(HOME)},
    ),
    Example(
        title="Передать показание",
        role=RESIDENT,
        query=SUBMIT,
        variables={
            "input": {
                "premiseId": premise_id(HOME),
                "readings": [{"meterId": meter_id(HOME, "ХВ"), "values": ["323,4"]}],
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
      billingMonth
      readings { submittedAt consumption meter { displayName } }
    }
    monthlyConsumption(resourceKind: WATER) {
      unitTitle points { billingMonth consumption }
    }
  }
}
""",
        variables={"premise": premise_id(HOME)},
    ),
    Example(
        title="Назвать счетчик",
        role=RESIDENT,
        query="""
mutation Rename($input: RenameMeterInput!) {
  renameMeter(input: $input) { meter { displayName } errors { code message } }
}
""",
        variables={"input": {"meterId": meter_id(HOME, "ХВ"), "name": "Кухня"}},
    ),
    Example(
        title="Заказать поверку",
        role=RESIDENT,
        query="""
mutation Order($input: OrderVerificationInput!) {
  orderVerification(input: $input) {
    serviceOrder { id status createdAt service { title price } }
    errors { code message path }
  }
}
""",
        variables={"input": {"meterId": meter_id(HOME, "ГВ")}},
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
        variables={"premise": premise_id(HOME)},
    ),
    Example(
        title="Почему прием закрыт",
        role=RESIDENT_LATER,
        query=_SUBMISSION,
        variables={"premise": premise_id(_CLOSED)},
    ),
    Example(
        title="Передать показание вне периода",
        role=RESIDENT_LATER,
        query=SUBMIT,
        variables={
            "input": {
                "premiseId": premise_id(_CLOSED),
                "readings": [{"meterId": meter_id(_CLOSED, "ХВ"), "values": ["999"]}],
            }
        },
    ),
)
