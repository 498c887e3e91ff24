"""The part of the world that exchanges data with other systems."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.testing import an_entry, an_operation, exchange_settings
from kvartal_integration.webhooks.models import Webhook, WebhookDelivery

__all__ = ["exchange"]


async def exchange(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    """One thing of each kind; its texts hold ``word``."""
    return {
        **await _webhooks(rows, word),
        **await _operation(rows, word),
        "ExchangeServer": await _connection(rows, word),
        **await _settings(rows, word),
    }


async def _settings(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    """Of both directions; only what can be asked for by its id is named."""
    fields: dict[str, Any] = {
        "emails": [f"{word}@example.org".lower()],
        "paths": [f"/{word}.xml"],
        "directory": f"/{word}",
        "name_template": f"{word}.xml",
    }
    await exchange_settings(rows["Organization"], **fields)
    await exchange_settings(rows["Organization"], OperationKind.XML_EXPORT, **fields)
    return {}


async def _connection(rows: Mapping[str, Any], word: str) -> ExchangeConnection:
    return await ExchangeConnection.create(
        organization=rows["Organization"],
        host=f"{word}.invalid".lower(),
        username=f"{word}-логин",
        root=f"/{word}",
        fingerprint=sha256(word.encode()).hexdigest(),
        password_sealed=f"запечатано {word}".encode(),
    )


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


async def _operation(rows: Mapping[str, Any], word: str) -> dict[str, Any]:
    operation = await an_operation(
        rows["Organization"],
        request={"paths": [f"/{word}.xml"]},
        message={"code": "W203", "facts": {"n": f"{word}-сообщение"}},
    )
    entry = await an_entry(
        operation,
        1,
        facts={"n": f"{word}-факт"},
        file=f"/{word}.xml",
        account=f"{word}-ЛС-строки",
        meter=f"{word}-ПУ-строки",
    )
    return {"Operation": operation, "OperationEntry": entry}
