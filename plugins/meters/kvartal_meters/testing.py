"""Factories of meters, settings and readings, for our tests and those of other plugins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from kvartal import clock
from kvartal.auth.api import Actor
from kvartal.auth.models import User
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Account, Building, Organization, Premise
from kvartal.months import YearMonth
from kvartal.testing.auth_factories import a_resident_user, actor_of
from kvartal.testing.factories import a_building, a_premise, an_account, an_organization
from kvartal_meters.catalog.rules import CATALOG, MeterType, ResourceKind
from kvartal_meters.meters.models import CollectiveDetails, Meter
from kvartal_meters.meters.rules import AuthorKind, MeterScope, MeterStatus, search_text
from kvartal_meters.readings.models import Reading
from kvartal_meters.readings.rules import SubmissionChannel, consumption_of
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.resource_settings.rules import SettingsLevel

__all__ = [
    "Home",
    "a_collective_meter",
    "a_home",
    "a_meter",
    "a_reading",
    "resource_settings",
    "submission",
    "values_of",
]

_numbers = count(1)

Days = tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A flat with an account, a resident who has signed in, and a cold water meter."""

    organization: Organization
    building: Building
    settings: ResourceSettings
    premise: Premise
    account: Account
    user: User
    resident: Actor
    meter: Meter


async def a_home(
    *,
    organization: Organization | None = None,
    address: str = "г. Казань, ул. Лесная, 5",
    number: str = "15",
    identifier: str = "ХВС-15",
    timezone: str = "Europe/Moscow",
    **settings: Any,
) -> Home:
    """A home whose water window is the 15th to the 25th unless ``settings`` say otherwise."""
    organization = organization or await an_organization()
    building = await a_building(organization=organization, address=address, timezone=timezone)
    premise = await a_premise(building=building, number=number)
    account = await an_account(premise=premise)
    user = await a_resident_user(organization, premises=[premise])
    return Home(
        organization=organization,
        building=building,
        settings=await resource_settings(building, **settings),
        premise=premise,
        account=account,
        user=user,
        resident=await actor_of(user),
        meter=await a_meter(premise=premise, account=account, identifier=identifier, int_digits=5),
    )


async def resource_settings(
    building: Building,
    kind: ResourceKind = ResourceKind.WATER,
    *,
    days: Days = (15, 25),
    active: bool = True,
    fractions_allowed: bool = True,
    accepts_expired: bool = False,
) -> ResourceSettings:
    """A building's settings of a resource; ``days`` None means always open."""
    return await ResourceSettings.create(
        organization_id=building.organization_id,
        level=SettingsLevel.BUILDING,
        building=building,
        resource_kind=kind,
        active=active,
        start_day=days[0] if days else None,
        end_day=days[1] if days else None,
        fractions_allowed=fractions_allowed,
        accepts_expired=accepts_expired,
    )


async def a_meter(
    *,
    premise: Premise | None = None,
    account: Account | None = None,
    type: MeterType = MeterType.COLD_WATER,
    scope: MeterScope = MeterScope.INDIVIDUAL,
    identifier: str | None = None,
    initial: Sequence[str] = (),
    **fields: Any,
) -> Meter:
    """A meter of a premise, by default an individual one (ИПУ)."""
    premise = premise or await a_premise()
    building = await Building.get(id=premise.building_id)
    return await _meter(
        building,
        type,
        identifier,
        initial,
        premise=premise,
        account=account,
        scope=scope,
        **fields,
    )


async def a_collective_meter(
    *,
    building: Building | None = None,
    type: MeterType = MeterType.COLD_WATER,
    identifier: str | None = None,
    initial: Sequence[str] = (),
    installation_place: str | None = "Подвал",
    **fields: Any,
) -> Meter:
    """A house meter (ОДПУ)."""
    building = building or await a_building()
    meter = await _meter(building, type, identifier, initial, scope=MeterScope.COLLECTIVE, **fields)
    await CollectiveDetails.create(
        organization_id=meter.organization_id, meter=meter, installation_place=installation_place
    )
    return meter


async def a_reading(
    meter: Meter,
    month: str,
    *values: str,
    by: AuthorKind = AuthorKind.RESIDENT,
    channel: SubmissionChannel = SubmissionChannel.RESIDENT_APP,
    submitted_at: datetime | None = None,
    taken_on: date | None = None,
    needs_review: bool = False,
) -> Reading:
    """A stored reading; give them in the order of their months."""
    registers = tuple(Decimal(value) for value in values)
    billing_month = YearMonth.parse(month)
    previous = await _previous(meter, len(registers))
    consumed = consumption_of(
        registers, previous, digits=meter.int_digits, ratio=Decimal(meter.transformation_ratio)
    )
    submitted_at = submitted_at or clock.now()
    reading = await Reading.create(
        organization_id=meter.organization_id,
        building_id=meter.building_id,
        premise_id=meter.premise_id,
        meter=meter,
        scope=meter.scope,
        resource_kind=meter.resource_kind,
        billing_month=billing_month.first_day,
        taken_on=taken_on or billing_month.first_day,
        submitted_at=submitted_at,
        author_kind=by,
        channel=channel,
        consumption=consumed.total if consumed else None,
        transformation_ratio=meter.transformation_ratio,
        needs_review=needs_review,
        **_registers("", registers),
        **_registers("previous_", previous or ()),
    )
    meter.latest_reading_id = reading.id
    meter.latest_month = billing_month.first_day
    meter.latest_submitted_at = submitted_at
    await meter.save()
    return reading


def values_of(meter: Meter, *values: str, **fields: bool) -> dict[str, Any]:
    """What a form sends for one meter; ``fields`` as the API names them."""
    return {"meterId": encode_id("Meter", meter.id), "values": list(values), **fields}


def submission(place: Premise | Building, *readings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The variables of submitReadings in a premise, of submitCollectiveReadings in a building."""
    kind = type(place).__name__
    return {
        "input": {
            f"{kind.lower()}Id": encode_id(kind, place.id),
            "readings": list(readings),
            **more,
        }
    }


async def _meter(
    building: Building,
    type: MeterType,
    identifier: str | None,
    initial: Sequence[str],
    **fields: Any,
) -> Meter:
    identifier = identifier or f"СЧ-{next(_numbers)}"
    if fields.get("status") is MeterStatus.ARCHIVED:
        fields.setdefault("archived_at", clock.now())
    premise: Premise | None = fields.get("premise")
    account: Account | None = fields.get("account")
    return await Meter.create(
        organization_id=building.organization_id,
        building=building,
        type=type,
        resource_kind=CATALOG[type].kind,
        identifier=identifier,
        search=search_text(
            building.address,
            premise.number if premise else None,
            account.number if account else None,
            identifier,
            fields.get("serial_number"),
        ),
        **_registers("initial_", tuple(Decimal(value) for value in initial)),
        **fields,
    )


async def _previous(meter: Meter, registers: int) -> tuple[Decimal, ...] | None:
    latest = await Reading.filter(meter_id=meter.id).order_by("-billing_month").first()
    source: object = latest or meter
    prefix = "t" if latest else "initial_t"
    values = [getattr(source, f"{prefix}{n}") for n in range(1, registers + 1)]
    return None if None in values else tuple(values)


def _registers(prefix: str, values: Sequence[Decimal]) -> dict[str, Any]:
    return {f"{prefix}t{n}": value for n, value in enumerate(values, start=1)}
