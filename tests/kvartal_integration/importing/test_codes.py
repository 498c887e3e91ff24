"""Each code of the format as people read it, of a file that brings it about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import pytest
from tests.kvartal_integration.importing.conftest import (
    HEAD,
    Done,
    Estate,
    Import,
    meter,
    reading,
)

from kvartal import clock
from kvartal.testing.factories import a_premise, an_account
from kvartal_integration.exchange.folder import FolderExchange
from kvartal_integration.exchange.port import ExchangeFailed, Exchanges, FileExchange
from kvartal_integration.importing.rules import MeterPlace, met_by, meter_entry
from kvartal_integration.importing.service import import_files
from kvartal_integration.importing.service import run as running_import
from kvartal_integration.metrics_xml.records import Block, MeterRecord
from kvartal_integration.operations.models import OperationEntry
from kvartal_integration.operations.rules import OperationKind, OperationStatus, Sentence
from kvartal_integration.operations.service import running
from kvartal_integration.operations.wording import spoken
from kvartal_integration.testing import an_operation
from kvartal_meters.api import MeterStatus
from kvartal_meters.meters.models import Meter
from kvartal_meters.meters.rules.refusals import IdentifierTaken
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.testing import a_collective_meter, a_meter, a_reading

NOW = datetime.fromisoformat("2026-11-20T12:00+03:00")

Scene = Callable[[Estate], Awaitable[str]]
"""What is there before, and the file."""


def said(done: Done) -> list[str]:
    return [f"{each.code} {spoken(each.code, each.facts, 'ru')}" for each in done.entries]


async def water(estate: Estate, month: str = "2026-10", value: str = "100.5") -> Meter:
    """The flat's meter of cold water, with a reading."""
    kept = await a_meter(
        premise=estate.premise, account=estate.account, identifier="ХВС-1", int_digits=5
    )
    await a_reading(kept, month, value)
    return kept


def a_file(*meters: str, **changed: str) -> Scene:
    async def scene(estate: Estate) -> str:
        return estate.file(*meters, **changed)

    return scene


def read(*readings: str, **fields: str | None) -> Scene:
    """A file about the meter that has shown 100.5 in October."""

    async def scene(estate: Estate) -> str:
        await water(estate)
        return estate.file(meter("ХВС-1", *readings, **fields))

    return scene


async def broken(estate: Estate) -> str:
    return estate.write(HEAD.format(mode="append", organization="UK-77") + "<place")


async def of_another_structure(estate: Estate) -> str:
    return estate.file(meter("А").replace("identifier", "name"))


async def of_another_version(estate: Estate) -> str:
    head = HEAD.format(mode="append", organization="UK-77")
    return estate.write(head.replace('n="1.0" g', 'n="2" g'))


async def with_entities(estate: Estate) -> str:
    return estate.write('<!DOCTYPE a [<!ENTITY b "c">]><metrics xmlns="urn:kvartal:metrics:1"/>')


async def of_another_house(estate: Estate) -> str:
    path = estate.file(meter("А"))
    text = (estate.folder / path).read_text(encoding="utf-8")
    return estate.write(text.replace("D-0042", "D-0043"))


async def of_another_flat(estate: Estate) -> str:
    other = await a_premise(building=estate.building, number="16", external_id="KV-16")
    await an_account(premise=other, number="16-счет")
    return estate.file(meter("А"), account="16-счет")


async def of_a_flat_with_the_same_number(estate: Estate) -> str:
    other = await a_premise(building=estate.building, number="16", external_id="KV-16")
    await an_account(premise=other, number="16-счет")
    return estate.file(meter("А"), account="16-счет", place='externalId="KV-15" number="16"')


async def archived(estate: Estate) -> str:
    await a_meter(
        premise=estate.premise,
        account=estate.account,
        identifier="ХВС-1",
        external_id="IPU-1",
        status=MeterStatus.ARCHIVED,
    )
    return estate.file(meter("ХВС-1", external_id="IPU-1", status="ACTIVE"))


