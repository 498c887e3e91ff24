"""An organization sets its exchange up and lets it run: over a real file server, with real letters.

And a worker that is killed in the middle of a large import is made up for by the next one.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee
from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.db.settled import settled_until
from kvartal.graphql.node import encode_id, uuid_of
from kvartal.housing.models import Account, Organization, Premise
from kvartal.housing.rules import sort_key
from kvartal.months import YearMonth
from kvartal.settings import load_plugin_settings
from kvartal.testing.auth_factories import a_user, actor_of, an_employee
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.ftp import FtpAccount, ftp_server
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess, free_port
from kvartal.testing.watch import until
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.testing import a_connection, exchange_settings
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import resource_settings

pytestmark = pytest.mark.committed

PATHS = "/objects/z84/metrics.xml, /objects/p32/metrics.xml, /objects/s15/metrics.xml"
STARTED_BY = "manager@uk.example"
CONNECT = """
mutation ($input: UpdateExchangeConnectionInput!) {
  updateExchangeConnection(input: $input) { errors { code message } }
}
"""
TEST = """
mutation ($input: TestExchangeConnectionInput!) {
  testExchangeConnection(input: $input) { result { succeeded } errors { code } }
}
"""
SET_IMPORT = """
mutation ($input: UpdateImportSettingsInput!) {
  updateImportSettings(input: $input) { importSettings { paths } errors { code message } }
}
"""
SET_EXPORT = """
mutation ($input: UpdateExportSettingsInput!) {
  updateExportSettings(input: $input) { exportSettings { fileName } errors { code message } }
}
"""
RUN_IMPORT = """
mutation ($input: RunImportInput!) {
  runImport(input: $input) { operation { id } errors { code message } }
}
"""
RUN_EXPORT = """
mutation ($input: RunExportInput!) {
  runExport(input: $input) { operation { id } errors { code message } }
}
"""
LOG = """
query ($id: ID!) {
  operation(id: $id) {
    isFinal status message counts { name count } entries { nodes { code file account } }
  }
}
"""


class Mailbox:
    """What a mail server was given, by the address that it is for."""

    def __init__(self) -> None:
        self.letters: dict[str, list[str]] = {}

    async def handle_DATA(  # noqa: N802 -- the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        body = letter.get_body()
        assert body is not None
        text = f"{letter['Subject']}\n{body.get_content()}".replace("\r\n", "\n")
        for address in envelope.rcpt_tos:
            self.letters.setdefault(address, []).append(text)
        return "250 OK"


@dataclass
class Stage:
    """The organization UK-77 with its server, its mail and the processes that work for it."""

    own: Committed
    organization: Organization
    manager: Actor
    ftp: FtpAccount
    mailbox: Mailbox
    worker: KvartalProcess

    async def ask(self, document: str, **fields: Any) -> Any:
        """The answer to the manager's mutation on the organization."""
        given = {"input": {"organizationId": self.key, **fields}}
        answer = await self.own.client(document, given, actor=self.manager)
        [payload] = answer["data"].values()
        assert payload.pop("errors") == []
        [found] = payload.values() if payload else [None]
        return found

    @property
    def key(self) -> str:
        return str(encode_id("Organization", self.organization.id))

    async def run(self, document: str) -> dict[str, Any]:
        """Start an exchange and wait for its end; what the log tells of it."""
        operation = await self.ask(document)
        found: dict[str, Any] = {}

        async def is_over() -> bool:
            answer = await self.own.client(LOG, {"id": operation["id"]}, actor=self.manager)
            found.update(answer["data"]["operation"])
            return bool(found["isFinal"])

        await until(is_over, 60)
        found["counts"] = {each["name"]: each["count"] for each in found["counts"]}
        return found

    async def letters(self, address: str, number: int) -> str:
        """The letter of that number to an address, when it has come."""

        async def has_come() -> bool:
            return len(self.mailbox.letters.get(address, [])) >= number

        await until(has_come, 60)
        return self.mailbox.letters[address][number - 1]

    def write(self, path: str, *places: str, organization: str = "UK-77") -> None:
        """A file of the other system on its server."""
        target = self.ftp.root / path.strip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            '<metrics xmlns="urn:kvartal:metrics:1" version="1.0"'
            ' generatedAt="2026-11-24T02:00:00+03:00">'
            f'<organization externalId="{organization}"><object externalId="D-0042">\n'
            + "\n".join(places)
            + "\n</object></organization></metrics>",
            encoding="utf-8",
        )

    @property
    def files(self) -> list[str]:
        """What lies on the server."""
        found = (each for each in self.ftp.root.rglob("*") if each.is_file())
        return sorted(str(each.relative_to(self.ftp.root)) for each in found)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    made, port = Mailbox(), free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


