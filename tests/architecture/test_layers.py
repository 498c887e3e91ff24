"""The layers between packages and inside features, as pyproject.toml draws them."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter import cli

ROOT = Path(__file__).parents[2]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]
SOURCES = {
    "kvartal": ROOT / "platform",
    "kvartal_integration": ROOT / "plugins" / "integration",
    "kvartal_notifications": ROOT / "plugins" / "notifications",
    "kvartal_meters": ROOT / "plugins" / "meters",
}
LAYERS = ["graphql", "tasks", "loaders", "service", "queries", "sources", "models", "rules"]
NOT_FEATURES = {
    "kvartal": "the host itself",
    "kvartal.graphql": "the edge",
    "kvartal.graphql.transports": "the edge",
    "kvartal.db": "the foundation",
    "kvartal.tasks": "the foundation",
    "kvartal_meters": "the plugin itself",
}


def the_contract(name: str) -> dict[str, Any]:
    [found] = [each for each in CONTRACTS if name in each["name"]]
    return found


def features() -> list[str]:
    """Packages in which two layers stand side by side."""
    found = []
    for package, source in SOURCES.items():
        for folder in [source / package, *sorted((source / package).rglob("*/"))]:
            name = ".".join(folder.relative_to(source).parts)
            layers = [
                each
                for each in LAYERS
                if (folder / f"{each}.py").exists() or (folder / each).is_dir()
            ]
            is_layer = {"graphql", "queries", "service", "rules"}.intersection(name.split("."))
            if len(layers) > 1 and not is_layer and "__pycache__" not in name:
                found.append(name)
    return found


def test_the_contracts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_every_feature_is_under_its_contract() -> None:
    under = the_contract("Inside a feature")["containers"]

    assert [name for name in features() if name not in {*under, *NOT_FEATURES}] == []


def test_every_container_is_there() -> None:
    for name in the_contract("Inside a feature")["containers"]:
        package = name.split(".")[0]
        assert SOURCES[package].joinpath(*name.split(".")).is_dir(), name


@pytest.mark.parametrize("layer", ["service", "queries", "rules"])
def test_every_step_and_every_law_is_kept_from_the_edge(layer: str) -> None:
    patterns = the_contract("Steps and SQL know")["source_modules"]
    depths = {
        (pattern.split(".")[0], tuple(pattern.split(".")[1:-1]))
        for pattern in patterns
        if pattern.endswith(f".{layer}")
    }
    for name in the_contract("Inside a feature")["containers"]:
        package, *rest = name.split(".")
        assert any(
            root == package
            and len(middle) == len(rest)
            and all(part in ("*", own) for part, own in zip(middle, rest, strict=True))
            for root, middle in depths
        ), f"{name}.{layer}"


def test_a_breach_breaks_a_contract(tmp_path: Path) -> None:
    package = tmp_path / "kvartal_x"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rules.py").write_text("from kvartal_x import models\n")
    (package / "models.py").touch()
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = kvartal_x\n"
        "[importlinter:contract:1]\nname = Law\ntype = layers\n"
        "layers =\n    models\n    rules\ncontainers = kvartal_x\n"
    )
    lint_imports = ROOT / ".venv" / "bin" / "lint-imports"
    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "kvartal_x.rules is not allowed to import kvartal_x.models" in done.stdout
