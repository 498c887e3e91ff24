"""An estate with readings, a folder for files, and an export over them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.files.storage.policy import Policy, configured
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Account, Building, Organization, Premise
from kvartal.testing.factories import a_building, a_premise, an_account, an_organization
from kvartal_integration.exchange.folder import FolderExchange
from kvartal_integration.exchange.port import FileExchange
from kvartal_integration.exporting.service import export_readings
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.operations.service import running
from kvartal_integration.schedules.models import ExchangeSettings
from kvartal_integration.testing import an_operation, exchange_settings
from kvartal_meters.testing import a_meter, resource_settings

Freeze = Callable[[str | datetime], AbstractContextManager[None]]

BEFORE = "2026-11-20T10:00:00+03:00"
NOW = "2026-11-24T04:00:00+03:00"


class Killed(BaseException):
    """A worker dies: nothing of its own is run any more."""


@dataclass
class Estate:
    """The organization UK-77 with the house D-0042 and the flat 15; ``put``: what to do first."""

    organization: Organization
    building: Building
    premise: Premise
    account: Account
    folder: Path
    before_put: list[Callable[[], None]] = field(default_factory=list)

    @property
    def files(self) -> dict[str, bytes]:
        """What lies on the server, by its path."""
        found = (each for each in self.folder.rglob("*") if each.is_file())
        return {str(each.relative_to(self.folder)): each.read_bytes() for each in found}

    @asynccontextmanager
    async def opened(self, _: UUID) -> AsyncIterator[FileExchange]:
        """The exchange over the folder."""
        estate = self

        class Watched(FolderExchange):
            async def put(self, path: str, content: IO[bytes]) -> None:
                while estate.before_put:
                    estate.before_put.pop()()
                await super().put(path, content)

        yield Watched(self.folder)

    async def settings(self) -> ExchangeSettings:
        """The form of the export."""
        return await ExchangeSettings.get(organization_id=self.organization.id, direction="EXPORT")

    async def told_until(self) -> datetime:
        """Up to when an export has told what there was."""
        found = (await self.settings()).last_started_at
        assert found is not None
        return found


@dataclass(frozen=True)
class Done:
    """An operation that has run."""

    operation: Operation
    entries: list[OperationEntry]

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.entries]


Export = Callable[..., Awaitable[Done]]


@pytest.fixture
def files(db: None, tmp_path: Path) -> Iterator[FolderStore]:
    """The store of files."""
    store = FolderStore(tmp_path / "store")
    with configured(Policy(store, (b"k" * 32,), 400_000)):
        yield store


@pytest.fixture
async def estate(files: FolderStore, tmp_path: Path, frozen_clock: Freeze) -> Estate:
    with frozen_clock(BEFORE):
        organization = await an_organization(external_id="UK-77", inn="7707083893", number=8)
        building = await a_building(
            organization=organization, external_id="D-0042", address="ул. Речников, 7"
        )
        premise = await a_premise(building=building, number="15", external_id="KV-15")
        account = await an_account(premise=premise, number="7700415015")
        await resource_settings(building)
        await exchange_settings(organization, OperationKind.XML_EXPORT)
    folder = tmp_path / "server"
    folder.mkdir()
    return Estate(organization, building, premise, account, folder)


@pytest.fixture
def run_export(estate: Estate) -> Export:
    """Export at a moment: ``await run_export(NOW, whole_month=True)``."""

    async def run(moment: str, operation: Operation | None = None, **request: Any) -> Done:
        given = {"directory": "/out", "name_template": "{companyId}_{date}.xml", **request}
        with clock.frozen(datetime.fromisoformat(moment)):
            operation = operation or await an_operation(
                estate.organization, kind=OperationKind.XML_EXPORT, request=given
            )
            async with running(operation.id) as begun:
                assert begun is not None
                await export_readings(begun, estate.opened)
        await operation.refresh_from_db()
        entries = await OperationEntry.filter(operation_id=operation.id).order_by("number")
        return Done(operation, entries)

    return run


async def flat_meter(estate: Estate, identifier: str = "ХВС-15-1", **fields: Any) -> Any:
    """A meter of the flat."""
    return await a_meter(
        premise=estate.premise, account=estate.account, identifier=identifier, **fields
    )
