"""The commands of deploy/README.md for backing up and restoring, as an operator runs them."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import pytest

from kvartal.db import migrations
from kvartal.embedded import EmbeddedError, EmbeddedPostgres
from kvartal.host import Host
from kvartal.testing.databases import drop_database, url_of
from kvartal.testing.factories import a_building
from kvartal.testing.host import Committed

README = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")
CHAPTER = README.partition("## Back up and restore")[2].partition("\n##")[0]
COMMANDS = "\n".join(re.findall(r"```sh\n(.*?)```", CHAPTER, re.DOTALL))

pytestmark = pytest.mark.committed


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Where pg_dump and the others are that belong to the embedded server."""
    try:
        return EmbeddedPostgres(tmp_path / "unused")._programs()
    except EmbeddedError:
        pytest.skip("no pg_dump of the server's version here")


async def contents(url: str) -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return {
            name: sorted(
                row["all"]
                for row in await connection.fetch(f'SELECT t::text AS all FROM "{name}" t')
            )
            for [name] in tables
        }
    finally:
        await connection.close()


async def catalogue(url: str) -> list[str]:
    """The names of indexes, constraints, functions and extensions."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT conname FROM pg_constraint"
            " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " UNION ALL SELECT extname FROM pg_extension ORDER BY 1"
        )
        return [row[0] for row in rows]
    finally:
        await connection.close()


async def locale(url: str) -> dict[str, object]:
    """By whose rules, and by which, the database compares, and what becomes of a capital."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "SELECT datlocprovider, datlocale, datcollate, datctype, lower('Ё') AS lowered"
            " FROM pg_database WHERE datname = current_database()"
        )
        assert row["lowered"] == "ё"
        return dict(row)
    finally:
        await connection.close()


async def test_what_was_backed_up_is_restored_and_serves(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    programs: Path,
    tmp_path: Path,
) -> None:
    async with committed() as own:
        await a_building(address="улица Ёлочная, дом 1")
        url = own.host.settings.database_url.get_secret_value()
        restored = url_of(url, "kvartal_restored")
        (tmp_path / "files" / "ab").mkdir(parents=True)
        (tmp_path / "files" / "ab" / "passport").write_bytes(b"%PDF")
        await drop_database(url, "kvartal_restored")
        try:
            done = await asyncio.to_thread(
                subprocess.run,
                ["/bin/sh", "-ec", COMMANDS],
                cwd=tmp_path,
                env={
                    "PATH": f"{programs}{os.pathsep}{os.defpath}",
                    "DATABASE_URL": url,
                    "RESTORED_URL": restored,
                    "KVARTAL_FILES_DIR": str(tmp_path / "files"),
                    "RESTORED_FILES_DIR": str(tmp_path / "restored"),
                },
                capture_output=True,
                text=True,
                check=False,
            )

            assert (done.returncode, done.stderr) == (0, "")
            before = await contents(url)
            assert "улица Ёлочная" in str(before["kvartal_building"])
            assert await contents(restored) == before
            assert await catalogue(restored) == await catalogue(url)
            assert await locale(restored) == await locale(url)
            assert (tmp_path / "restored" / "ab" / "passport").read_bytes() == b"%PDF"
            settings = own.host.settings.model_copy(
                update={"database_url": type(own.host.settings.database_url)(restored)}
            )
            host = Host(settings, own.host.registry)
            assert await migrations.migrate(host.tortoise, host.registry.chains) == []
        finally:
            await drop_database(url, "kvartal_restored")
