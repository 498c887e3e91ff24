"""A meter's card between the form and the tables: what is given, what it makes of the card."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from kvartal.auth.api import Actor
from kvartal.errors import DomainError, NotFound
from kvartal.housing.api import ACCOUNTS, InputFaults, by_ids
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.meters import models
from kvartal_meters.meters.queries import cards
from kvartal_meters.meters.rules import MeterCondition, MeterStatus
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, Card
from kvartal_meters.meters.rules.refusals import AccountElsewhere, IdentifierRequired

__all__ = [
    "MeterFields",
    "account_of",
    "card_of",
    "cleaned_fields",
    "columns_of",
    "details_of",
    "with_fields",
]

IDENTIFIER_LENGTH = 64
_TEXTS = {
    "external_id": 64,
    "brand": 100,
    "model": 100,
    "serial_number": 50,
    "installation_place": 200,
}
_CARD = (
    "type",
    "commissioned_on",
    "verification_interval",
    "verified_on",
    "next_verification_on",
    "int_digits",
    "transformation_ratio",
)
_REGISTERS = 3


class MeterFields(TypedDict, total=False):
    """The fields of a meter that are being set; one left out stays as it is."""

    type: MeterType
    identifier: str | None
    account_id: UUID | None
    external_id: str | None
    brand: str | None
    model: str | None
    serial_number: str | None
    commissioned_on: date | None
    verification_interval: int | None
    verified_on: date | None
    next_verification_on: date | None
    status: MeterStatus
    int_digits: int | None
    transformation_ratio: Decimal
    initial_values: list[Decimal] | None
    installation_place: str | None
    installed_on: date | None
    sealed_on: date | None
    condition: MeterCondition
    antimagnetic_seal: bool
    temperature_sensor: bool
    pressure_sensor: bool
    remote_reading: bool


def cleaned_fields(fields: MeterFields) -> tuple[dict[str, Any], list[DomainError]]:
    """The fields with their texts as people meant them, and what is wrong with those."""
    faults, values = InputFaults(), dict[str, Any](fields)
    if "identifier" in fields:
        values["identifier"] = faults.required(
            "identifier", fields["identifier"], IDENTIFIER_LENGTH, IdentifierRequired
        )
    for name, limit in _TEXTS.items():
        if name in values:
            values[name] = faults.optional(name, values[name], limit)
    return values, faults.errors


def card_of(meter: models.Meter, details: models.CollectiveDetails | None) -> Card:
    """The card of a meter as it stands in the tables."""
    registers = (meter.initial_t1, meter.initial_t2, meter.initial_t3)
    return Card(
        scope=meter.scope,
        initial_values=tuple(Decimal(value) for value in registers if value is not None),
        details=details_of(details) if details else {},
        **{name: getattr(meter, name) for name in _CARD},
    )


def details_of(row: models.CollectiveDetails) -> dict[str, object]:
    """What only a house meter has, by the name of its field."""
    return {name: getattr(row, name) for name in COLLECTIVE_FIELDS}


def with_fields(card: Card, values: Mapping[str, Any]) -> Card:
    """The card as it will be."""
    own = {name: values[name] for name in _CARD if name in values}
    if "initial_values" in values:
        own["initial_values"] = tuple(values["initial_values"] or ())
    details = {name: values[name] for name in COLLECTIVE_FIELDS if name in values}
    return replace(card, details={**card.details, **details}, **own)


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields mean for the table of meters; the status is another matter."""
    names = ("identifier", "account_id", *_CARD, *(_TEXTS.keys() - set(COLLECTIVE_FIELDS)))
    columns = {name: values[name] for name in names if name in values}
    if "type" in values:
        columns["resource_kind"] = CATALOG[values["type"]].kind
    if "initial_values" in values:
        initial = [*(values["initial_values"] or ()), *[None] * _REGISTERS]
        columns |= {f"initial_t{n}": initial[n - 1] for n in range(1, _REGISTERS + 1)}
    return columns


async def account_of(
    actor: Actor, premise_id: UUID | None, account_id: UUID
) -> UUID | AccountElsewhere:
    """The account if it is of the premise and in use; NotFound if the actor does not see it."""
    if account_id not in await by_ids(ACCOUNTS, actor, [account_id]):
        raise NotFound
    elsewhere = AccountElsewhere(path=("account_id",))
    if premise_id is None:
        return elsewhere
    return await cards.hold_account(premise_id, account_id) or elsewhere
