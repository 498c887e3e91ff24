"""Ready operations of the demo's console: what people are told of, by which ways, and when not."""

from kvartal.demo.api import EMPLOYEE, RESIDENT, Tenant, demo_id
from kvartal.graphql.node import encode_id
from kvartal.plugin import Example

__all__ = ["EXAMPLES"]

_COMPANY = encode_id("Organization", demo_id("organization", Tenant.COMPANY))
_PREFERENCES = "kinds { kind { key title } channels } locale quietHours { from until }"

EXAMPLES = (
    Example(
        title="Уведомления: входящие",
        role=RESIDENT,
        query="""
query Inbox {
  notifications(first: 10) { nodes { id title text createdAt readAt } }
}
""",
    ),
    Example(
        title="Уведомления: мои настройки",
        role=RESIDENT,
        query=f"""
query Preferences {{
  notificationPreferences {{ {_PREFERENCES} }}
}}
""",
    ),
    Example(
        title="Уведомления: когда не беспокоить",
        role=RESIDENT,
        query=f"""
mutation Choose($input: UpdateNotificationPreferencesInput!) {{
  updateNotificationPreferences(input: $input) {{
    notificationPreferences {{ {_PREFERENCES} }}
    errors {{ code message path }}
  }}
}}
""",
        variables={
            "input": {
                "channels": [
                    {"kind": "meters.window_opened", "channel": "EMAIL", "isOn": False},
                ],
                "quietHours": {"from": "21:30", "until": "09:00"},
            }
        },
    ),
    Example(
        title="Уведомления: галочки ролей",
        role=EMPLOYEE,
        query="""
query Ticks($organizationId: ID!) {
  roles(organizationId: $organizationId) {
    id title version notifications { kind { key title sectionTitle } channels }
  }
}
""",
        variables={"organizationId": _COMPANY},
    ),
    Example(
        title="Уведомления: тихие часы и последний день",
        role=EMPLOYEE,
        query="""
mutation Policy($input: UpdateNotificationPolicyInput!) {
  updateNotificationPolicy(input: $input) {
    notificationPolicy { quietHours { from until } lastDayToAll version }
    errors { code message path }
  }
}
""",
        variables={
            "input": {
                "organizationId": _COMPANY,
                "quietHours": {"from": "22:00", "until": "08:00"},
                "lastDayToAll": False,
            }
        },
    ),
)
