"""The notices of the demo: what the administrators' roles tick, and a few that have come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.models import Model

from kvartal import clock
from kvartal.demo.api import RESIDENTS, DemoEstate, Home, HomeKey, Tenant, demo_id, insert
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.facts import in_json, out_of_json
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.preferences.models import RoleTick
from kvartal_notifications.sources.kinds import (
    OPERATION_FAILED,
    READINGS_SUBMITTED,
    SERVICE_ORDERED,
    VERIFICATION_DUE,
    WINDOW_OPENED,
)
from kvartal_notifications.sources.rules import REMIND_AT

__all__ = ["seed"]

ORDER = (RoleTick, Notification)
TICKS = (
    (READINGS_SUBMITTED, NotificationChannel.IN_APP),
    (READINGS_SUBMITTED, NotificationChannel.EMAIL),
    (SERVICE_ORDERED, NotificationChannel.IN_APP),
    (OPERATION_FAILED, NotificationChannel.IN_APP),
)
_HOME, _OTHER_HOME = RESIDENTS[0].homes[0], RESIDENTS[2].homes[0]
# As the demo's meters have it: twelve days are left of the verification.
_DUE = timedelta(days=12)
_SEEN = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A notice that has come: to whom, of what, when, and whether it was read."""

    kind: NotificationKind
    user_id: UUID
    home: Home
    occasion: str
    at: datetime
    facts: Mapping[str, Any]
    is_read: bool = False


async def seed(estate: DemoEstate) -> None:
    """Add the administrators' ticks and some notices to the demo's estate."""
    await insert([*_ticks(estate), *(_notice(estate, each) for each in _told(estate))], ORDER)


def _ticks(estate: DemoEstate) -> Iterator[Model]:
    for tenant, organization in estate.organizations.items():
        for kind, channel in TICKS:
            yield RoleTick(
                id=demo_id("tick", tenant, kind.key, channel),
                organization_id=organization.id,
                role_id=demo_id("role", tenant),
                kind=kind.key,
                channel=channel,
                created_at=estate.now,
                updated_at=estate.now,
            )


def _told(estate: DemoEstate) -> Iterator[_Told]:
    home = _home(estate, _HOME)
    chief = estate.staff[Tenant.COMPANY].user_id
    assert chief is not None
    yield _opened(estate, home)
    yield _opened(estate, _home(estate, _OTHER_HOME))
    yield _verification(estate, _home(estate, _OTHER_HOME))
    yield _Told(
        kind=READINGS_SUBMITTED,
        user_id=chief,
        home=home,
        occasion=str(demo_id("submission", 1)),
        at=estate.now - _SEEN,
        facts={"readings": 2},
    )


def _home(estate: DemoEstate, key: HomeKey) -> Home:
    return next(each for each in estate.houses[key.house].homes if each.key == key)


def _opened(estate: DemoEstate, home: Home) -> _Told:
    """The window that is open today, as of its first day."""
    zone = clock.timezone(estate.houses[home.key.house].building.timezone)
    today = estate.now.astimezone(zone).date()
    first, last = _window(today)
    at = datetime.combine(first, REMIND_AT, tzinfo=zone)
    resources = ["ResourceKind.WATER", "ResourceKind.ELECTRICITY"]
    return _Told(
        kind=WINDOW_OPENED,
        user_id=_user_of(home),
        home=home,
        occasion=f"{home.premise.id}:{first.isoformat()}",
        at=min(at, estate.now - _SEEN),
        facts={"windows": [{"resources": resources, "until": last}]},
        is_read=True,
    )


def _window(today: date) -> tuple[date, date]:
    """The first and the last day of the window that the demo's meters have open on a day."""
    start, end = (1, 15) if today.day < 15 else (15, 25) if today.day <= 25 else (20, 31)
    next_month = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    month_end = next_month - timedelta(days=1)
    return today.replace(day=start), today.replace(day=min(end, month_end.day))


def _verification(estate: DemoEstate, home: Home) -> _Told:
    zone = clock.timezone(estate.houses[home.key.house].building.timezone)
    due_on = estate.now.astimezone(zone).date() + _DUE
    meter = {"resource": "ResourceKind.WATER", "number": f"ГВ-{home.accounts[0].number}"}
    return _Told(
        kind=VERIFICATION_DUE,
        user_id=_user_of(home),
        home=home,
        occasion=f"{home.premise.id}:{due_on.isoformat()}",
        at=estate.now - _SEEN,
        facts={"meters": [meter], "due_on": due_on},
    )


def _user_of(home: Home) -> UUID:
    assert home.user_id is not None  # somebody who signs in
    return home.user_id


def _notice(estate: DemoEstate, told: _Told) -> Model:
    home = told.home
    place = {
        "address": estate.houses[home.key.house].building.address,
        "premise": home.premise.number,
        "premise_kind": home.premise.kind,
    }
    return Notification(
        id=demo_id("notification", told.kind.key, told.occasion),
        organization_id=home.premise.organization_id,
        user_id=told.user_id,
        audience=told.kind.audience,
        kind=told.kind.key,
        occasion=told.occasion,
        facts=out_of_json(in_json({**place, **told.facts})),
        building_id=home.premise.building_id,
        premise_id=home.premise.id,
        subject_kind="Premise",
        subject_id=home.premise.id,
        read_at=told.at + _SEEN / 2 if told.is_read else None,
        created_at=told.at,
        updated_at=told.at,
    )