async def twins(estate: Estate) -> str:
    for number in (1, 2):
        await a_meter(
            premise=estate.premise,
            account=estate.account,
            identifier=f"ХВС-{number}",
            serial_number="18-034512",
        )
    return estate.file(meter("новый", serialNumber="18 034512"))


async def of_one_that_two_could_mean(estate: Estate) -> str:
    await a_meter(premise=estate.premise, account=estate.account, identifier="ХВС-1")
    return estate.file(meter("А", external_id="IPU-1"), meter("Б", external_id="IPU-2"))


async def taken_identifier(estate: Estate) -> str:
    other = await a_premise(building=estate.building, number="16")
    account = await an_account(premise=other, number="16-счет")
    await a_meter(premise=other, account=account, identifier="ХВС-1", external_id="IPU-1")
    return estate.file(meter("ХВС-1", external_id="IPU-2"))


async def taken_by_a_meter_of_the_house(estate: Estate) -> str:
    await a_collective_meter(building=estate.building, identifier="ХВС-1", external_id="ODPU-1")
    return estate.file(meter("ХВС-1", external_id="IPU-2"))


async def taken_serial(estate: Estate) -> str:
    await a_meter(
        premise=estate.premise,
        account=estate.account,
        identifier="ХВС-1",
        external_id="IPU-1",
        serial_number="18-034512",
    )
    return estate.file(meter("новый", external_id="IPU-2", serialNumber="18-034512"))


async def taken_in_the_same_file(estate: Estate) -> str:
    return estate.file(meter("ХВС-1", external_id="IPU-1"), meter("ХВС-1", external_id="IPU-2"))


async def in_another_flat(estate: Estate) -> str:
    other = await a_premise(building=estate.building, number="16")
    account = await an_account(premise=other, number="16-счет")
    await a_meter(premise=other, account=account, identifier="ХВС-1")
    return estate.file(meter("ХВС-1"))


async def of_a_flat_as_of_the_house(estate: Estate) -> str:
    await water(estate)
    return estate.houses(meter("ХВС-1"))


async def of_another_type(estate: Estate) -> str:
    await water(estate)
    return estate.file(meter("ХВС-1", type="HOT_WATER"))


async def below_the_initial_value(estate: Estate) -> str:
    await a_meter(premise=estate.premise, account=estate.account, identifier="ХВС-1", initial=["5"])
    return estate.file(meter("ХВС-1", reading("2026-11", "4")))


async def after_a_reading_of_the_same_file(estate: Estate) -> str:
    return estate.file(meter("ХВС-1", reading("2026-09", "7"), reading("2026-11", "6")))


async def whole_numbers(estate: Estate) -> str:
    await water(estate)
    await ResourceSettings.all().update(fractions_allowed=False)
    return estate.file(meter("ХВС-1", reading("2026-11", "101.75")))


async def steady(estate: Estate) -> str:
    kept = await water(estate, "2026-06", "60")
    for month, value in (("07", "70"), ("08", "80"), ("09", "90"), ("10", "100")):
        await a_reading(kept, f"2026-{month}", value)
    return estate.file(meter("ХВС-1", reading("2026-11", "1100")))


async def on_verification(estate: Estate) -> str:
    kept = await water(estate)
    await Meter.filter(id=kept.id).update(status="VERIFICATION")
    return estate.file(meter("ХВС-1", reading("2026-11", "101")))


async def nothing(estate: Estate) -> str:
    return "metrics.xml"


