"""The exchange at its largest: a file of 200 MB, imported by a worker from a real file server."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.load import cpu_seconds, descendants
from tests.bench.paths import Row
from tests.bench.scene import Scene

from kvartal import clock
from kvartal.db.connection import execute
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Account, Organization, Premise
from kvartal.housing.rules import sort_key
from kvartal.months import YearMonth
from kvartal.tasks import enqueue
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.ftp import ftp_server
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess
from kvartal_integration.importing.tasks import import_xml
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.testing import a_connection, an_operation
from kvartal_meters.testing import resource_settings

__all__ = ["importing"]

_TYPES = ("COLD_WATER", "HOT_WATER")
_MONTHS = 3
_READINGS = 500_000
_FLATS_OF_A_HOUSE = 500
_MEBIBYTE = 2**20
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<metrics xmlns="urn:kvartal:metrics:1" version="1.0" generatedAt="2026-11-24T02:00:00+03:00"'
    ' readingsMode="append"><organization externalId="UK-77">\n'
)


async def importing(scene: Scene) -> AsyncIterator[Row]:
    """A file whose meters and readings are new, or its readings alone, or nothing."""
    path = f"XML import of {_READINGS} readings"
    flats = _READINGS // len(_TYPES) // _MONTHS
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kvartal-bench-")))
        root = directory / "server"
        root.mkdir()
        ftp = stack.enter_context(ftp_server(root))
        organization = await an_organization(external_id="UK-77")
        await _estate(organization, flats)
        await a_connection(
            organization,
            host=ftp.host,
            port=ftp.port,
            protocol="FTP",
            username=ftp.username,
            password=ftp.password,
        )
        yield Row(path, "size of the file", _write(root / "metrics.xml", flats) / 1e6, "MB")
        of_tests = Committed(scene.host, None, None).environment  # type: ignore[arg-type] # only the host is read
        ours = {"KVARTAL_INTEGRATION_ALLOWED_HOSTS": ftp.host, "KVARTAL_LOG_LEVEL": "INFO"}
        worker, scheduler = (
            KvartalProcess(command, {**of_tests, **ours}, directory / f"{command}.log")
            for command in ("worker", "scheduler")
        )
        for process in (worker, scheduler):
            stack.push_async_callback(process.kill)
            await process.start()
            await process.started(f"{process.command}.started")
        await asyncio.sleep(2)
        idle = _peak(worker.pid)
        for what in ("all new", "readings new", "nothing new"):
            if what == "readings new":
                await _forget_readings(organization)
            server, database = cpu_seconds(worker.pid), _spent(scene)
            await _imported(organization, flats)
            spent = (cpu_seconds(worker.pid) - server) / _READINGS
            theirs = (_spent(scene) - database) / _READINGS
            yield Row(
                path, f"{what}: worker a reading", spent * 1e6, "µs", "≤ 100 µs", spent <= 1e-4
            )
            yield Row(path, f"{what}: PostgreSQL a reading", theirs * 1e6, "µs")
            yield Row(path, f"{what}: readings a second of worker's CPU", 1 / spent, "")
        above = _peak(worker.pid) - idle
        yield Row(path, "memory above the idle worker", above, "MiB", "≤ 150 MiB", above <= 150)


async def _estate(organization: Organization, flats: int) -> None:
    common = {"organization_id": organization.id}
    for house in range(-(-flats // _FLATS_OF_A_HOUSE)):
        building = await a_building(organization=organization, external_id=f"D-{house}")
        await resource_settings(building)
        premises = [
            Premise(building_id=building.id, number=str(n), sort_key=sort_key(str(n)), **common)
            for n in range(1, _FLATS_OF_A_HOUSE + 1)
        ]
        await Premise.bulk_create(premises)
        await Account.bulk_create(
            Account(premise_id=each.id, number=_account(house, n), **common)
            for n, each in enumerate(premises, 1)
        )
    await execute("ANALYZE")


async def _forget_readings(organization: Organization) -> None:
    await execute(
        "UPDATE meters_meter SET latest_reading_id = NULL, latest_month = NULL,"
        " latest_submitted_at = NULL WHERE organization_id = $1",
        organization.id,
    )
    await execute("DELETE FROM meters_reading WHERE organization_id = $1", organization.id)
    await execute("VACUUM (ANALYZE) meters_meter, meters_reading, meters_reading_revision")


def _account(house: int, flat: int) -> str:
    return f"{house:05}{flat:05}"


def _write(file: Path, flats: int) -> int:
    """A file of all flats, with the whole cards of two meters each; its size in bytes."""
    latest = YearMonth.of(clock.today("Europe/Moscow"))
    months = [latest.shift(before + 1 - _MONTHS) for before in range(_MONTHS)]
    with file.open("w", encoding="utf-8") as output:
        output.write(_HEAD)
        for flat in range(flats):
            house, number = divmod(flat, _FLATS_OF_A_HOUSE)
            if number == 0:
                output.write("</object>\n" if house else "")
                output.write(
                    f'<object externalId="D-{house}" address="г. Тверь, ул. Новая, {house}">\n'
                )
            account = _account(house, number + 1)
            output.write(f'<place number="{number + 1}"><account number="{account}">\n')
            output.writelines(_meter(f"{type_}-{account}", type_, months) for type_ in _TYPES)
            output.write("</account></place>\n")
        output.write("</object></organization></metrics>\n")
    return file.stat().st_size


def _meter(identifier: str, type_: str, months: list[YearMonth]) -> str:
    readings = "\n".join(
        f'    <reading period="{month}" date="{month}-20" t1="{101.5 + n}" channel="CRM"/>'
        for n, month in enumerate(months)
    )
    return f"""<meter externalId="IPU-{identifier}">
  <type>{type_}</type>
  <identifier>{identifier}</identifier>
  <brand>Нева-Тест учет ресурсов</brand>
  <model>НТ-104-2026 исполнение 3</model>
  <serialNumber>SN-{identifier}-2023-000117</serialNumber>
  <commissioningDate>2023-05-14</commissioningDate>
  <verificationInterval>6</verificationInterval>
  <lastVerificationDate>2023-04-30</lastVerificationDate>
  <nextVerificationDate>2029-04-30</nextVerificationDate>
  <status>ACTIVE</status>
  <intDigits>5</intDigits>
  <initialValues t1="100"/>
  <readings>
{readings}
  </readings>
</meter>
"""


async def _imported(organization: Organization, flats: int) -> None:
    operation = await an_operation(
        organization,
        kind=OperationKind.XML_IMPORT,
        request={"paths": ["/metrics.xml"], "delete": False},
    )
    async with unit_of_work():
        await enqueue(import_xml, operation.id)
    while operation.finished_at is None:
        await asyncio.sleep(0.5)
        await operation.refresh_from_db()
    assert operation.errors == 0, operation.message
    readings = sum(n for key, n in operation.counts.items() if key.startswith("readings"))
    assert readings == flats * len(_TYPES) * _MONTHS, operation.counts


def _spent(scene: Scene) -> float:
    return sum(map(cpu_seconds, descendants(scene.targets["kvartal"].database_pid)))


def _peak(pid: int) -> float:
    """The most memory that a process has had, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / _MEBIBYTE
    raise AssertionError("the kernel tells no peak")