@pytest.fixture
async def stage(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    mailbox: tuple[Mailbox, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    monkeypatch.setenv("KVARTAL_INTEGRATION_ALLOWED_HOSTS", "127.0.0.1")
    load_plugin_settings([IntegrationSettings])
    root = tmp_path / "server"
    root.mkdir()
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(committed())
        ftp = stack.enter_context(ftp_server(root))
        environment = {
            **own.environment,
            "KVARTAL_MAIL_URL": f"smtp+plain://127.0.0.1:{mailbox[1]}",
            "KVARTAL_INTEGRATION_ALLOWED_HOSTS": "127.0.0.1",
        }
        organization = await an_organization(name="УК «Уют»", external_id="UK-77", number=8)
        employee = await manager_of(organization)
        processes = []
        for command in ("worker", "scheduler"):
            process = KvartalProcess(command, environment, tmp_path / f"{command}.log")
            stack.push_async_callback(process.kill)
            await process.start()
            processes.append(process)
        for process in processes:
            await process.started(f"{process.command}.started")
        yield Stage(
            own=own,
            organization=organization,
            manager=await actor_of(employee),
            ftp=ftp,
            mailbox=mailbox[0],
            worker=processes[0],
        )
    monkeypatch.undo()
    load_plugin_settings([IntegrationSettings])


async def manager_of(organization: Organization) -> Employee:
    return await an_employee(
        organization, permissions=[EXCHANGE_MANAGE.code], user=await a_user(email=STARTED_BY)
    )


async def flats_of(organization: Organization, count: int) -> None:
    """The house D-0042 with flats 1… and the accounts 1001…"""
    building = await a_building(organization=organization, external_id="D-0042")
    await resource_settings(building)
    common = {"organization_id": organization.id}
    premises = [
        Premise(building_id=building.id, number=str(n), sort_key=sort_key(str(n)), **common)
        for n in range(1, count + 1)
    ]
    await Premise.bulk_create(premises)
    await Account.bulk_create(
        Account(premise_id=each.id, number=f"{1000 + n}", **common)
        for n, each in enumerate(premises, 1)
    )


def a_place(number: int, *values: str, account: str | None = None) -> str:
    """A flat of a file with one meter and its readings, the last one of this month.

    ``account``: one that is not the flat's, and the flat is not said.
    """
    latest = YearMonth.of(clock.today("Europe/Moscow"))
    months = [latest.shift(before + 1 - len(values)) for before in range(len(values))]
    place = "" if account else f' number="{number}"'
    readings = "".join(
        f'<reading period="{month}" date="{month}-01" t1="{value}"/>'
        for month, value in zip(months, values, strict=True)
    )
    return (
        f'<place{place}><account number="{account or 1000 + number}"><meter>'
        f"<type>COLD_WATER</type><identifier>ХВС-{number}</identifier>"
        f"<readings>{readings}</readings></meter></account></place>"
    )


async def test_an_organization_exchanges_files(stage: Stage) -> None:
    await flats_of(stage.organization, 3)
    server = {"host": stage.ftp.host, "port": stage.ftp.port, "protocol": "FTP"}
    await stage.ask(CONNECT, **server, username=stage.ftp.username, password=stage.ftp.password)
    assert await stage.ask(TEST) == {"succeeded": True}

    # Three files by comma; one flat is not known.
    stage.write("/objects/z84/metrics.xml", a_place(1, "10"), a_place(9, "1", account="7777"))
    stage.write("/objects/p32/metrics.xml", a_place(2, "20"))
    stage.write("/objects/s15/metrics.xml", a_place(3, "30"))
    form = await stage.ask(
        SET_IMPORT, paths=PATHS, emails="report@uk.example", deleteAfterReading=True
    )
    assert form["paths"] == PATHS.split(", ")
    first = await stage.run(RUN_IMPORT)

    assert first["status"] == "SUCCEEDED_WITH_WARNINGS"
    assert first["counts"] == {
        "meters_created": 3,
        "meters_rejected": 1,
        "readings_created": 3,
        "readings_rejected": 1,
    }
    assert first["entries"]["nodes"] == [
        {"code": "W203", "file": "/objects/z84/metrics.xml", "account": "7777"}
    ]
    for address in ("report@uk.example", STARTED_BY):
        letter = await stage.letters(address, 1)
        assert "W203 Лицевой счет «7777» не найден" in letter
    assert stage.files == []

    # All is well: the letter says so, in one word.
    for path, number in zip(PATHS.split(", "), (1, 2, 3), strict=True):
        stage.write(path, a_place(number, str(number * 10 - 5), str(number * 10)))
    second = await stage.run(RUN_IMPORT)

    assert (second["status"], second["entries"]["nodes"]) == ("SUCCEEDED", [])
    letter = await stage.letters("report@uk.example", 2)
    assert "\nОК\n" in letter
    assert stage.files == []

    # The organization is not found: nothing after it is read, and the file stays.
    stage.write("/objects/z84/metrics.xml", a_place(1, "1"), organization="UK-78")
    third = await stage.run(RUN_IMPORT)

    assert third["status"] == "FAILED"
    assert third["message"] == "Организация с внешним идентификатором «UK-78» не найдена"
    assert "E201" in await stage.letters("report@uk.example", 3)
    assert stage.files == ["objects/z84/metrics.xml"]

    # What has come in goes out, under the name that was shown, once nothing earlier can commit.
    imported_at = clock.now()

    async def is_settled() -> bool:
        return await settled_until() > imported_at

    await until(is_settled)
    form = await stage.ask(SET_EXPORT, directory="/out", emails="report@uk.example")
    fourth = await stage.run(RUN_EXPORT)

    assert fourth["status"] == "SUCCEEDED"
    assert fourth["message"] == f"Файл {form['fileName']} выгружен"
    assert stage.files == ["objects/z84/metrics.xml", f"out/{form['fileName']}"]
    exported = (stage.ftp.root / "out" / form["fileName"]).read_text(encoding="utf-8")
    assert exported.count("<reading ") == 6
    renamed = [each for each in stage.ftp.commands if each.startswith(("STOR", "RNTO"))]
    assert renamed[-2].endswith(".tmp")
    assert renamed[-1] == f"RNTO /out/{form['fileName']}"


MONTHS = 25
FLATS = 800


async def test_a_killed_worker_is_made_up_for_and_nothing_is_applied_twice(stage: Stage) -> None:
    await flats_of(stage.organization, FLATS)
    await a_connection(
        stage.organization,
        host=stage.ftp.host,
        port=stage.ftp.port,
        protocol="FTP",
        username=stage.ftp.username,
        password=stage.ftp.password,
    )
    await exchange_settings(
        stage.organization, OperationKind.XML_IMPORT, paths=["/a.xml"], delete_after_reading=True
    )
    values = [str(n) for n in range(MONTHS)]
    stage.write("/a.xml", *(a_place(number, *values) for number in range(1, FLATS + 1)))
    operation = await Operation.get(id=uuid_of("Operation", (await stage.ask(RUN_IMPORT))["id"]))

    async def saved() -> int:
        row = await fetch_one("SELECT count(*) AS found FROM meters_reading")
        assert row is not None
        return int(row["found"])

    for share in (0.2, 0.6):

        async def has_come_so_far(share: float = share) -> bool:
            return await saved() >= share * FLATS * MONTHS

        await until(has_come_so_far, 120)
        await stage.worker.kill()
        await operation.refresh_from_db()
        assert operation.status is OperationStatus.RUNNING
        assert await saved() < FLATS * MONTHS
        # Half a minute passes: the lease of the dead is over.
        await execute(
            "UPDATE kvartal_delivery SET due_at = $1, locked_until = NULL WHERE done_at IS NULL"
            " AND target = 'integration.import_xml'",
            clock.now(),
        )
        await stage.worker.start()

    async def is_over() -> bool:
        await operation.refresh_from_db()
        return operation.finished_at is not None

    await until(is_over, 180)

    assert operation.status is OperationStatus.SUCCEEDED, await fetch(
        "SELECT code, facts FROM integration_operation_entry LIMIT 5"
    )
    assert operation.counts == {"meters_created": FLATS, "readings_created": FLATS * MONTHS}
    assert (await Meter.all().count(), await Reading.all().count()) == (FLATS, FLATS * MONTHS)
    assert operation.done == operation.total
    assert stage.files == []
