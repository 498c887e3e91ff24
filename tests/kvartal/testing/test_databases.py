from collections.abc import Iterator

import asyncpg
import pytest

from kvartal.embedded import EmbeddedPostgres
from kvartal.testing.databases import create_database, drop_database, url_of


@pytest.fixture(scope="module")
def admin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("databases") / "postgres"
    with EmbeddedPostgres(data, durable=False) as server:
        yield server.url


async def test_a_copy_has_what_its_template_has_and_does_not_share_it(admin_url: str) -> None:
    await create_database(admin_url, "template")
    connection = await asyncpg.connect(url_of(admin_url, "template"))
    await connection.execute("CREATE TABLE one AS SELECT 1 AS value")
    await connection.close()

    await create_database(admin_url, 'a "copy"', "template")

    connection = await asyncpg.connect(url_of(admin_url, 'a "copy"'))
    assert await connection.fetchval("SELECT value FROM one") == 1
    await connection.execute("DROP TABLE one")
    await connection.close()
    connection = await asyncpg.connect(url_of(admin_url, "template"))
    assert await connection.fetchval("SELECT value FROM one") == 1
    await connection.close()


async def test_a_database_is_dropped_with_its_sessions_and_dropping_nothing_is_fine(
    admin_url: str,
) -> None:
    await create_database(admin_url, "used")
    connection = await asyncpg.connect(url_of(admin_url, "used"))

    await drop_database(admin_url, "used")
    await drop_database(admin_url, "used")

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url_of(admin_url, "used"))
    connection.terminate()


def test_an_address_keeps_its_server_and_options() -> None:
    given = "postgres://u:p@host:5433/postgres?ssl=require"

    assert url_of(given, "a/b") == "postgres://u:p@host:5433/a%2Fb?ssl=require"
