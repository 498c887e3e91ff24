"""compose.yaml, read as Compose reads it."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from kvartal.cli import _parser
from kvartal.settings import Settings
from kvartal_integration.settings import IntegrationSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "scheduler", "web", "worker")


def test_it_runs_the_servers_the_migration_and_the_three_processes() -> None:
    assert sorted(SERVICES) == ["migrate", "postgres", "scheduler", "valkey", "web", "worker"]
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"] == "valkey/valkey:9"
    commands = {name: shlex.join(SERVICES[name]["command"]) for name in OURS}
    assert commands == {
        "migrate": "db migrate",
        "scheduler": "scheduler",
        "web": "serve",
        "worker": "worker",
    }
    for command in commands.values():
        _parser().parse_args(command.split())


@pytest.mark.parametrize("name", [*OURS, "valkey"])
def test_a_container_can_write_nothing_and_do_nothing_beyond_its_work(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [each.partition(":")[0] for each in service["tmpfs"]] == ["/tmp"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", OURS)
def test_each_thread_of_a_worker_has_room_for_a_file(name: str) -> None:
    [tmpfs] = SERVICES[name]["tmpfs"]
    gigabytes = re.fullmatch(r"/tmp:mode=1777,size=(\d+)g", tmpfs)
    megabytes = IntegrationSettings.model_fields["import_megabytes"].default

    assert gigabytes is not None
    threads = Settings.model_fields["worker_threads"].default
    assert int(gigabytes[1]) * 2**30 > threads * megabytes * 1_000_000


@pytest.mark.parametrize("name", OURS)
def test_key_files_that_settings_name_are_there_to_be_read(name: str) -> None:
    *_, keys = SERVICES[name]["volumes"]
    source, target, mode = keys.split(":")

    assert (source, mode) == ("./keys", "ro")
    assert f"`{target}/…`" in README


def test_what_is_backed_up_and_restored_is_what_runs() -> None:
    chapter = README.partition("### With Compose")[2].partition("\n## ")[0]
    used = re.findall(r"docker compose (?:exec -T|run --rm \S+ \S+) (\w+) (\w+|--\w+)", chapter)

    assert used == [
        ("postgres", "pg_dump"),
        ("migrate", "--create"),
        ("postgres", "pg_restore"),
        ("postgres", "psql"),
        ("migrate", "--extract"),
    ]
    owner = SERVICES["postgres"]["environment"]
    assert re.findall(r"--username=(\w+)", chapter) == [owner["POSTGRES_USER"]] * 3
    assert f"--dbname={owner['POSTGRES_DB']} < kvartal.dump" in chapter
    directories = set(re.findall(r"--directory=(\S+)", chapter))
    assert directories == {SERVICES["migrate"]["volumes"][0].partition(":")[2]}


def test_every_container_that_stays_is_watched_and_restarted() -> None:
    for name, service in SERVICES.items():
        if name == "migrate":
            assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
        else:
            assert service["restart"] == "unless-stopped"
            # The image's own check, of /livez, is the web process's.
            assert ("healthcheck" in service) == (name != "web")


@pytest.mark.parametrize("name", ["scheduler", "web", "worker"])
def test_a_process_starts_on_a_migrated_database(name: str) -> None:
    assert {key: each["condition"] for key, each in SERVICES[name]["depends_on"].items()} == {
        "postgres": "service_healthy",
        "valkey": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_only_web_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${KVARTAL_PUBLISHED_PORT:-8000}:8000"]}


def test_the_database_finds_cyrillic() -> None:
    arguments = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()

    assert arguments == [
        "--encoding=UTF8",
        "--locale=C",
        "--lc-ctype=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_no_secret_stands_in_the_file_and_none_may_be_left_out() -> None:
    named = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))

    assert named == {
        "KVARTAL_PUBLISHED_PORT",
        "KVARTAL_VERSION",
        "POSTGRES_PASSWORD",
        "VALKEY_PASSWORD",
    }
    for name in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD"):
        uses = re.findall(r"(?<!\$)\$\{" + name + r"[^}]*\}", TEXT)
        assert set(uses) == {f"${{{name}:?set it in .env}}"}


def test_the_files_lie_in_one_place_for_all_processes() -> None:
    for name in OURS:
        assert SERVICES[name]["volumes"][0] == "files:/var/lib/kvartal/files"
    assert sorted(COMPOSE["volumes"]) == ["files", "postgres"]


def test_what_it_sets_are_settings() -> None:
    known = {f"KVARTAL_{name.upper()}" for name in Settings.model_fields}

    for name in OURS:
        assert SERVICES[name]["env_file"] == ".env"
        assert set(SERVICES[name]["environment"]) <= known | {"DATABASE_URL", "REDIS_URL"}
