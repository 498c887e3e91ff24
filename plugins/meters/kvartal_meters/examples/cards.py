"""The journeys with cards of meters: see all of one, add, replace, archive and restore, chart."""

from kvartal.demo.api import EMPLOYEE, HomeKey, HouseKey
from kvartal.plugin import Example
from kvartal_meters.examples.places import HOME, meter_id, premise_id

__all__ = ["OF_CARDS"]

_REPLACED = HomeKey(HouseKey.MOSCOW_1, 10)
_ARCHIVED = HomeKey(HouseKey.MOSCOW_1, 11)

OF_CARDS = (
    Example(
        title="Карточка счетчика: история, график, поверки",
        role=EMPLOYEE,
        query="""
query Card($id: ID!) {
  meter(id: $id) {
    id identifier externalId brand model serialNumber typeTitle unit status version
    commissionedOn verifiedOn verificationInterval nextVerificationOn intDigits initialValues
    building { address } premise { number } account { number }
    verification { severity dueOn daysLeft message service { title price } }
    verifications { verifiedOn nextVerificationOn recordNumber recordedBy }
    replaces { identifier archivedAt } replacedBy { identifier }
    readings(first: 12) {
      nodes {
        id billingMonth takenOn submittedAt channelTitle author consumption needsReview
        values { label value previous }
        revisions { changedAt author channelTitle oldValues newValues }
      }
      pageInfo { hasNextPage endCursor }
    }
    monthlyConsumption { billingMonth basis consumption }
  }
}
""",
        variables={"id": meter_id(HOME, "ХВ")},
    ),
    Example(
        title="Добавить счетчик",
        role=EMPLOYEE,
        query="""
mutation Add($input: AddMeterInput!) {
  addMeter(input: $input) {
    meter { id identifier typeTitle status account { number } verification { dueOn } }
    errors { code message path }
  }
}
""",
        variables={
            "input": {
                "premiseId": premise_id(_REPLACED),
                "type": "COLD_WATER",
                "identifier": "ХВС на кухне, новый",
                "brand": "Пульсар",
                "serialNumber": "26-0184277",
                "initialValues": ["0,024"],
                "intDigits": 5,
            }
        },
    ),
    Example(
        title="Заменить счетчик",
        role=EMPLOYEE,
        query="""
mutation Replace($input: ReplaceMeterInput!) {
  replaceMeter(input: $input) {
    replacement {
      replacedMeter { identifier status archivedAt }
      meter { id identifier initialValues replaces { identifier } }
    }
    errors { code message path }
  }
}
""",
        variables={
            "input": {
                "meterId": meter_id(_REPLACED, "ГВ"),
                "reason": "FAULTY",
                "meter": {
                    "identifier": "ГВС взамен неисправного",
                    "serialNumber": "26-0184278",
                    "initialValues": ["0"],
                },
            }
        },
    ),
    Example(
        title="Перевести счетчик в архив",
        role=EMPLOYEE,
        query="""
mutation Archive($input: ArchiveMeterInput!) {
  archiveMeter(input: $input) {
    meter { identifier status archivedAt version }
    errors { code message path }
  }
}
""",
        variables={"input": {"id": meter_id(_ARCHIVED, "ГВ"), "reason": "REMOVED"}},
    ),
    Example(
        title="Вернуть счетчик из архива",
        role=EMPLOYEE,
        query="""
mutation Restore($input: RestoreMeterInput!) {
  restoreMeter(input: $input) {
    meter { identifier status version }
    errors { code message path }
  }
}
""",
        variables={"input": {"id": meter_id(_ARCHIVED, "ГВ")}},
    ),
    Example(
        title="Что удалится вместе со счетчиком",
        role=EMPLOYEE,
        query="""
mutation Preview($input: DeleteMeterInput!) {
  deleteMeter(input: $input) {
    deletion { identifier readings verifications files preview }
    errors { code message path }
  }
}
""",
        variables={"input": {"meterId": meter_id(_ARCHIVED, "ХВ"), "preview": True}},
    ),
    Example(
        title="График ОДПУ",
        role=EMPLOYEE,
        query="""
query Chart($kind: ResourceKind!, $from: YearMonth!, $to: YearMonth!, $buildings: [ID!]) {
  collectiveConsumption(resourceKind: $kind, from: $from, to: $to, buildingIds: $buildings) {
    unitTitle points { billingMonth consumption readings }
  }
}
""",
        # As many months as may be asked for: the demo lives on any of them.
        variables={"kind": "WATER", "from": "2025-01", "to": "2029-12"},
    ),
)
