"""The folder tree: what may stand where, and how much of it."""

import ast
from pathlib import Path

import pytest

from kvartal.testing.lint import lint

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if path.is_dir())
PACKAGES = [ROOT / "platform" / "kvartal", *(p / f"kvartal_{p.name}" for p in PLUGINS)]
MAX_LINES = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}


def modules() -> list[Path]:
    return [
        file
        for package in PACKAGES
        for file in sorted(package.rglob("*.py"))
        if "migrations" not in file.parts
    ]


def test_the_house_rules_are_kept() -> None:
    assert lint([*PACKAGES, ROOT / "tests" / "dummy_plugin"]) == []


def test_source_roots_and_tests_are_no_packages() -> None:
    roots = [ROOT, ROOT / "platform", ROOT / "plugins", *PLUGINS]
    found = [root / "__init__.py" for root in roots if (root / "__init__.py").exists()]

    assert [*found, *(ROOT / "tests").rglob("__init__.py")] == []


def test_every_package_says_that_it_is_one() -> None:
    folders = {file.parent for file in modules()}

    assert [str(each) for each in sorted(folders) if not (each / "__init__.py").exists()] == []


def test_no_file_is_longer_than_one_can_read() -> None:
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in modules()}

    assert {str(file): count for file, count in lines.items() if count > MAX_LINES} == {}


def test_no_module_is_named_for_nothing() -> None:
    assert [
        str(file) for file in modules() if FORBIDDEN_NAMES & set(file.with_suffix("").parts)
    ] == []


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_what_it_offers(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if not tree.body:
        return

    assert ast.get_docstring(tree), "what it is"
    assert _offers(tree) or file.name == "__init__.py" or not _defines_public(tree), "__all__"


def _offers(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets)
        for node in tree.body
    )


def _defines_public(tree: ast.Module) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) and not node.name.startswith("_") for node in tree.body)
