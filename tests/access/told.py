"""The part of the world that people are told of."""

from collections.abc import Mapping
from typing import Any

from kvartal.auth.api import SessionKind
from kvartal.auth.models import User
from kvartal_notifications.delivery.rules import Problem
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.preferences.models import Device
from kvartal_notifications.testing.factories import a_delivery, a_notice
from kvartal_notifications.testing.push import an_fcm_device

__all__ = ["LIVED", "TOLD", "reached", "told"]

TOLD = NotificationKind(
    key="access.told", audience=SessionKind.EMPLOYEE, section="access", package="tests.access"
)
LIVED = NotificationKind(
    key="access.lived", audience=SessionKind.RESIDENT, section="access", package="tests.access"
)


async def told(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    """A notice to the employee with its delivery, and one to the resident; they hold ``word``."""
    fields: dict[str, Any] = {
        "facts": {"title": f"Извещение {word}", "text": f"Текст {word}"},
        "occasion": f"{word}-повод",
        "building_id": rows["Building"].id,
        "premise_id": rows["Premise"].id,
        "subject_kind": "Premise",
        "subject_id": rows["Premise"].id,
    }
    clerk = await User.get(id=rows["Employee"].user_id)
    notice = await a_notice(rows["Organization"], clerk, TOLD, **fields)
    delivery = await a_delivery(notice, status=DeliveryStatus.FAILED, problem=Problem.EXPIRED)
    return {
        "Notification": notice,
        "NotificationDelivery": delivery,
        "OtherNotification": await a_notice(rows["Organization"], rows["User"], LIVED, **fields),
    }


async def reached(rows: Mapping[str, Any], word: str) -> Device:
    """The resident's device, on which they are signed in."""
    return await an_fcm_device(
        rows["User"],
        f"token-{rows['User'].id.hex}",
        session=rows["Session"],
        title=f"Устройство {word}",
    )
