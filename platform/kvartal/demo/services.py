"""What the demo's management company does for its residents when they order it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from kvartal.demo.ids import demo_id
from kvartal.housing.rules import sort_key
from kvartal.services.models import Service
from kvartal.services.rules import ServiceKind

__all__ = ["VERIFICATION_SERVICE", "plan_services"]

VERIFICATION_SERVICE = demo_id("service", ServiceKind.VERIFICATION)
"""The verification of meters (услуга поверки)."""

_OFFERS = {
    ServiceKind.VERIFICATION: (
        "Поверка счетчиков воды",
        "Мастер поверит счетчик на месте, без снятия, и внесет результат во ФГИС «Аршин».",
        "от 900 ₽",
    ),
    ServiceKind.REPLACEMENT: (
        "Замена счетчика воды",
        "Новый счетчик с пломбой и вводом в эксплуатацию.",
        "от 2 500 ₽",
    ),
    ServiceKind.REPAIR: ("Вызов сантехника", "Устранение протечек и засоров.", "по прейскуранту"),
}


def plan_services(organization_id: UUID, made: dict[str, Any]) -> Iterator[Service]:
    """The services of an organization."""
    for kind, (title, description, price) in _OFFERS.items():
        yield Service(
            id=demo_id("service", kind),
            organization_id=organization_id,
            kind=kind,
            title=title,
            sort_key=sort_key(title),
            description=description,
            price=price,
            **made,
        )
