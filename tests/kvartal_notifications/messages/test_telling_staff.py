"""Telling employees: those whose roles ask for it, who may know of it, and nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.kvartal_notifications.messages.sample import PACKAGE, SUBMITTED, WINDOW

from kvartal import clock
from kvartal.auth.api import SessionKind
from kvartal.auth.models import Employee, EmployeeRole, Role, User
from kvartal.db.transaction import unit_of_work
from kvartal.errors import KvartalError
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import a_role, a_user, an_employee
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.messages.rules import StaffNotice
from kvartal_notifications.messages.service import tell_staff, telling
from kvartal_notifications.testing.factories import a_device, a_tick, an_opt_out

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
RIGHT = "meters.reading.submit"
IN_APP, EMAIL, PUSH = NotificationChannel
GUARDED = NotificationKind(
    key="sample.guarded",
    audience=SessionKind.EMPLOYEE,
    section="sample",
    package=PACKAGE,
    permission=RIGHT,
    channels=frozenset({EMAIL}),
)


async def told(building: Building, kind: NotificationKind = SUBMITTED, **fields: Any) -> int:
    given = {"building_id": building.id, "occasion": "1", **fields}
    async with unit_of_work():
        return await tell_staff(
            StaffNotice(kind=kind, organization_id=building.organization_id, **given)
        )


async def ticked(
    organization: Organization,
    *channels: NotificationChannel,
    kind: NotificationKind = SUBMITTED,
    permissions: tuple[str, ...] = (),
) -> Role:
    role = await a_role(organization, permissions)
    for channel in channels:
        await a_tick(role, kind, channel)
    return role


async def one_with(role: Role, **fields: Any) -> Employee:
    organization: Organization = await role.organization
    employee = await an_employee(organization, **fields)
    await EmployeeRole.create(organization=organization, employee=employee, role=role)
    return employee


async def who_was_told() -> set[Any]:
    return set(await Notification.all().values_list("user_id", flat=True))


async def test_those_whose_role_ticks_the_kind_are_told_by_its_channels(
    db: None, events: EmittedEvents
) -> None:
    building = await a_building()
    organization = await building.organization
    employee = await one_with(await ticked(organization, EMAIL, PUSH))
    user = await User.get(id=employee.user_id)
    device = await a_device(user, kind=SessionKind.EMPLOYEE)
    await a_device(user, kind=SessionKind.RESIDENT)
    await one_with(await a_role(organization, ()))

    with clock.frozen(NOW):
        count = await told(building, facts={"n": 1}, subject=("Building", building.id))

    notice = await Notification.get()
    sent = await NotificationDelivery.all().order_by("channel")
    assert (count, notice.user_id, notice.in_inbox) == (1, user.id, False)
    assert (notice.audience, notice.facts) == (SessionKind.EMPLOYEE, {"n": 1})
    assert (notice.subject_kind, notice.subject_id) == ("Building", building.id)
    assert (notice.building_id, notice.premise_id) == (building.id, None)
    assert [(each.channel, each.device_id) for each in sent] == [
        (EMAIL, None),
        (PUSH, device.id),
    ]
    assert {each.due_at for each in sent} == {NOW}
    assert events.of(DeliveriesDue) == [DeliveriesDue(at=NOW)]


async def test_two_roles_of_one_person_tell_once_by_the_channels_of_both(db: None) -> None:
    building = await a_building()
    organization = await building.organization
    employee = await one_with(await ticked(organization, IN_APP, EMAIL))
    second = await ticked(organization, EMAIL)
    await EmployeeRole.create(organization=organization, employee=employee, role=second)

    assert (await told(building), await told(building)) == (1, 0)
    assert (await Notification.get()).in_inbox
    assert (await NotificationDelivery.get()).channel is EMAIL


async def test_an_opt_out_counts_more_than_a_tick(db: None) -> None:
    building = await a_building()
    employee = await one_with(await ticked(await building.organization, IN_APP, EMAIL))
    await an_opt_out(await User.get(id=employee.user_id), SUBMITTED, EMAIL)

    await told(building)

    assert (await Notification.get()).in_inbox
    assert await NotificationDelivery.all().count() == 0


@pytest.mark.parametrize("case", ["elsewhere", "archived", "barred", "foreign", "no tick"])
async def test_nobody_is_told_who_may_not_know(db: None, case: str) -> None:
    building = await a_building()
    organization = await building.organization
    role = await ticked(organization, *NotificationChannel)
    if case == "elsewhere":
        other = await a_building(organization=organization)
        employee = await one_with(role, buildings=[other])
    elif case == "archived":
        employee = await one_with(role, is_archived=True)
    elif case == "barred":
        employee = await one_with(role, user=await a_user(is_active=False))
    elif case == "foreign":
        employee = await one_with(await ticked(await an_organization(), *NotificationChannel))
    else:
        employee = await one_with(await ticked(organization, IN_APP, kind=GUARDED))
    also = () if case == "no tick" else (employee.user_id,)

    assert await told(building, also=also) == 0
    assert await who_was_told() == set()


async def test_who_works_with_the_building_is_told(db: None) -> None:
    building = await a_building()
    role = await ticked(await building.organization, IN_APP)
    employee = await one_with(role, buildings=[building])

    assert await told(building) == 1
    assert await who_was_told() == {employee.user_id}


async def test_without_a_building_all_are_told_whose_role_ticks_it(db: None) -> None:
    building = await a_building()
    employee = await one_with(await ticked(await building.organization, IN_APP), buildings=[])

    assert await told(building, building_id=None) == 1
    assert await who_was_told() == {employee.user_id}


async def test_a_kind_with_a_right_is_for_those_who_have_it(db: None) -> None:
    building = await a_building()
    organization = await building.organization
    role = await ticked(organization, IN_APP, kind=GUARDED)
    without = await one_with(role)
    holder = await one_with(role, permissions=[RIGHT])

    assert await told(building, GUARDED, also=(without.user_id, holder.user_id)) == 1
    assert await who_was_told() == {holder.user_id}


async def test_others_are_told_besides_by_the_channels_of_the_kind(db: None) -> None:
    building = await a_building()
    organization = await building.organization
    employee = await an_employee(organization, permissions=[RIGHT])
    stranger = await an_employee(await an_organization(), permissions=[RIGHT])

    count = await told(building, GUARDED, also=(employee.user_id, stranger.user_id))

    assert (count, await who_was_told()) == (1, {employee.user_id})
    assert (await Notification.get()).in_inbox is False
    assert (await NotificationDelivery.get()).channel is EMAIL


async def test_staff_are_told_by_one_statement(db: None, queries: QueryCounter) -> None:
    building = await a_building()
    role = await ticked(await building.organization, IN_APP)
    for _ in range(3):
        await one_with(role)

    with queries.exactly(1):
        assert await told(building) == 3


async def test_a_kind_for_residents_is_not_told_to_staff(db: None) -> None:
    with pytest.raises(KvartalError, match="window is for RESIDENT, not for EMPLOYEE"):
        await told(await a_building(), WINDOW)


async def test_in_the_demo_the_inbox_has_what_is_pushed(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "in_demo", lambda: True)
    building = await a_building()
    organization = await building.organization
    pushed = await one_with(await ticked(organization, PUSH))
    mailed = await one_with(await ticked(organization, EMAIL))

    await told(building)

    shown = dict(await Notification.all().values_list("user_id", "in_inbox"))
    assert shown == {pushed.user_id: True, mailed.user_id: False}
