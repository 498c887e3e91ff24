"""docs/plugin-contract.md tells all fields and names that there are, and its plugin works."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from ast import unparse
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.docs.page import PAGE, files, rows, write_files

from kvartal import plugin as contract
from kvartal.db import migrations
from kvartal.db.connection import tortoise_config
from kvartal.graphql.schema import build_schema, print_sdl
from kvartal.host import load_registry

DATACLASSES = (
    contract.Plugin,
    contract.GraphQLPart,
    contract.PluginPart,
    contract.Permission,
    contract.NodeKind,
    contract.HomeWidgetKind,
    contract.Example,
)
PLATFORM = Path(contract.__file__).parent


def names_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: kind.__name__)
def test_every_field_is_documented_with_its_type(kind: type) -> None:
    [declared] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(declared, ast.ClassDef)
    fields = [each for each in declared.body if isinstance(each, ast.AnnAssign)]

    documented = list(rows(kind.__name__))

    assert [cells[0] for cells in documented] == [f"`{_signature(each)}`" for each in fields]
    assert [cells[0] for cells in documented if not cells[1].endswith(".")] == []


def _signature(field: ast.AnnAssign) -> str:
    annotation = field.annotation
    kind = str(annotation.value) if isinstance(annotation, ast.Constant) else unparse(annotation)
    return f"{unparse(field.target)}: {kind}{' = …' if field.value else ''}"


def test_every_dataclass_of_the_contract_is_documented() -> None:
    classes = {name for name in contract.__all__ if inspect.isclass(getattr(contract, name))}

    assert classes == {kind.__name__ for kind in DATACLASSES}


def test_the_public_surface_is_what_the_modules_offer() -> None:
    documented = {
        name.strip("`"): sorted(names_in(ours) + names_in(hosts))
        for name, ours, hosts in rows("The public surface")
    }

    offered = {name: sorted(importlib.import_module(name).__all__) for name in documented}

    assert documented == offered


def test_every_api_is_on_the_public_surface() -> None:
    apis = {f"kvartal.{path.parent.name}.api" for path in PLATFORM.glob("*/api.py")}

    assert apis <= {cells[0].strip("`") for cells in rows("The public surface")}


def test_the_plugin_uses_nothing_but_the_public_surface() -> None:
    allowed = {name.strip("`"): names_in(ours) for name, ours, _ in rows("The public surface")}
    # Those fit their parent package: `from kvartal import clock, live`.
    allowed["kvartal"] = [name.removeprefix("kvartal.") for name in allowed]
    used = [
        (name, node.module, each.name)
        for name, text in files().items()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "kvartal"
        for each in node.names
    ]

    assert [found for found in used if found[2] not in allowed.get(str(found[1]), [])] == []
    assert len(used) > 30


def test_the_page_stays_readable() -> None:
    prose = re.sub(r"^```\w+ .*?^```$", "", PAGE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)

    # A module more is a row more.
    lines = [line for line in prose.splitlines() if not line.startswith("| `kvartal.")]

    assert len(lines) <= 272


def test_its_entry_point_is_that_of_its_plugin() -> None:
    project = tomllib.loads(files()["pyproject.toml"])["project"]

    assert project["entry-points"] == {"kvartal.plugins": {"notes": "kvartal_notes.plugin:plugin"}}


async def test_its_plugin_loads_and_its_migration_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    write_files(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    plugin = importlib.import_module("kvartal_notes.plugin").plugin
    registry = load_registry(["meters"], [plugin])
    config = tortoise_config(
        postgres_url, registry.models, pool_size=2, statement_timeout_ms=30_000
    )

    made = await migrations.make(config, registry.chains, "notes", "first")
    applied = await migrations.migrate(config, registry.chains)

    assert made == tmp_path / "kvartal_notes" / "migrations" / "0001_first.py"
    assert applied[-1] == "notes/0001_first"
    faults = await migrations.check(config, registry.chains)
    assert [fault for fault in faults if fault.startswith("notes")] == []
    assert "latestNote: Note" in print_sdl(build_schema(registry.plugins))


def test_its_wheel_has_all_that_lies_in_the_package(tmp_path: Path) -> None:
    write_files(tmp_path)
    migrations_dir = tmp_path / "kvartal_notes" / "migrations"
    migrations_dir.mkdir()
    (migrations_dir / "0001_first.py").touch()

    built = _run(tmp_path, {"PATH": os.defpath}, "hatchling", "build", "--target", "wheel")

    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (tmp_path / "dist").iterdir()
    shipped = ("locale/ru.po", "locale/en.po", "migrations/0001_first.py", "plugin.py")
    assert {f"kvartal_notes/{name}" for name in shipped} <= set(ZipFile(wheel).namelist())


def test_its_own_tests_pass(tmp_path: Path) -> None:
    write_files(tmp_path)
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "KVARTAL_PLUGINS": "meters,notes",
    }

    made = _run(tmp_path, environment, "kvartal.cli", "db", "make", "first", "--plugin", "notes")
    tested = _run(tmp_path, environment, "pytest", "-q", "-p", "no:cacheprovider", "test_notes.py")

    assert made.returncode == 0, made.stdout + made.stderr
    assert (tmp_path / "kvartal_notes" / "migrations" / "0001_first.py").is_file()
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "7 passed" in tested.stdout


def _run(
    place: Path, environment: dict[str, str], *command: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
