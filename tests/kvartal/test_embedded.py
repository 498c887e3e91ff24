import importlib.util
import os
import pwd
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from kvartal import embedded
from kvartal.embedded import (
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    Servers,
    running_servers,
)

Kind = type[EmbeddedPostgres] | type[EmbeddedValkey]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what only root needs")


async def fetch(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def processes() -> str:
    """All command lines and environments that this user can see."""
    return subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout


def valkey(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True)


@pytest.fixture
def common_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that everybody can reach, in the place of the system's."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        home.chmod(0o755)
        monkeypatch.setattr(embedded, "_COMMON_HOME", home / "common")
        yield home


async def test_postgres_keeps_its_data_and_finds_cyrillic_trigrams(
    tmp_path: Path, common_home: Path
) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    with server:
        await fetch(server.url, "CREATE EXTENSION pg_trgm")
        await fetch(server.url, "CREATE TABLE kept AS SELECT 'ж' AS letter")
        assert await fetch(server.url, "SELECT cardinality(show_trgm('ж'))") == 2
        assert await fetch(server.url, "SELECT upper('жё')") == "ЖЁ"
        assert await fetch(server.url, "SHOW listen_addresses") == "127.0.0.1"
        assert await fetch(server.url, "SHOW fsync") == "on"

    server.beside("password").unlink()
    again = EmbeddedPostgres(tmp_path / "postgres")
    with again:
        assert again.url != server.url
        assert await fetch(again.url, "SELECT letter FROM kept") == "ж"


async def test_postgres_recovers_from_a_crash(tmp_path: Path, common_home: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    await fetch(server.url, "CREATE TABLE kept AS SELECT 1 AS one")
    port = server.port

    server.kill()
    pid_file = (tmp_path / "postgres").resolve() / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    server.start()

    assert server.port == port
    assert await fetch(server.url, "SELECT one FROM kept") == 1
    server.stop()
    server.stop()


async def test_postgres_asks_for_its_password_and_shows_it_to_nobody(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetch(server.url.replace(server.password(), "guess"), "SELECT 1")

        assert f"port={server.port}" in processes()
        assert server.password() not in processes()


async def test_postgres_reports_why_it_does_not_start(tmp_path: Path, common_home: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres")
    with server:
        pass
    (tmp_path / "postgres" / "postgresql.conf").write_text("nonsense = 1\n")

    with pytest.raises(EmbeddedError) as refusal:
        server.start()

    assert str(refusal.value).startswith("PostgreSQL did not start: FATAL:  configuration file")
    assert str(tmp_path / "postgres.log") in str(refusal.value)


def test_a_cluster_that_cannot_be_created_is_reported(
    tmp_path: Path, common_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_CTYPE", "no_SUCH")

    with pytest.raises(EmbeddedError, match=r"^PostgreSQL did not start: initdb: error: .*no_SUCH"):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_valkey_keeps_its_data(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / 'a "valkey"') as server, valkey(server.url) as client:
        client.set("kept", "1")

    with EmbeddedValkey(tmp_path / 'a "valkey"') as server, valkey(server.url) as client:
        assert client.get("kept") == "1"


def test_valkey_comes_back_on_its_port_after_a_crash_and_keeps_nothing_in_tests(
    tmp_path: Path,
) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as server:
        url = server.url
        with valkey(url) as client:
            client.set("lost", "1")

        server.kill()
        with pytest.raises(redis.ConnectionError), valkey(url) as client:
            client.ping()
        server.start()

        assert server.url == url
        with valkey(url) as client:
            assert client.get("lost") is None


def test_valkey_asks_for_its_password_and_shows_it_to_nobody(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as server:
        with (
            valkey(f"redis://127.0.0.1:{server.port}") as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()

        assert str(tmp_path / "valkey.conf") in processes()
        assert server.password() not in processes()
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedValkey])
def test_a_busy_port_is_refused(tmp_path: Path, kind: Kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(EmbeddedError, match=rf"^Port {port} of 127\.0\.0\.1 is busy: stop the"):
            kind(tmp_path / "data", port=port).start()


@pytest.mark.parametrize(
    ("kind", "variable"), [(EmbeddedPostgres, "DATABASE_URL"), (EmbeddedValkey, "REDIS_URL")]
)
def test_without_a_wheel_the_address_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, variable: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(
        EmbeddedError, match=rf"^No embedded .* and set {variable} to its address\.$"
    ):
        kind(tmp_path / "data").start()


def test_a_wheel_without_the_program_is_no_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        embedded, "_installed", lambda *_: embedded._installed("pytest/x", "X", "Y")
    )
    monkeypatch.undo()

    with pytest.raises(EmbeddedError, match="No embedded Valkey exists for this system"):
        embedded._installed("pytest/no-such-program", "Valkey", "REDIS_URL")


def test_running_servers_starts_what_is_not_given(tmp_path: Path) -> None:
    with running_servers(tmp_path, durable=False, database_url="postgres://given/x") as servers:
        assert servers.database_url == "postgres://given/x"
        with valkey(servers.redis_url) as client:
            assert client.ping()

    assert not (tmp_path / "postgres").exists()


async def test_running_servers_starts_postgres_where_only_redis_is_given(tmp_path: Path) -> None:
    with running_servers(tmp_path, durable=False, redis_url="redis://given") as servers:
        assert await fetch(servers.database_url, "SELECT 1") == 1
        assert servers == Servers(database_url=servers.database_url, redis_url="redis://given")


@as_root
async def test_under_root_postgres_runs_as_nobody_from_copies_it_can_reach(
    tmp_path: Path, common_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not embedded._open_to_all(tmp_path)
    reachable: Callable[[Path], bool] = embedded._open_to_all
    monkeypatch.setattr(
        embedded, "_open_to_all", lambda path: "site-packages" not in path.parts and reachable(path)
    )

    with EmbeddedPostgres(tmp_path / "postgres") as server:
        owner = server.data_dir.stat()
        assert pwd.getpwuid(owner.st_uid).pw_name == "nobody"
        assert server.data_dir.resolve().is_relative_to(common_home / "common")
        assert await fetch(server.url, "SELECT 1") == 1
    copies = list((common_home / "common").glob("embedded-postgres-*"))
    made = copies[0].stat().st_ctime_ns
    with EmbeddedPostgres(tmp_path / "postgres") as server:
        assert await fetch(server.url, "SELECT 1") == 1

    assert [copy.stat().st_ctime_ns for copy in copies] == [made]


@as_root
async def test_under_root_data_stay_where_nobody_can_reach_them(common_home: Path) -> None:
    with EmbeddedPostgres(common_home / "postgres", durable=False) as server:
        assert not server.data_dir.is_symlink()
        assert await fetch(server.url, "SELECT 1") == 1

    assert not server.data_dir.exists()


@as_root
async def test_under_root_a_link_whose_data_are_gone_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres").symlink_to(tmp_path / "gone")

    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as server:
        assert await fetch(server.url, "SELECT 1") == 1
        assert await fetch(server.url, "SHOW fsync") == "off"

    assert not server.data_dir.is_symlink()


@as_root
def test_under_root_data_of_another_user_are_served_as_that_user(common_home: Path) -> None:
    data = common_home / "postgres"
    data.mkdir(0o700)
    user = pwd.getpwnam("daemon")
    os.chown(data, user.pw_uid, user.pw_gid)

    with EmbeddedPostgres(data, durable=False) as server:
        assert (server.user, server.group) == (user.pw_uid, user.pw_gid)


def test_root_without_a_user_nobody_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", {}.__getitem__)

    with pytest.raises(EmbeddedError, match=r"^PostgreSQL refuses to run as root and this system"):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_the_faster_of_two_copies_stays(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").touch(mode=0o700)
    (package / "pginstall" / "include").mkdir()
    home = tmp_path / "common"
    (home / "copy" / "earlier").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_COMMON_HOME", home)

        embedded._copy_for_all(package, home / "copy")
        embedded._copy_for_all(package, home / "second")

    assert sorted(each.name for each in home.iterdir()) == ["copy", "second"]
    assert [each.name for each in (home / "copy").iterdir()] == ["earlier"]
    copied = home / "second" / "package" / "pginstall"
    assert [each.name for each in copied.iterdir()] == ["bin"]
    assert (copied / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
