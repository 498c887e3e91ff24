"""What employees are told of when it happens: to whom, once, with the names of then."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from kvartal.auth.models import Employee, EmployeeRole
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Building, Organization
from kvartal.services.api import ServiceKind, ServiceOrderCreated
from kvartal.testing.auth_factories import an_employee
from kvartal.testing.factories import a_building, a_premise, a_service, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_integration.api import OperationFinished, OperationKind, OperationStatus
from kvartal_integration.operations.rules import Trigger
from kvartal_meters.api import ReadingsSubmitted
from kvartal_meters.testing import Home, a_home
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.plugin import plugin
from kvartal_notifications.sources import tasks
from kvartal_notifications.sources.kinds import (
    OPERATION_FAILED,
    OPERATION_FINISHED,
    READINGS_SUBMITTED,
    SERVICE_ORDERED,
)
from kvartal_notifications.testing.factories import a_tick

IN_APP, EMAIL, PUSH = NotificationChannel


async def one_who_ticks(
    organization: Organization,
    kind: NotificationKind,
    *channels: NotificationChannel,
    permission: str | None = "",
    buildings: list[Building] | None = None,
) -> Employee:
    """An employee whose role ticks the kind and has its right, or another one."""
    right = kind.permission if permission == "" else permission
    employee = await an_employee(
        organization, permissions=[right or "meters.reading.delete"], buildings=buildings
    )
    role = await (await EmployeeRole.get(employee_id=employee.id)).role
    for channel in channels or (IN_APP,):
        await a_tick(role, kind, channel)
    return employee


async def hear(handler: Callable[[Any], Awaitable[None]], heard: object) -> None:
    async with unit_of_work():
        await handler(heard)


def submission(home: Home, **fields: Any) -> ReadingsSubmitted:
    given: dict[str, Any] = {
        "submission_id": uuid4(),
        "organization_id": home.organization.id,
        "building_id": home.building.id,
        "premise_id": home.premise.id,
        "reading_ids": (uuid4(), uuid4()),
        "user_id": home.user.id,
    }
    return ReadingsSubmitted(**(given | fields))


def finished(organization: Organization, **fields: Any) -> OperationFinished:
    given: dict[str, Any] = {
        "operation_id": uuid4(),
        "organization_id": organization.id,
        "kind": OperationKind.XML_IMPORT,
        "status": OperationStatus.SUCCEEDED,
        "trigger": Trigger.SCHEDULE,
        "started_by_id": None,
        "errors": 0,
        "warnings": 0,
    }
    return OperationFinished(**(given | fields))


async def told_users() -> set[UUID]:
    return {each.user_id for each in await Notification.all()}


def test_the_plugin_hears_all_three() -> None:
    assert {handler.event for handler in tasks.HANDLERS} == {
        ReadingsSubmitted,
        OperationFinished,
        ServiceOrderCreated,
    }
    assert set(tasks.HANDLERS) <= set(plugin.handlers)


async def test_a_submission_is_told_once_to_whoever_ticks_it(db: None) -> None:
    home = await a_home()
    employee = await one_who_ticks(home.organization, READINGS_SUBMITTED, IN_APP, EMAIL)
    heard = submission(home)

    await hear(tasks.tell_readings_submitted, heard)
    await hear(tasks.tell_readings_submitted, heard)

    notice = await Notification.get()
    assert (notice.user_id, notice.kind) == (employee.user_id, "meters.readings_submitted")
    assert notice.occasion == str(heard.submission_id)
    assert notice.facts == {
        "address": "г. Казань, ул. Лесная, 5",
        "premise": "15",
        "premise_kind": "RESIDENTIAL",
        "readings": 2,
    }
    assert (notice.subject_kind, notice.subject_id) == ("Premise", home.premise.id)
    assert (notice.building_id, notice.premise_id) == (home.building.id, home.premise.id)
    assert (await NotificationDelivery.get()).channel is EMAIL


async def test_two_submissions_are_told_twice(db: None) -> None:
    home = await a_home()
    await one_who_ticks(home.organization, READINGS_SUBMITTED)

    for _ in range(2):
        await hear(tasks.tell_readings_submitted, submission(home))

    assert await Notification.all().count() == 2


async def test_who_lacks_the_right_or_the_building_is_not_told(db: None) -> None:
    home = await a_home()
    await one_who_ticks(home.organization, READINGS_SUBMITTED, permission=None)
    elsewhere = await a_building(organization=home.organization)
    await one_who_ticks(home.organization, READINGS_SUBMITTED, buildings=[elsewhere])
    await one_who_ticks(await an_organization(), READINGS_SUBMITTED)
    await an_employee(home.organization, permissions=[READINGS_SUBMITTED.permission or ""])

    await hear(tasks.tell_readings_submitted, submission(home))

    assert await told_users() == set()


async def test_of_a_premise_that_is_gone_or_anothers_nothing_is_told(db: None) -> None:
    home = await a_home()
    await one_who_ticks(home.organization, READINGS_SUBMITTED)
    foreign = await a_premise()

    for premise_id in (uuid4(), foreign.id):
        await hear(tasks.tell_readings_submitted, submission(home, premise_id=premise_id))

    assert await told_users() == set()


async def test_a_submission_takes_two_statements(db: None, queries: QueryCounter) -> None:
    home = await a_home()
    for _ in range(3):
        await one_who_ticks(home.organization, READINGS_SUBMITTED)

    with queries.exactly(2):
        async with unit_of_work():
            await tasks.tell_readings_submitted(submission(home))

    assert len(await told_users()) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (OperationStatus.SUCCEEDED, OPERATION_FINISHED),
        (OperationStatus.SUCCEEDED_WITH_WARNINGS, OPERATION_FINISHED),
        (OperationStatus.CANCELLED, OPERATION_FINISHED),
        (OperationStatus.FAILED, OPERATION_FAILED),
    ],
)
async def test_an_operation_is_told_as_finished_or_as_failed(
    db: None, status: OperationStatus, kind: NotificationKind
) -> None:
    organization = await an_organization()
    employees = {
        each: await one_who_ticks(organization, each)
        for each in (OPERATION_FINISHED, OPERATION_FAILED)
    }
    heard = finished(organization, status=status, errors=1, warnings=2)

    await hear(tasks.tell_operation_finished, heard)

    notice = await Notification.get()
    assert (notice.kind, notice.user_id) == (kind.key, employees[kind].user_id)
    assert (notice.subject_kind, notice.subject_id) == ("Operation", heard.operation_id)
    facts = {
        "organization": organization.name,
        "kind": "OperationKind.XML_IMPORT",
        "errors": 1,
        "warnings": 2,
    }
    assert notice.facts == (facts if kind is OPERATION_FAILED else {**facts, "status": status})


async def test_who_has_started_an_operation_is_told_without_a_tick_and_without_a_letter(
    db: None,
) -> None:
    organization = await an_organization()
    right = [OPERATION_FINISHED.permission or ""]
    starter = await an_employee(organization, permissions=right)
    await an_employee(organization, permissions=right)

    await hear(tasks.tell_operation_finished, finished(organization, started_by_id=starter.user_id))

    assert await told_users() == {starter.user_id}
    assert await NotificationDelivery.all().count() == 0


@pytest.mark.parametrize(
    ("kind", "is_told"),
    [
        (OperationKind.XML_IMPORT, False),
        (OperationKind.EXCEL_IMPORT, True),
        (OperationKind.EXCEL_EXPORT, True),
    ],
)
async def test_who_has_started_an_excel_operation_needs_no_right_to_the_exchange(
    db: None, kind: OperationKind, is_told: bool
) -> None:
    organization = await an_organization()
    starter = await an_employee(organization, permissions=["meters.reading.submit"])
    await one_who_ticks(organization, OPERATION_FINISHED, permission=None)

    await hear(
        tasks.tell_operation_finished,
        finished(organization, kind=kind, started_by_id=starter.user_id),
    )

    assert await told_users() == ({starter.user_id} if is_told else set())


async def order(organization: Organization, **fields: Any) -> ServiceOrderCreated:
    building = await a_building(organization=organization, address="ул. Мира, 1")
    premise = await a_premise(building=building, number="7")
    service = await a_service(organization=organization, title="Поверка")
    given: dict[str, Any] = {
        "order_id": uuid4(),
        "organization_id": organization.id,
        "building_id": building.id,
        "premise_id": premise.id,
        "service_id": service.id,
        "service_kind": ServiceKind.VERIFICATION,
        "resident_id": uuid4(),
    }
    return ServiceOrderCreated(**(given | fields))


async def test_a_residents_order_is_told_once(db: None) -> None:
    organization = await an_organization()
    employee = await one_who_ticks(organization, SERVICE_ORDERED)
    heard = await order(organization)

    await hear(tasks.tell_service_ordered, heard)
    await hear(tasks.tell_service_ordered, heard)

    notice = await Notification.get()
    assert (notice.user_id, notice.kind) == (employee.user_id, "kvartal.service_ordered")
    assert (notice.subject_kind, notice.subject_id) == ("ServiceOrder", heard.order_id)
    assert notice.facts == {
        "address": "ул. Мира, 1",
        "premise": "7",
        "premise_kind": "RESIDENTIAL",
        "service": "Поверка",
    }


@pytest.mark.parametrize(
    ("case", "changed"),
    [
        ("the service is gone", {"service_id": uuid4()}),
        ("the premise is gone", {"premise_id": uuid4()}),
    ],
)
async def test_other_orders_are_not_told(db: None, case: str, changed: dict[str, Any]) -> None:
    organization = await an_organization()
    await one_who_ticks(organization, SERVICE_ORDERED)

    await hear(tasks.tell_service_ordered, await order(organization, **changed))

    assert await told_users() == set()
