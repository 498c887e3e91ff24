import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kvartal.db.chain import UNWRITTEN
from kvartal.db.connection import tortoise_config
from kvartal.db.migrations import Chain, check, make

HOST, PLUG = Chain("host_x", "host_x"), Chain("plug_x", "plug_x")
NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"
IMPORTS = """
from tortoise import fields
from tortoise.fields import CASCADE, RESTRICT
from tortoise.models import Model
"""

Query = Callable[[str], Awaitable[list[Any]]]


@dataclass(frozen=True)
class Scratch:
    """Two packages with models, the second's referring to the first's; made anew by each test."""

    folder: Path

    house = """
class House(Model):
    id = fields.UUIDField(primary_key=True)
    street = fields.CharField(max_length=100, db_index=True)
    part_of = fields.ForeignKeyField("host_x.House", "parts", on_delete=RESTRICT, null=True)
    class Meta:
        table = "host_x_house"
        app = "host_x"
"""
    flat = """
class Flat(Model):
    house = fields.ForeignKeyField("host_x.House", "flats", on_delete=RESTRICT)
    number = fields.IntField(default=1)
    class Meta:
        table = "host_x_flat"
        app = "host_x"
        unique_together = (("house", "number"),)
"""
    device = """
class Device(Model):
    house = fields.ForeignKeyField("host_x.House", "plug_devices", on_delete=RESTRICT)
    class Meta:
        table = "plug_x_device"
        app = "plug_x"
"""
    unlinked = device.replace("house = ", "#")
    host, plug = HOST, PLUG
    chains = (HOST, PLUG)
    alone = (HOST,)

    def models(self, *, host: str, plug: str = device) -> None:
        """Write the models of both; what is loaded of their earlier ones is forgotten."""
        for package, classes in (("host_x", host), ("plug_x", plug)):
            (self.folder / package).mkdir(exist_ok=True)
            (self.folder / package / "__init__.py").touch()
            path = self.folder / package / "models.py"
            path.write_text(IMPORTS + classes, encoding="utf-8")
        self.forget()

    def forget(self) -> None:
        sys.path_importer_cache.clear()
        for name in [name for name in sys.modules if name.split(".")[0] in {"host_x", "plug_x"}]:
            del sys.modules[name]

    def config(
        self, url: str = NOWHERE, *apps: str, statement_timeout_ms: int = 5000
    ) -> dict[str, Any]:
        modules = {app: [f"{app}.models"] for app in apps or ("host_x", "plug_x")}
        return tortoise_config(url, modules, pool_size=2, statement_timeout_ms=statement_timeout_ms)

    async def make(self, app: str, name: str, *, empty: bool = False) -> str:
        """Make a migration, without a database; its text, empty if there was nothing to make."""
        path = await make(self.config(), self.chains, app, name, empty=empty)
        return path.read_text(encoding="utf-8") if path else ""

    async def check(self) -> list[str]:
        return await check(self.config(), self.chains)

    async def check_alone(self) -> list[str]:
        """Check both, the second having no models."""
        return await check(self.config(NOWHERE, "host_x"), self.chains)

    async def make_both(self, *, host: str, plug: str = device) -> None:
        self.models(host=host, plug=plug)
        await self.make("host_x", "init")
        await self.make("plug_x", "init")

    async def make_by_hand(self, name: str, sql: str, *, transaction: bool = True) -> None:
        """Make a migration of the host that holds this SQL."""
        path = await make(self.config(), self.chains, "host_x", name, empty=True)
        assert path is not None
        text = path.read_text(encoding="utf-8").replace(f"{UNWRITTEN};", sql)
        text = text.replace("RUN_IN_TRANSACTION = True", f"RUN_IN_TRANSACTION = {transaction}")
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    packages = Scratch(tmp_path)
    yield packages
    packages.forget()


@pytest.fixture
async def query(postgres_url: str) -> Query:
    async def ask(sql: str) -> list[Any]:
        connection = await asyncpg.connect(postgres_url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return ask


@dataclass(frozen=True)
class Tables:
    """What the database has come to."""

    query: Query

    async def columns(self, table: str) -> set[str]:
        rows = await self.query(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        )
        return {name for (name,) in rows}

    async def foreign_keys(self, table: str) -> set[str]:
        rows = await self.query(
            "SELECT confrelid::regclass::text FROM pg_constraint"
            f" WHERE contype = 'f' AND conrelid = '{table}'::regclass"
        )
        return {name for (name,) in rows}


@pytest.fixture
def tables(query: Query) -> Tables:
    return Tables(query)
