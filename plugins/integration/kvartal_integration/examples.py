"""Ready operations of the demo's console: how an organization exchanges files."""

from kvartal.demo.api import EMPLOYEE, Tenant, demo_id
from kvartal.graphql.node import encode_id
from kvartal.plugin import Example

__all__ = ["EXAMPLES"]

_COMPANY = encode_id("Organization", demo_id("organization", Tenant.COMPANY))
_SCHEDULE = "schedule { isOn minutes hours days months weekdays text nextRuns }"

EXAMPLES = (
    Example(
        title="Обмен данными: настройки",
        role=EMPLOYEE,
        query=f"""
query Exchange($organizationId: ID!) {{
  exchangeSettings(organizationId: $organizationId) {{
    timezone isConnected
    importSettings {{ paths deleteAfterReading emails version {_SCHEDULE} }}
    exportSettings {{
      directory nameTemplate fileName wholeMonth exportedUntil emails version {_SCHEDULE}
    }}
  }}
}}
""",
        variables={"organizationId": _COMPANY},
    ),
    Example(
        title="Обмен данными: примерить расписание",
        role=EMPLOYEE,
        query="""
query Preview($organizationId: ID!, $schedule: ExchangeScheduleInput, $nameTemplate: String) {
  exchangePreview(
    organizationId: $organizationId, schedule: $schedule, nameTemplate: $nameTemplate
  ) { text nextRuns fileName errors { code message path } }
}
""",
        variables={
            "organizationId": _COMPANY,
            "schedule": {"minutes": "0", "hours": "8", "days": "13", "weekdays": "5"},
            "nameTemplate": "metrics_{companyId}_{period}_{date:YYYYMMDD}.xml",
        },
    ),
    Example(
        title="Обмен данными: расписание импорта",
        role=EMPLOYEE,
        query="""
mutation Schedule($input: UpdateImportSettingsInput!) {
  updateImportSettings(input: $input) {
    importSettings { paths emails version schedule { isOn text nextRuns } }
    errors { code message path given lowest highest limit version }
  }
}
""",
        variables={
            "input": {
                "organizationId": _COMPANY,
                "paths": "/objects/z84/metrics.xml, /objects/p32/metrics.xml",
                "schedule": {"isOn": False, "minutes": "30", "hours": "2,14"},
            }
        },
    ),
    Example(
        title="Обмен данными: проверить соединение",
        role=EMPLOYEE,
        query="""
mutation Test($input: TestExchangeConnectionInput!) {
  testExchangeConnection(input: $input) {
    result { succeeded steps { step outcome message } }
    errors { code message path }
  }
}
""",
        variables={"input": {"organizationId": _COMPANY}},
    ),
    Example(
        title="Обмен данными: запустить импорт",
        role=EMPLOYEE,
        query="""
mutation Import($input: RunImportInput!) {
  runImport(input: $input) {
    operation { id kind status startedBy } errors { code message path }
  }
}
""",
        variables={"input": {"organizationId": _COMPANY, "preview": False}},
    ),
    Example(
        title="Обмен данными: запустить экспорт",
        role=EMPLOYEE,
        query="""
mutation Export($input: RunExportInput!) {
  runExport(input: $input) {
    operation { id kind status startedBy } errors { code message path }
  }
}
""",
        variables={"input": {"organizationId": _COMPANY}},
    ),
    Example(
        title="Обмен данными: журнал",
        role=EMPLOYEE,
        query="""
query Log($organizationId: ID!) {
  operations(organizationId: $organizationId, first: 10) {
    nodes {
      id kind status trigger startedBy message createdAt updatedAt errors warnings
      counts { title count }
      entries(first: 20) { nodes { severity code message file line account meter } }
    }
  }
}
""",
        variables={"organizationId": _COMPANY},
    ),
)
