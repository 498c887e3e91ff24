"""What people are told of by the plugins of this installation."""

from kvartal.auth.api import SessionKind
from kvartal.permissions import ORDER_MANAGE
from kvartal_meters.api import SUBMIT
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind

__all__ = [
    "KINDS",
    "OPERATION_FAILED",
    "OPERATION_FINISHED",
    "READINGS_SUBMITTED",
    "SERVICE_ORDERED",
    "VERIFICATION_DUE",
    "VERIFICATION_EXPIRED",
    "WINDOW_CLOSING",
    "WINDOW_OPENED",
]

_PACKAGE = "kvartal_notifications"
_EXCHANGE_MANAGE = "integration.exchange.manage"
# Whoever has started an exchange may get a letter of it as it is.
_WITHOUT_LETTERS = frozenset({NotificationChannel.IN_APP, NotificationChannel.PUSH})
_PLACE = {"address": "г. Казань, ул. Лесная, 5", "premise": "15", "premise_kind": "RESIDENTIAL"}
_METER = {"resource": "ResourceKind.WATER", "number": "12345"}
_WINDOW = {"resources": ["ResourceKind.WATER", "ResourceKind.ELECTRICITY"], "until": "2026-11-25"}
_OPERATION = {
    "organization": "УК «Заря»",
    "kind": "OperationKind.XML_IMPORT",
    "errors": 1,
    "warnings": 2,
}

READINGS_SUBMITTED = NotificationKind(
    key="meters.readings_submitted",
    audience=SessionKind.EMPLOYEE,
    section="finance",
    package=_PACKAGE,
    permission=SUBMIT.code,
    example={**_PLACE, "readings": 3},
)
WINDOW_OPENED = NotificationKind(
    key="meters.window_opened",
    audience=SessionKind.RESIDENT,
    section="meters",
    package=_PACKAGE,
    example={**_PLACE, "windows": [_WINDOW]},
)
WINDOW_CLOSING = NotificationKind(
    key="meters.window_closing",
    audience=SessionKind.RESIDENT,
    section="meters",
    package=_PACKAGE,
    example={**_PLACE, "windows": [_WINDOW], "all_sent": False},
)
VERIFICATION_DUE = NotificationKind(
    key="meters.verification_due",
    audience=SessionKind.RESIDENT,
    section="meters",
    package=_PACKAGE,
    example={**_PLACE, "meters": [_METER], "due_on": "2026-12-20"},
)
VERIFICATION_EXPIRED = NotificationKind(
    key="meters.verification_expired",
    audience=SessionKind.RESIDENT,
    section="meters",
    package=_PACKAGE,
    example={**_PLACE, "meters": [_METER, _METER], "due_on": "2026-10-20"},
)
OPERATION_FINISHED = NotificationKind(
    key="integration.operation_finished",
    audience=SessionKind.EMPLOYEE,
    section="exchange",
    package=_PACKAGE,
    permission=_EXCHANGE_MANAGE,
    channels=_WITHOUT_LETTERS,
    example={**_OPERATION, "status": "SUCCEEDED_WITH_WARNINGS"},
)
OPERATION_FAILED = NotificationKind(
    key="integration.operation_failed",
    audience=SessionKind.EMPLOYEE,
    section="exchange",
    package=_PACKAGE,
    permission=_EXCHANGE_MANAGE,
    channels=_WITHOUT_LETTERS,
    example=_OPERATION,
)
SERVICE_ORDERED = NotificationKind(
    key="kvartal.service_ordered",
    audience=SessionKind.EMPLOYEE,
    section="services",
    package=_PACKAGE,
    permission=ORDER_MANAGE.code,
    example={**_PLACE, "service": "Поверка счетчика воды"},
)

KINDS = (
    READINGS_SUBMITTED,
    WINDOW_OPENED,
    WINDOW_CLOSING,
    VERIFICATION_DUE,
    VERIFICATION_EXPIRED,
    OPERATION_FINISHED,
    OPERATION_FAILED,
    SERVICE_ORDERED,
)