CODES: list[tuple[Scene, str]] = [
    (nothing, "E101 Файл «metrics.xml» не найден на FTP-сервере"),
    (broken, "E103 Файл «metrics.xml» не является корректным XML: строка 4, позиция 7"),
    (
        of_another_structure,
        "E104 Структура файла не соответствует формату: name —"
        " элемент стоит не на своем месте, ожидается: identifier",
    ),
    (of_another_version, "E105 Версия формата «2» не поддерживается, ожидается 1.0"),
    (with_entities, "E106 Файл больше 200 МБ или содержит запрещенные конструкции"),
    (
        a_file(meter("А"), organization="UK-78"),
        "E201 Организация с внешним идентификатором «UK-78» не найдена",
    ),
    (of_another_house, "W201 Объект с внешним идентификатором «D-0043» не найден"),
    (a_file(meter("А"), account="99"), "W203 Лицевой счет «99» не найден"),
    (
        of_another_flat,
        "W204 Лицевой счет «16-счет» привязан к помещению «16», в файле указано «15»"
        " — использован лицевой счет",
    ),
    (
        of_a_flat_with_the_same_number,
        "W204 Лицевой счет «16-счет» привязан к помещению «16», в файле указано «KV-15»"
        " — использован лицевой счет",
    ),
    (
        a_file(meter("А", type="GAS")),
        "W205 Группа учета «Газ» отключена на объекте «D-0042» — счетчик пропущен",
    ),
    (
        archived,
        "W206 Счетчик «ХВС-1» в архиве: показания не принимаются, вернуть его можно только"
        " вручную в CRM",
    ),
    (twins, "W207 По номеру «18 034512» найдено несколько счетчиков — запись пропущена"),
    (
        of_one_that_two_could_mean,
        "W207 По номеру «7700415015» найдено несколько счетчиков — запись пропущена",
    ),
    (
        of_another_type,
        "W208 Вид ресурса счетчика «ХВС-1» нельзя изменить: в системе «ХВС», в файле «ГВС»",
    ),
    (taken_identifier, "W209 Идентификатор «ХВС-1» уже занят другим счетчиком (ЛС 16-счет)"),
    (taken_serial, "W209 Идентификатор «18-034512» уже занят другим счетчиком (ЛС 7700415015)"),
    (
        taken_in_the_same_file,
        "W209 Идентификатор «ХВС-1» уже занят другим счетчиком (ЛС 7700415015)",
    ),
    (in_another_flat, "W209 Идентификатор «ХВС-1» уже занят другим счетчиком (ЛС 16-счет)"),
    (
        of_a_flat_as_of_the_house,
        "W209 Идентификатор «ХВС-1» уже занят другим счетчиком (ЛС 7700415015)",
    ),
    (
        a_file(meter("А", lastVerificationDate="2024-01-02", nextVerificationDate="2024-01-01")),
        "W210 Некорректные даты счетчика «А»: Следующая поверка не может быть раньше последней",
    ),
    (
        read(reading("2026-11", "110", "5")),
        "W211 Число тарифов не соответствует типу счетчика: ожидается 1, передано 2",
    ),
    (
        read(intDigits="1"),
        "W212 Счетчик «ХВС-1»: Разрядность не согласуется с показаниями счетчика:"
        " в них больше знаков или был переход через ноль",
    ),
    (
        read(reading("2026-11", "99")),
        "W301 Показание 99 меньше предыдущего 100,5 (октябрь 2026) — не сохранено",
    ),
    (
        after_a_reading_of_the_same_file,
        "W301 Показание 6 меньше предыдущего 7 (сентябрь 2026) — не сохранено",
    ),
    (below_the_initial_value, "W301.INITIAL Показание 4 меньше начального 5 — не сохранено"),
    (whole_numbers, "W302 Дробные значения не принимаются: 101,75 сохранено как 101"),
    (
        read(reading("2026-11", "1234567")),
        "W303 Значение 1234567 превышает разрядность счетчика (5 знаков)",
    ),
    (
        read(reading("2026-12", "112")),
        "W304 Дата показания 20 декабря 2026 в будущем или раньше ввода в эксплуатацию",
    ),
    (
        read(reading("2026-10", "101")),
        "W305 За октябрь 2026 уже есть показание 100,5 (Приложение жителя)"
        " — оставлено без изменений",
    ),
    (
        steady,
        "W306 Расход 1000 значительно превышает средний 10 — сохранено, требует проверки",
    ),
    (
        read(reading("2026-11", "9000")),
        "W306.NO_AVERAGE Расход 8899,5 значительно превышает обычный — сохранено, требует проверки",
    ),
    (
        read(reading("2026-09", "101")),
        "W307 За более поздний период есть показание 100,5, меньше переданного — не сохранено",
    ),
    (
        on_verification,
        "W308 Срок поверки истек или счетчик на поверке, прием показаний отключен настройкой"
        " — не сохранено",
    ),
    (
        read(reading("2026-11", "110"), reading("2026-11", "111", day=19)),
        "W309 Показание дублируется в файле — использовано последнее",
    ),
    (
        read(reading("2026-11", "3", rollover="true")),
        "W310 Показание 3: Такое изменение не похоже на переход через ноль."
        " Проверьте показание и разрядность счетчика",
    ),
]


