"""The demo's own file server: what it serves, whom it lets in, and exchanges over it."""

import ftplib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.kvartal_integration.conftest import Allow

from kvartal import sealing
from kvartal.auth.models import Employee
from kvartal.demo import seed as data
from kvartal.demo.api import DemoServer, Tenant, demo_id
from kvartal.files.storage.policy import Policy, configured
from kvartal.files.storage.store import FolderStore
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import actor_of
from kvartal.testing.host import Committed
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.connections.service.opening import opened
from kvartal_integration.demo import server
from kvartal_integration.demo.seed import PATHS
from kvartal_integration.demo.server import DemoFtp
from kvartal_integration.exporting.service import export_readings
from kvartal_integration.importing.service import import_files
from kvartal_integration.metrics_xml.parsing import read_blocks
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.operations.service import Run, running
from kvartal_integration.testing import an_operation

COMPANY = demo_id("organization", Tenant.COMPANY)
CONNECTION = demo_id("exchange_connection", Tenant.COMPANY)
TEST = """
mutation ($input: TestExchangeConnectionInput!) {
  testExchangeConnection(input: $input) { result { succeeded } errors { code } }
}
"""

pytestmark = pytest.mark.committed


@pytest.fixture
def offered(tmp_path: Path) -> DemoServer:
    found = server(tmp_path)
    assert found is not None
    return found


@pytest.fixture
async def own(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    offered: DemoServer,
    integration_settings: Allow,
    tmp_path: Path,
) -> AsyncIterator[Committed]:
    """The demo's database, with the server running."""
    integration_settings(allowed_hosts=offered.settings["KVARTAL_INTEGRATION_ALLOWED_HOSTS"])
    store = FolderStore(tmp_path / "store")
    async with committed() as made:
        with configured(Policy(store, (b"k" * 32,), 400_000)), offered.server:
            sealing.configure(made.host.settings)
            await data.seed(made.host.registry, "kv_x")
            await offered.prepare()
            yield made


async def done(kind: OperationKind, carry_out: Callable[[Run], Any], **request: Any) -> Operation:
    operation = await an_operation(await Organization.get(id=COMPANY), kind=kind, request=request)
    async with running(operation.id) as run:
        assert run is not None
        await carry_out(run)
    await operation.refresh_from_db()
    return operation


async def test_what_the_settings_name_is_imported_and_exports_go_there(
    own: Committed, offered: DemoServer
) -> None:
    imported = await done(
        OperationKind.XML_IMPORT, lambda run: import_files(run, opened), paths=PATHS
    )
    again = await done(OperationKind.XML_IMPORT, lambda run: import_files(run, opened), paths=PATHS)
    exported = await done(
        OperationKind.XML_EXPORT,
        lambda run: export_readings(run, opened),
        directory="/export",
        name_template="metrics_{companyId}.xml",
        whole_month=True,
    )

    entries = await OperationEntry.filter(operation_id=imported.id)
    assert imported.status is OperationStatus.SUCCEEDED_WITH_WARNINGS
    assert {each.code for each in entries if not each.code.startswith("W306")} == {"W203"}
    assert imported.counts["readings_created"] > 20
    assert "meters_created" not in imported.counts
    assert again.counts["readings_unchanged"] == imported.counts["readings_created"]
    assert exported.counts["readings_exported"] > imported.counts["readings_created"]
    [file] = (offered.server.data_dir / "export").iterdir()
    with file.open("rb") as content:
        assert len(list(read_blocks(content, name=file.name))) > 20


async def test_the_connection_is_tried_with_success(own: Committed) -> None:
    employee = await Employee.filter(organization_id=COMPANY, all_buildings=True).first()
    assert employee is not None

    answer = await own.client(
        TEST,
        {"input": {"organizationId": encode_id("Organization", COMPANY)}},
        actor=await actor_of(employee),
    )

    assert answer["data"]["testExchangeConnection"] == {"result": {"succeeded": True}, "errors": []}


async def test_at_the_next_start_files_stay_and_the_port_is_the_new_one(
    own: Committed, offered: DemoServer
) -> None:
    file = offered.server.data_dir / PATHS[0].strip("/")
    file.write_text("mine")
    offered.server.stop()
    offered.server.port = None
    offered.server.start()

    await offered.prepare()

    assert file.read_text() == "mine"
    connection = await ExchangeConnection.get(id=CONNECTION)
    assert connection.host == "127.0.0.1"
    assert connection.port == offered.server.port


async def test_a_connection_of_their_own_is_left_to_people(
    own: Committed, offered: DemoServer
) -> None:
    await ExchangeConnection.filter(id=CONNECTION).update(host="ftp.uk.example")

    await offered.prepare()

    assert (await ExchangeConnection.get(id=CONNECTION)).host == "ftp.uk.example"


async def test_without_the_organizations_external_id_there_is_nothing_to_write(
    own: Committed, offered: DemoServer
) -> None:
    offered.server.stop()
    offered.server.discard()
    await Organization.filter(id=COMPANY).update(external_id=None)
    offered.server.start()

    await offered.prepare()

    assert list(offered.server.data_dir.iterdir()) == []


def test_it_lets_in_who_has_the_password_alone(tmp_path: Path) -> None:
    with DemoFtp(tmp_path / "ftp") as ftp, ftplib.FTP() as client:
        client.connect("127.0.0.1", ftp.port or 0, timeout=10)
        with pytest.raises(ftplib.error_perm):
            client.login("exchange", "another")
        client.login("exchange", ftp.password())
        client.mkd("/out")
        client.storbinary("STOR /out/файл.xml", io.BytesIO(b"<a/>"))

        assert client.nlst("/out") == ["файл.xml"]
        assert ftp.url == f"ftp://exchange@127.0.0.1:{ftp.port}"
        assert (tmp_path / "ftp/out/файл.xml").read_bytes() == b"<a/>"

    assert not ftp.is_ready()


def test_hosts_that_the_installation_allows_stay_allowed(
    tmp_path: Path, integration_settings: Allow
) -> None:
    integration_settings(allowed_hosts="ftp.lan")

    found = server(tmp_path)

    assert found is not None
    assert found.settings == {"KVARTAL_INTEGRATION_ALLOWED_HOSTS": "127.0.0.1,ftp.lan"}
    assert str(tmp_path / "ftp") in found.told


def test_where_its_library_is_missing_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    assert server(tmp_path) is None
