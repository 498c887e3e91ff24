"""The page docs/plugin-contract.md taken apart: its files, and its tables by their headings."""

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PAGE", "files", "rows", "write_files"]

PAGE = Path(__file__).parents[2] / "docs" / "plugin-contract.md"

_FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"(?<!\\)\|")


def files() -> dict[str, str]:
    """The fenced blocks that have a path, by it."""
    return dict(_FILE.findall(PAGE.read_text(encoding="utf-8")))


def write_files(root: Path) -> None:
    """The plugin of the page, as its author would have it, and as pip would have installed it."""
    for name, text in files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    installed = root / "kvartal_notes-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: kvartal-notes\nVersion: 0.1\n"
    )
    (installed / "entry_points.txt").write_text(
        "[kvartal.plugins]\nnotes = kvartal_notes.plugin:plugin\n"
    )


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.read_text(encoding="utf-8").partition(f"# {heading}\n")[2]
    lines = re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    table = [line for line in lines if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