@pytest.mark.parametrize(("scene", "sentence"), CODES, ids=[said[:4] for _, said in CODES])
async def test_a_code_is_said_in_full(
    estate: Estate, run_import: Import, scene: Scene, sentence: str
) -> None:
    path = await scene(estate)

    with clock.frozen(NOW):
        done = await run_import(path)

    assert set(said(done)) == {sentence}


async def test_a_meter_of_the_house_is_told_by_its_place(
    estate: Estate, run_import: Import
) -> None:
    done = await run_import(await taken_by_a_meter_of_the_house(estate))

    assert said(done) == [
        f"W209.PLACE Идентификатор «ХВС-1» уже занят другим счетчиком ({estate.building.address})"
    ]


class Tired(FolderExchange):
    """A server that hangs up once a file was fetched."""

    async def remove(self, path: str) -> None:
        raise ExchangeFailed("ftp.example", "LOST")


@asynccontextmanager
async def unreachable(_: UUID) -> AsyncIterator[FileExchange]:
    raise ExchangeFailed("ftp.example", "LOGIN")
    yield  # what makes it a generator


async def imported(estate: Estate, exchanges: Exchanges, **request: object) -> Done:
    operation = await an_operation(
        estate.organization,
        kind=OperationKind.XML_IMPORT,
        request={"paths": ["metrics.xml"], **request},
    )
    async with running(operation.id) as run:
        assert run is not None
        await import_files(run, exchanges)
    await operation.refresh_from_db()
    return Done(operation, await OperationEntry.filter(operation_id=operation.id))


async def test_a_server_that_cannot_be_reached_is_told_with_the_reason(estate: Estate) -> None:
    done = await imported(estate, unreachable)

    assert said(done) == [
        "E102 Не удалось подключиться к FTP-серверу ftp.example: неверный логин или пароль"
    ]


async def test_a_file_that_stays_on_the_server_is_told(estate: Estate) -> None:
    estate.file(meter("А"))

    @asynccontextmanager
    async def tired(_: UUID) -> AsyncIterator[FileExchange]:
        yield Tired(estate.folder)

    done = await imported(estate, tired, delete=True)

    assert done.operation.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    assert said(done) == ["W213 Файл «metrics.xml» прочитан, но не удален: соединение прервано"]


async def test_what_nobody_has_foreseen_stops_it(
    estate: Estate, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running_import, "save", fail)

    done = await run_import(estate.file(meter("А")))

    assert done.operation.status is OperationStatus.FAILED
    assert said(done) == ["E301 Внутренняя ошибка при сохранении, импорт остановлен"]


def test_a_refusal_that_names_no_meter_is_told_in_its_own_words() -> None:
    place = MeterPlace("a.xml", A_BLOCK, A_METER)

    entry = meter_entry(IdentifierTaken(path=("identifier",)), place, None)

    assert met_by(IdentifierTaken(), None) is None
    assert (entry.code, entry.facts) == (
        "W212",
        {"id": "А", "detail": Sentence("IDENTIFIER_TAKEN")},
    )


A_METER = MeterRecord(
    line=2,
    external_id=None,
    type="COLD_WATER",
    identifier="А",
    fields={},
    house={},
    initial_values=None,
    readings=(),
)
A_BLOCK = Block(
    line=1,
    organization="UK-77",
    building="D-0042",
    premise=None,
    premise_number=None,
    account="1",
    meters=[A_METER],
)
