"""The report of an exchange: to whom it goes, what it says, and that it goes once to each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4, uuid5

import pytest

from kvartal.auth.models import Employee
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Organization
from kvartal.mail import configured
from kvartal.testing.auth_factories import Mailbox, a_user, an_employee
from kvartal.testing.factories import an_organization
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import (
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.service.letters import LINES, letter, letters_of
from kvartal_integration.operations.tasks import HANDLERS, mail_report, send_reports
from kvartal_integration.testing import an_entry, an_operation, exchange_settings

Freeze = Callable[[str], AbstractContextManager[None]]

ADDRESS = "buh@example.org"
SUCCEEDED = {"code": "OPERATION_SUCCEEDED", "facts": {}}


@pytest.fixture
async def told(organization: Organization) -> Organization:
    """An organization that has its imports told to one address."""
    await exchange_settings(organization, emails=[ADDRESS])
    return organization


async def over(
    organization: Organization,
    status: OperationStatus = OperationStatus.SUCCEEDED,
    trigger: Trigger = Trigger.SCHEDULE,
    message: dict[str, Any] | None = None,
    **fields: Any,
) -> Operation:
    return await an_operation(
        organization, status=status, trigger=trigger, message=message or SUCCEEDED, **fields
    )


async def addresses(operation: Operation) -> list[str]:
    return sorted((await letters_of(operation.id)).values())


async def the_letter(operation: Operation, address: str = ADDRESS) -> Any:
    found = await letter(operation.id, uuid5(operation.id, address))
    assert found is not None
    return found


async def test_it_goes_to_the_addresses_of_its_direction(organization: Organization) -> None:
    await exchange_settings(organization, emails=["a@example.org", "b@example.org"])
    await exchange_settings(organization, OperationKind.XML_EXPORT, emails=["c@example.org"])
    other = await an_organization()
    await exchange_settings(other, emails=["d@example.org"])

    assert await addresses(await over(organization)) == ["a@example.org", "b@example.org"]
    assert await addresses(await over(organization, kind=OperationKind.XML_EXPORT)) == [
        "c@example.org"
    ]
    assert await addresses(await over(await an_organization())) == []


async def test_who_has_pressed_the_button_is_told_besides(told: Organization) -> None:
    employee = await an_employee(told, user=await a_user(email="me@example.org"))

    by_hand = await over(told, trigger=Trigger.PERSON, started_by_id=employee.user_id)
    by_itself = await over(told, trigger=Trigger.SCHEDULE)
    by_a_system = await over(told, trigger=Trigger.PERSON)

    assert await addresses(by_hand) == [ADDRESS, "me@example.org"]
    assert await addresses(by_itself) == [ADDRESS]
    assert await addresses(by_a_system) == [ADDRESS]


@pytest.mark.parametrize("case", ["gone", "elsewhere", "without an e-mail"])
async def test_who_does_not_work_there_any_more_is_not_told(told: Organization, case: str) -> None:
    async def starter() -> Employee:
        match case:
            case "gone":
                return await an_employee(told, is_archived=True)
            case "elsewhere":
                return await an_employee(await an_organization())
        return await an_employee(told, user=await a_user(phone="+79000000001"))

    operation = await over(told, trigger=Trigger.PERSON, started_by_id=(await starter()).user_id)

    assert await addresses(operation) == [ADDRESS]


async def test_an_address_is_told_once(organization: Organization) -> None:
    await exchange_settings(organization, emails=["Me@example.org", "ME@example.org"])
    employee = await an_employee(organization, user=await a_user(email="me@example.org"))
    operation = await over(organization, trigger=Trigger.PERSON, started_by_id=employee.user_id)

    assert await letters_of(operation.id) == {
        uuid5(operation.id, "me@example.org"): "Me@example.org"
    }


@pytest.mark.parametrize("kind", [OperationKind.EXCEL_IMPORT, OperationKind.EXCEL_EXPORT])
async def test_of_excel_nobody_is_told_by_mail(told: Organization, kind: OperationKind) -> None:
    await exchange_settings(told, OperationKind.XML_EXPORT, emails=[ADDRESS])

    assert await addresses(await over(told, kind=kind)) == []


async def test_an_operation_that_is_gone_has_no_letters(told: Organization) -> None:
    assert await letters_of(uuid4()) == {}
    assert await letter(uuid4(), uuid4()) is None


async def test_if_all_is_well_it_says_ok(told: Organization) -> None:
    operation = await over(told)

    found = await the_letter(operation)

    assert (found.id, found.to) == (uuid5(operation.id, ADDRESS), ADDRESS)
    assert found.subject == "УК «Уют»: Импорт — Успешно"
    assert (found.text, found.attachments) == ("ОК\n", ())


async def test_it_says_ok_in_the_language_of_the_operation(told: Organization) -> None:
    found = await the_letter(await over(told, locale="en"))

    assert (found.subject, found.text) == ("УК «Уют»: Import — Succeeded", "OK\n")


async def test_a_conclusion_of_its_own_is_told_beside_the_ok(told: Organization) -> None:
    operation = await over(told, message={"code": "W201", "facts": {"id": "D-1"}})

    assert (await the_letter(operation)).text == (
        "ОК\n\nОбъект с внешним идентификатором «D-1» не найден\n"
    )


async def test_errors_and_warnings_are_counted_listed_and_attached(
    told: Organization, frozen_clock: Freeze
) -> None:
    with frozen_clock("2026-11-24T02:05:00+03:00"):
        operation = await over(
            told,
            OperationStatus.FAILED,
            message={"code": "E201", "facts": {"id": "UK-1"}},
            errors=1,
            warnings=1,
        )
    await an_entry(operation, 1, file="/a.xml", line=7, account="7700", meter="ХВС-1")
    await an_entry(operation, 2, "E201", severity=EntrySeverity.ERROR, facts={"id": "UK-1"})

    found = await the_letter(operation)

    assert found.subject == "УК «Уют»: Импорт — Ошибка"
    assert found.text == (
        "Организация с внешним идентификатором «UK-1» не найдена\n"
        "Ошибок: 1, предупреждений: 1\n"
        "\n"
        "W203 Лицевой счет «1» не найден (файл /a.xml, строка 7, ЛС 7700, счетчик ХВС-1)\n"
        "E201 Организация с внешним идентификатором «UK-1» не найдена\n"
    )
    [table] = found.attachments
    assert (table.name, table.media_type) == ("Импорт XML 2026-11-24 02-05.csv", "text/csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert [line[:7] for line in table.content.decode("utf-8-sig").splitlines()] == [
        "№;Урове",
        "1;Преду",
        "2;Ошибк",
    ]


async def test_of_many_entries_the_first_hundred_are_listed(told: Organization) -> None:
    operation = await over(
        told, OperationStatus.SUCCEEDED_WITH_WARNINGS, errors=0, warnings=LINES + 5
    )
    for number in range(1, LINES + 2):
        await an_entry(operation, number)

    found = await the_letter(operation)

    lines = found.text.splitlines()
    assert sum(line.startswith("W203") for line in lines) == LINES == 100
    assert lines[-4:] == [
        "",
        "Показаны первые 100, полный список — в приложенном файле",
        "",
        "Сохранены первые 101 сообщений",
    ]
    assert len(found.attachments[0].content.decode().splitlines()) == LINES + 2


async def test_a_hundred_entries_are_all(told: Organization) -> None:
    operation = await over(told, OperationStatus.SUCCEEDED_WITH_WARNINGS, errors=0, warnings=LINES)
    for number in range(1, LINES + 1):
        await an_entry(operation, number)

    assert (await the_letter(operation)).text.splitlines()[-1].startswith("W203")


async def test_each_address_is_written_to_by_a_task_of_its_own(
    organization: Organization,
) -> None:
    await exchange_settings(organization, emails=["a@example.org", "b@example.org"])
    operation = await over(organization)

    async with unit_of_work() as work:
        await send_reports(finished(operation))

    calls = [(each.name, each.arguments) for each in work.tasks]
    assert sorted(calls) == sorted(
        (
            "integration.mail_report",
            f'{{"operation_id":"{operation.id}","letter_id":"{uuid5(operation.id, address)}"}}',
        )
        for address in ("a@example.org", "b@example.org")
    )
    assert "example.org" not in str(calls)


async def test_the_end_of_an_excel_operation_sends_nothing(told: Organization) -> None:
    operation = await over(told, kind=OperationKind.EXCEL_IMPORT)

    async with unit_of_work() as work:
        await send_reports(finished(operation))

    assert work.tasks == []


async def test_the_task_sends_the_same_letter_each_time(told: Organization) -> None:
    operation, mailbox = await over(told), Mailbox()
    letter_id = uuid5(operation.id, ADDRESS)

    with configured(mailbox):
        await mail_report(operation.id, letter_id)
        await mail_report(operation.id, letter_id)

    first, second = mailbox
    assert (first.id, first) == (letter_id, second)


async def test_who_is_no_longer_to_be_told_gets_no_letter(told: Organization) -> None:
    operation, mailbox = await over(told), Mailbox()

    with configured(mailbox):
        await mail_report(operation.id, uuid5(operation.id, "gone@example.org"))

    assert mailbox == []


def test_the_handler_has_its_wire_name() -> None:
    assert [(each.event, each.name) for each in HANDLERS] == [
        (OperationFinished, "integration.operations.send_reports")
    ]


def finished(operation: Operation) -> OperationFinished:
    return OperationFinished(
        operation_id=operation.id,
        organization_id=operation.organization_id,
        kind=operation.kind,
        status=operation.status,
        trigger=operation.trigger,
        started_by_id=None,
        errors=0,
        warnings=0,
    )
