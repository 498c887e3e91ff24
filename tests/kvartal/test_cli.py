"""The command line."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from kvartal import cli, clock
from kvartal.cli import main
from kvartal.db import migrations
from kvartal.db.connection import fetch
from kvartal.graphql.schema import build_schema, print_sdl
from kvartal.host import Host, load_registry
from kvartal.settings import FIRST_PARTY
from kvartal.tasks.retention import sweep_outbox
from kvartal.tasks.schedule import claim
from kvartal.testing.host import Committed, TestHost
from kvartal.testing.processes import free_port, running_process
from kvartal.testing.watch import until

Output = pytest.CaptureFixture[str]


@pytest.fixture
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sdl(*plugins: str) -> str:
    return print_sdl(build_schema(load_registry(plugins).plugins))


def test_plugins_are_listed_in_their_order(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PLUGINS", "photos,meters")

    assert main(["plugins"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["kvartal", "Платформа"],
        ["meters", "Приборы", "учёта", "и", "показания"],
        ["photos", "Фотографии", "домов", "after", "meters"],
    ]


def test_a_bad_plugin_is_one_sentence(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PLUGINS", "weather")

    assert main(["plugins"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "kvartal: Plugin weather is not installed"
        " (installed: integration, meters, notifications, photos)\n",
    )


@pytest.mark.parametrize("command", ["serve", "worker", "scheduler"])
def test_no_process_starts_without_its_settings(
    command: str, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "KVARTAL_DATABASE_URL", "REDIS_URL", "KVARTAL_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert main([command]) == 1
    assert "Setting KVARTAL_DATABASE_URL: Field required" in capsys.readouterr().err


def test_a_command_that_is_unknown_is_told(capsys: Output) -> None:
    with pytest.raises(SystemExit) as left:
        main(["dance"])

    assert left.value.code == 2
    assert "invalid choice: 'dance'" in capsys.readouterr().err


def test_ctrl_c_is_no_failure_to_be_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load_registry", interrupt)

    assert main(["plugins"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_elsewhere")
def test_the_schema_is_printed_written_and_checked(capsys: Output) -> None:
    file = Path("schema.graphql")

    assert main(["schema"]) == 0
    assert capsys.readouterr().out == sdl(*FIRST_PARTY)

    assert main(["schema", "--check"]) == 1
    assert capsys.readouterr().err == (
        "kvartal: schema.graphql is not what the code prints: kvartal schema --write\n"
    )
    assert main(["schema", "--write"]) == 0
    assert file.read_text(encoding="utf-8") == sdl(*FIRST_PARTY)
    assert main(["schema", "--check"]) == 0

    file.write_text(file.read_text(encoding="utf-8") + "type Odd { a: Int }\n", encoding="utf-8")
    assert main(["schema", "--check"]) == 1


def test_the_schema_is_that_of_the_chosen_plugins(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KVARTAL_PLUGINS", "photos")

    assert main(["schema"]) == 0
    assert capsys.readouterr().out == sdl("photos")


def test_a_new_migration_needs_a_name(capsys: Output) -> None:
    assert main(["db", "make"]) == 1
    assert "kvartal db make needs a name: kvartal db make add_photos" in capsys.readouterr().err


def test_where_the_models_have_not_changed_there_is_nothing_to_make(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KVARTAL_PLUGINS", "meters,photos")

    assert main(["db", "make", "nothing", "--plugin", "photos"]) == 0
    assert capsys.readouterr().out == "the models have not changed\n"


def test_a_migration_that_is_made_is_named(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def make(*_: object, empty: bool) -> Path:
        assert empty
        return tmp_path / "0002_more.py"

    monkeypatch.setattr(migrations, "make", make)

    assert main(["db", "make", "more", "--plugin", "meters", "--empty"]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / '0002_more.py'}\n"


@pytest.mark.parametrize(("problems", "code"), [([], 0), (["meters: no file", "b"], 1)])
def test_the_migrations_are_checked(
    problems: list[str], code: int, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(*_: object) -> list[str]:
        return problems

    monkeypatch.setattr(migrations, "check", check)

    assert main(["db", "check"]) == code
    assert capsys.readouterr().out.splitlines() == problems


def test_a_database_is_migrated_once(
    host: TestHost, postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("KVARTAL_DATABASE_URL", postgres_url)
    monkeypatch.setenv("KVARTAL_REDIS_URL", host.servers.redis_url)
    monkeypatch.setenv("KVARTAL_SECRET_KEY", "k" * 32)
    monkeypatch.setattr(cli, "configure_logs", lambda _: None)
    try:
        assert main(["db", "migrate"]) == 0
        first = capsys.readouterr().out.splitlines()
        assert main(["db", "migrate"]) == 0
        second = capsys.readouterr().out
    finally:
        host.host.use()

    assert first[0] == "applied kvartal/0001_extensions"
    assert any(line.startswith("applied meters/0001") for line in first)
    assert first[-1] == f"{len(first) - 1} migrations applied"
    assert second == "nothing to apply\n"


@pytest.mark.committed
async def test_an_administrator_is_appointed_and_told_of(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async def run(own: Committed, *more: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kvartal.cli", "administrator", "First@example.org", *more),
            env={
                "PATH": os.defpath,
                **own.environment,
                "KVARTAL_PASSWORD_URL": "https://a.test/set",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        lines = [line for line in (out + err).decode().splitlines() if not line.startswith("{")]
        return process.returncode, "\n".join(lines)

    async with committed() as own:
        refused = await run(own, "--organization", "7")
        code, told = await run(own, "--organization", "7", "--name", "УК «Луч»")
        again, nothing = await run(own, "--organization", "7")

    assert refused == (1, "kvartal: There is no organization 7: --name makes it")
    whose, new, link = told.splitlines()
    assert (code, whose) == (0, "First@example.org is an administrator of 7, УК «Луч»")
    assert new.startswith("new rights of the role: auth.audit.view, ")
    assert "meters.reading.submit" in new
    assert link.startswith("within three days a password is set by: https://a.test/set#")
    assert (again, nothing.splitlines()[1]) == (0, "new rights of the role: none")


def test_the_demo_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    from kvartal.demo import run

    asked: dict[str, object] = {}

    def run_demo(**options: object) -> int:
        asked.update(options)
        return 0

    monkeypatch.setattr(run, "run_demo", run_demo)

    assert main(["demo", "--fresh", "--port", "9000"]) == 0
    assert asked["fresh"] is True
    assert asked["port"] == 9000


@pytest.mark.committed
async def test_the_three_processes_start_work_and_stop(
    committed: Callable[[], AbstractAsyncContextManager[Committed]], tmp_path: Path
) -> None:
    async with committed() as own:
        port = free_port()
        environment = {**own.environment, "KVARTAL_PORT": str(port)}
        async with (
            running_process("serve", environment, tmp_path / "web", "Uvicorn running on") as web,
            running_process("worker", environment, tmp_path / "worker", "worker.started") as worker,
            running_process(
                "scheduler", environment, tmp_path / "scheduler", "scheduler.started"
            ) as scheduler,
        ):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                ready = await client.get("/readyz")
            await claim(sweep_outbox, clock.now())

            async def swept() -> bool:
                sql = "SELECT 1 FROM kvartal_delivery WHERE target = $1 AND done_at IS NOT NULL"
                return bool(await fetch(sql, sweep_outbox.name))

            await until(swept, 30)
            codes = await asyncio.gather(web.stop(), worker.stop(), scheduler.stop())

    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    # uvicorn ends itself by the signal that it was told to stop with, after it has drained.
    assert list(codes) == [-signal.SIGTERM, 0, 0]
    assert "Finished server process" in web.log.read_text()
    assert "worker.stopped" in worker.log.read_text()
    assert "scheduler.stopped" in scheduler.log.read_text()


@pytest.mark.parametrize(
    ("command", "module", "run"),
    [
        ("serve", "kvartal.asgi", "serve"),
        ("worker", "kvartal.worker", "run_worker"),
        ("scheduler", "kvartal.scheduler", "run_scheduler"),
    ],
)
def test_each_process_gets_the_host(
    command: str, module: str, run: str, host: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[Host] = []

    async def run_it(given: Host) -> None:
        got.append(given)

    monkeypatch.setattr(cli, "_host", lambda: host.host)
    monkeypatch.setattr(f"{module}.{run}", got.append if command == "serve" else run_it)

    assert main([command]) == 0
    assert got == [host.host]


def test_whatever_else_goes_wrong_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "load_registry", fail)

    with pytest.raises(ZeroDivisionError):
        main(["plugins"])
