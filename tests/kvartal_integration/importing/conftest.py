"""An estate as the example file knows it, a folder of files, and an import over them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kvartal.files.storage.policy import Policy, configured
from kvartal.files.storage.store import FolderStore
from kvartal.housing.models import Account, Building, Organization, Premise
from kvartal.testing.factories import a_building, a_premise, an_account, an_organization
from kvartal_integration.exchange.folder import FolderExchange
from kvartal_integration.exchange.port import FileExchange
from kvartal_integration.importing.service import import_files
from kvartal_integration.operations.models import Operation, OperationEntry
from kvartal_integration.operations.rules import OperationKind
from kvartal_integration.operations.service import running
from kvartal_integration.testing import an_operation
from kvartal_meters.api import ResourceKind
from kvartal_meters.testing import resource_settings

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<metrics xmlns="urn:kvartal:metrics:1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1.0"'
    ' generatedAt="2026-11-24T02:00:00+03:00" readingsMode="{mode}">\n'
    '<organization externalId="{organization}"><object externalId="D-0042">\n'
)
TAIL = "</object></organization></metrics>"


@dataclass(frozen=True)
class Estate:
    """The organization UK-77 with the house D-0042, its flat KV-15 and the account 7700415015."""

    organization: Organization
    building: Building
    premise: Premise
    account: Account
    folder: Path

    def file(self, *meters: str, name: str = "metrics.xml", **changed: str) -> str:
        """A file about the flat's meters; its path."""
        account = changed.pop("account", "7700415015")
        place = changed.pop("place", 'externalId="KV-15" number="15"')
        head = HEAD.format(**{"mode": "append", "organization": "UK-77", **changed})
        body = f'<place {place}><account number="{account}">\n' + "\n".join(meters)
        return self.write(f"{head}{body}\n</account></place>{TAIL}", name)

    def houses(self, *meters: str, name: str = "metrics.xml") -> str:
        """A file about the house's own meters; its path."""
        head = HEAD.format(mode="append", organization="UK-77")
        return self.write(f"{head}<houseMeters>{''.join(meters)}</houseMeters>{TAIL}", name)

    def write(self, content: str, name: str = "metrics.xml") -> str:
        """A file of this content; its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return name


def meter(identifier: str = "ХВС-15-1", *readings: str, **fields: str | None) -> str:
    """A meter of a file; ``house``: what only a house meter has, as it stands in the file."""
    external = fields.pop("external_id", None)
    kind = fields.pop("type", "COLD_WATER")
    initial, house = fields.pop("initial", None), fields.pop("house", None)
    inner = f"<type>{kind}</type><identifier>{identifier}</identifier>"
    for tag, text in fields.items():
        inner += f'<{tag} xsi:nil="true"/>' if text is None else f"<{tag}>{text}</{tag}>"
    inner += f"<initialValues {initial}/>" if initial else ""
    inner += f"<house>{house}</house>" if house else ""
    inner += f"<readings>{''.join(readings)}</readings>" if readings else ""
    named = f' externalId="{external}"' if external else ""
    return f"<meter{named}>{inner}</meter>"


def reading(month: str, *values: str, day: int = 20, **given: str) -> str:
    """A reading of a file."""
    registers = " ".join(f't{n}="{value}"' for n, value in enumerate(values, start=1))
    others = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f'<reading period="{month}" date="{month}-{day:02}" {registers} {others}/>'


@dataclass(frozen=True)
class Done:
    """An operation that has run."""

    operation: Operation
    entries: list[OperationEntry]

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.entries]


Import = Callable[..., Awaitable[Done]]


@pytest.fixture
def files(db: None, tmp_path: Path) -> Iterator[FolderStore]:
    """The store of files."""
    store = FolderStore(tmp_path / "store")
    with configured(Policy(store, (b"k" * 32,), 400_000)):
        yield store


@pytest.fixture
async def estate(files: FolderStore, tmp_path: Path) -> Estate:
    organization = await an_organization(external_id="UK-77")
    building = await a_building(organization=organization, external_id="D-0042")
    premise = await a_premise(building=building, number="15", external_id="KV-15")
    account = await an_account(premise=premise, number="7700415015")
    for kind in (ResourceKind.WATER, ResourceKind.ELECTRICITY):
        await resource_settings(building, kind=kind)
    folder = tmp_path / "server"
    folder.mkdir()
    return Estate(organization, building, premise, account, folder)


@pytest.fixture
def run_import(estate: Estate) -> Import:
    """Import files: ``await run_import("a.xml", delete=True)``."""

    @asynccontextmanager
    async def opened(_: UUID) -> AsyncIterator[FileExchange]:
        yield FolderExchange(estate.folder)

    async def run(*paths: str, **request: Any) -> Done:
        operation = await an_operation(
            estate.organization,
            kind=OperationKind.XML_IMPORT,
            request={"paths": list(paths), **request},
        )
        async with running(operation.id) as begun:
            assert begun is not None
            await import_files(begun, opened)
        await operation.refresh_from_db()
        entries = await OperationEntry.filter(operation_id=operation.id).order_by("number")
        return Done(operation, entries)

    return run
