"""The part of the world that exchanges data with other systems."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from kvartal_integration.operations.models import Operation
from kvartal_integration.testing import an_entry, an_operation
from kvartal_integration.webhooks.models import Webhook, WebhookDelivery

__all__ = ["exchange"]


async def exchange(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    """One thing of each kind; its texts hold ``word``."""
    return {**await _webhooks(rows, word), **await _operation(rows, word)}


async def _webhooks(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    webhook = await Webhook.create(
        organization=rows["Organization"],
        url=f"https://{uuid4().hex}.example/{word}",
        secret_sealed=f"запечатано {word}".encode(),
        events=["reading.accepted"],
    )
    delivery = await WebhookDelivery.create(
        organization=rows["Organization"],
        webhook=webhook,
        event="reading.accepted",
        event_id=uuid4(),
        payload={"type": "reading.accepted", "data": f"Показание {word}"},
        problem=f"Ответ {word}",
    )
    return {"Webhook": webhook, "WebhookDelivery": delivery}


async def _operation(rows: Mapping[str, Any], word: str) -> dict[str, Operation]:
    operation = await an_operation(
        rows["Organization"],
        request={"paths": [f"/{word}.xml"]},
        message={"code": "W203", "facts": {"n": f"{word}-сообщение"}},
    )
    await an_entry(
        operation,
        1,
        facts={"n": f"{word}-факт"},
        file=f"/{word}.xml",
        account=f"{word}-ЛС-строки",
        meter=f"{word}-ПУ-строки",
    )
    return {"Operation": operation}
